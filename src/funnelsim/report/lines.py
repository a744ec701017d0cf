"""Text broken into lines, for Chinese too, where words have no spaces between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_FIRST_CHINESE = "\u2e80"
_NEVER_FIRST = frozenset("。；，、：！？）》”’元")


def broken(text: str, fits: Callable[[str], bool], n_lines: int) -> list[str]:
    """Return `text` in at most `n_lines` lines that fit; what is left over ends in an ellipsis.

    Examples
    --------
    >>> broken("one two three four", lambda line: len(line) <= 9, 2)
    ['one two', 'three…']
    """
    lines = [""]
    for piece in _pieces(text):
        if fits(lines[-1] + piece):
            lines[-1] += piece
        elif lines[-1].strip():
            lines.append(piece.lstrip())
        else:
            lines[-1] = piece
    kept = [line.rstrip() for line in lines[:n_lines]]
    if len(lines) > n_lines or not fits(kept[-1]):
        kept[-1] = _cut(kept[-1], fits)
    return kept


def _cut(line: str, fits: Callable[[str], bool]) -> str:
    while line and not fits(line + "…"):
        line = line[:-1]
    return line.rstrip() + "…"


def _pieces(text: str) -> Iterator[str]:
    """Yield what may not be broken: words with the space after them, Chinese characters with their stops."""
    piece = ""
    for character, following in zip(text, text[1:] + " ", strict=True):
        piece += character
        may_break = character == " " or character >= _FIRST_CHINESE
        if may_break and following not in _NEVER_FIRST:
            yield piece
            piece = ""
    if piece:
        yield piece
