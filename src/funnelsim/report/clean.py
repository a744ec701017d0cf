"""Names that come from data, made harmless before a terminal, a picture or a spreadsheet shows them."""

from __future__ import annotations

import unicodedata

_OVERRIDES = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_NOT_XML = frozenset("\ufffe\uffff")  # no XML file may hold them
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def one_line(text: str, limit: int = 0) -> str:
    r"""Return text without control characters and writing-direction overrides, cut to `limit` characters.

    Examples
    --------
    >>> one_line("east\x1b[31m\nwest")
    'east�[31m�west'
    """
    safe = "".join("\N{REPLACEMENT CHARACTER}" if _is_hostile(c) else c for c in text)
    return safe[: limit - 1] + "…" if limit and len(safe) > limit else safe


def for_spreadsheet(text: str) -> str:
    """Return text that a spreadsheet takes for text: a formula gets a leading apostrophe.

    Examples
    --------
    >>> print(for_spreadsheet('=HYPERLINK("x")'))
    '=HYPERLINK("x")
    """
    safe = one_line(text)
    return f"'{safe}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else safe


def _is_hostile(character: str) -> bool:
    return character in _OVERRIDES or character in _NOT_XML or unicodedata.category(character) in {"Cc", "Cs"}
