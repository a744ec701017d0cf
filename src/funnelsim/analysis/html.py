"""Small tables for notebooks and pages: plain HTML with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "", note: str = "") -> str:
    """Return a table; all columns but the first are set to the right.

    Examples
    --------
    >>> html_table(["law"], [["a < b"]])
    '<table><thead><tr><th>law</th></tr></thead><tbody><tr><td>a &lt; b</td></tr></tbody></table>'
    """
    head = _row("th", columns)
    body = "".join(_row("td", row) for row in rows)
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    told = f"<p>{escape(note)}</p>" if note else ""
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>{told}"


def html_paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def _row(tag: str, cells: Sequence[str]) -> str:
    right = ' style="text-align:right"'
    told = (f"<{tag}{right if i else ''}>{escape(cell)}</{tag}>" for i, cell in enumerate(cells))
    return f"<tr>{''.join(told)}</tr>"
