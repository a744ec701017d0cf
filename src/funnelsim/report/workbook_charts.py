"""Native charts of a workbook: each reads the cells of its own sheet, so it can be edited there."""

from __future__ import annotations

from typing import Any

from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.words import Words

BAND_COLOURS = (LIGHT, MIDDLE, MIDDLE, LIGHT)


def fan_chart(book: Any, sheet: str, head: int, rows: tuple[int, int], title: str) -> Any:
    """Return the periods as stacked bands with the even chance on top.

    Parameters
    ----------
    sheet : str
        Where the table of the bands stands: labels, five bands, the even chance.
    head, rows : int, (int, int)
        The row of the heads, the first and the last row of the figures.
    """
    first, last = rows
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for column in range(1, 6):
        is_seen = column > 1
        fill = {"color": BAND_COLOURS[column - 2]} if is_seen else {"none": True}
        border = {"color": INK, "width": 0.5} if is_seen else {"none": True}
        chart.add_series(_series(sheet, head, first, last, column) | {"fill": fill, "border": border, "gap": 60})
    likely = book.add_chart({"type": "line"})
    mark = {"type": "long_dash", "size": 12, "fill": {"color": DARK}, "border": {"color": DARK}}
    likely.add_series(_series(sheet, head, first, last, 6) | {"line": {"none": True}, "marker": mark})
    chart.combine(likely)
    _dress(chart, title, "")
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    return chart


def curve_chart(book: Any, sheet: str, curve: tuple[int, int], marks: tuple[int, int], title: str, say: Words) -> Any:
    """Return the chance of at least each amount as a curve, with the marks named on it.

    Parameters
    ----------
    curve, marks : (int, int)
        First and last row of the curve (amount, _, chance) and of the marks (name, amount, chance).
    """
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(
        {
            "name": say("at_least"),
            "categories": [sheet, curve[0], 0, curve[1], 0],
            "values": [sheet, curve[0], 2, curve[1], 2],
            "line": {"color": DARK, "width": 2},
        }
    )
    for row in range(marks[0], marks[1] + 1):
        chart.add_series(
            {
                "name": [sheet, row, 0],
                "categories": [sheet, row, 1, row, 1],
                "values": [sheet, row, 2, row, 2],
                "line": {"none": True},
                "marker": {"type": "diamond", "size": 8, "fill": {"color": INK}, "border": {"color": INK}},
                "data_labels": {"series_name": True, "value": False, "position": "right"},
            }
        )
    _dress(chart, title, say("at_least"))
    chart.set_y_axis(_axis(say("at_least")) | {"min": 0, "max": 1, "num_format": "0%"})
    chart.set_legend({"none": True})
    return chart


def histogram_chart(book: Any, sheet: str, rows: tuple[int, int], title: str, say: Words) -> Any:
    """Return the share of futures in each step of the amount (columns: from, .., .., .., share)."""
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": say("share_within"),
            "categories": [sheet, rows[0], 0, rows[1], 0],
            "values": [sheet, rows[0], 4, rows[1], 4],
            "fill": {"color": MIDDLE},
            "border": {"none": True},
            "gap": 4,
        }
    )
    _dress(chart, title, say("share_within"))
    chart.set_legend({"none": True})
    return chart


def ends_chart(book: Any, sheet: str, rows: tuple[int, int], columns: tuple[int, int], title: str) -> Any:
    """Return two bars a lever, an answer at its low and at its high end; the first lever on top.

    Parameters
    ----------
    columns : (int, int)
        Where the answer stands at the low and at the high end.
    """
    chart = book.add_chart({"type": "bar"})
    for column, colour in zip(columns, (LIGHT, DARK), strict=True):
        looks = {"fill": {"color": colour}, "border": {"color": MIDDLE, "width": 0.5}, "gap": 40}
        chart.add_series(_series(sheet, rows[0] - 1, *rows, column) | looks)
    _dress(chart, title, "")
    chart.set_y_axis({"reverse": True, "num_font": {"color": INK}, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"num_font": {"color": INK}, "major_gridlines": {"visible": True, "line": {"color": GREY}}})
    chart.set_legend({"position": "bottom"})
    return chart


def _series(sheet: str, head: int, first: int, last: int, column: int) -> dict[str, Any]:
    return {
        "name": [sheet, head, column],
        "categories": [sheet, first, 0, last, 0],
        "values": [sheet, first, column, last, column],
    }


def _dress(chart: Any, title: str, upright: str) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12, "color": INK}, "overlay": False})
    chart.set_y_axis(_axis(upright))
    chart.set_x_axis({"num_font": {"color": INK}, "num_format": "#,##0", "major_gridlines": {"visible": False}})


def _axis(name: str) -> dict[str, Any]:
    look: dict[str, Any] = {"num_font": {"color": INK}, "major_gridlines": {"visible": True, "line": {"color": GREY}}}
    return look | ({"name": name, "name_font": {"bold": False, "color": INK}} if name else {})
