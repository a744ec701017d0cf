"""What a page is made of: sections, each of a few kinds of part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.figure import Figure

from funnelsim.report.inline_picture import inline
from funnelsim.report.tables import Table

Kind = Literal["lines", "bullets", "picture", "pair", "table", "folded"]


@dataclass(frozen=True)
class Part:
    """One part of a section; `content` is what the template's macro of that kind draws."""

    kind: Kind
    content: Any


@dataclass(frozen=True)
class Section:
    """A section: its name is the address of its heading on the page."""

    name: str
    title: str
    parts: tuple[Part, ...]


def lines(*told: str) -> tuple[Part, ...]:
    """Return the sentences that say anything as paragraphs."""
    return tuple(Part("lines", one) for one in told if one)


def bullets(told: Sequence[str]) -> tuple[Part, ...]:
    """Return sentences as a list; nothing if there are none."""
    return (Part("bullets", tuple(told)),) if told else ()


def picture(drawn: Figure, name: str, title: str, told: str) -> Part:
    """Return a picture with its title, and a sentence for those who cannot see it."""
    return Part("picture", {"title": title, "svg": inline(drawn, name, title, told)})


def pair(*pictures: Part) -> Part:
    """Return pictures that stand beside each other where there is room."""
    return Part("pair", pictures)


def table(content: Table | None) -> tuple[Part, ...]:
    """Return a table; nothing if there is none, or if it has no rows."""
    return (Part("table", content),) if content and content.rows else ()


def folded(content: Table, summary: str) -> Part:
    """Return a table that is opened by its summary."""
    return Part("folded", {"summary": summary, "table": content})
