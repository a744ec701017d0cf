"""One page for those who decide, as PDF and as a picture for a telephone; both hold the same sentences.

Everything from a case reaches the page as data, never as markup. The page has the case's date and no clock, so the same
briefing gives the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from funnelsim.analysis.briefing import Briefing
from funnelsim.report.fonts import drawable, font_path
from funnelsim.report.one_page_content import content
from funnelsim.report.words import Words

Form = Literal["page", "phone"]
DOTS_PER_INCH = 250.0


def pdf_bytes(told: Briefing, say: Words) -> bytes:
    """Return a briefing as a PDF of exactly one page; the same bytes for the same briefing."""
    return _made(told, say, "page", format="pdf", pdf_standards="ua-1")


def png_bytes(told: Briefing, say: Words) -> bytes:
    """Return the same page as one tall picture, wide enough for a telephone; the same bytes for the same briefing."""
    return _made(told, say, "phone", format="png", ppi=DOTS_PER_INCH)


def typst_input(told: Briefing, say: Words, form: Form) -> dict[str, Any]:
    """Return what the page is made from, as typst takes it: the template, the one font, and the content as data."""
    made = json.dumps(_drawable(content(told, say)) | {"form": form}, ensure_ascii=False)
    return {
        "input": _template(),
        "font_paths": [str(font_path().parent)],
        "ignore_system_fonts": True,
        "sys_inputs": {"told": made},
    }


def _made(told: Briefing, say: Words, form: Form, **wish: Any) -> bytes:
    import typst

    day = datetime.combine(told.case.as_of, time(), UTC)
    made = typst.compile(**typst_input(told, say, form), timestamp=int(day.timestamp()), **wish)
    return bytes(made)


@cache
def _template() -> bytes:
    return files("funnelsim.report").joinpath("templates", "one_page.typ").read_bytes()


def _drawable(told: Any) -> Any:
    """Return the content with every character the font lacks shown as a question mark."""
    if isinstance(told, str):
        return told if told.startswith("<svg") else drawable(told)
    if isinstance(told, dict):
        return {name: _drawable(one) for name, one in told.items()}
    return [_drawable(one) for one in told] if isinstance(told, list) else told
