"""Answers as small tables for notebooks: plain HTML with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_answer(sentence: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a sentence with a table below it; all columns but the first are set to the right.

    Examples
    --------
    >>> html_answer("a < b", ["law"], [["x & y"]])
    '<p>a &lt; b</p><table><thead><tr><th>law</th></tr></thead><tbody><tr><td>x &amp; y</td></tr></tbody></table>'
    """
    body = "".join(_row("td", row) for row in rows)
    return f"<p>{escape(sentence)}</p><table><thead>{_row('th', columns)}</thead><tbody>{body}</tbody></table>"


def shown(value: float) -> str:
    """Return a figure with the digits that a reader takes in.

    Examples
    --------
    >>> shown(2684.9999), shown(0.5166), shown(12.34)
    ('2,685', '0.52', '12.3')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.1f} %"


def _row(tag: str, cells: Sequence[str]) -> str:
    right = ' style="text-align:right"'
    told = (f"<{tag}{right if i else ''}>{escape(cell)}</{tag}>" for i, cell in enumerate(cells))
    return f"<tr>{''.join(told)}</tr>"
