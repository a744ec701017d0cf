"""The one font of all pictures, and subsets of it for pages.

The zhplot wheel is used as a box of data: importing it would change the settings of matplotlib.
"""

from __future__ import annotations

import base64
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path

from funnelsim.errors import OutputError
from funnelsim.report.clean import one_line

FAMILY = "Noto Sans SC"
_FIRST_CHINESE = "\u2e80"
_STAND_IN = "?"


@cache
def font_path() -> Path:
    """Return where the font lies.

    Raises
    ------
    OutputError
        If the zhplot wheel or its font is missing.
    """
    try:
        found = distribution("zhplot").locate_file("zhplot/fonts/NotoSansSC-Regular.ttf")
    except PackageNotFoundError:
        found = Path("zhplot")
    path = Path(str(found))
    if not path.is_file():
        raise OutputError(f"no font at {path}; pictures need the package zhplot: pip install zhplot")
    return path


@cache
def _characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable(text: str, limit: int = 0) -> str:
    """Return text whose every character the font can draw; others become a question mark."""
    return "".join(c if ord(c) in _characters() else _STAND_IN for c in one_line(text, limit))


def needs_font(text: str) -> bool:
    """Tell whether text holds characters that a reader's machine may lack."""
    return any(c >= _FIRST_CHINESE for c in text)


def subset_base64(text: str) -> str:
    """Return the Chinese characters of `text` as a WOFF font in base64; the same for the same text."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    options = Options(flavor="woff", layout_features=[], notdef_outline=True, hinting=False)
    with TTFont(font_path(), recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted({ord(c) for c in text if c >= _FIRST_CHINESE}))
        subsetter.subset(font)
        font.flavor = "woff"
        out = BytesIO()
        font.save(out)
    return base64.b64encode(out.getvalue()).decode("ascii")
