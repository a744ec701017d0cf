"""Pieces of the page in HTML: headline, cards and tables, every text escaped."""

from __future__ import annotations

from html import escape

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.numbers import chance, figure, mean_places, money, places_of, points
from funnelsim.report.sentences import headline, title
from funnelsim.report.tables import Table, target_in_words
from funnelsim.report.words import Words

_MARKUP = frozenset("\\`*_{}[]()#+!$:<>|~&")
STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; }
.fs-cards { display: flex; flex-wrap: wrap; gap: .6rem; margin: .4rem 0; }
.fs-card { background: #f3f6fa; border-left: 4px solid #1d5b99; padding: .45rem .8rem; flex: 1 1 9rem; }
.fs-card b { display: block; font-size: 1.15rem; font-weight: 600; }
.fs-card span, .fs-how, .fs-note { color: #55606c; font-size: .85rem; }
.fs-title { font-size: 1.25rem; font-weight: 600; }
.fs-stale { opacity: .45; }
.fs-wide { overflow-x: auto; }
.fs-wide table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
.fs-wide th, .fs-wide td { padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; }
.fs-wide th, .fs-wide td { border-bottom: 1px solid #d5dbe2; }
.fs-wide .n { text-align: right; white-space: nowrap; }
.fs-wide small { display: block; font-weight: 400; color: #55606c; }
</style>"""


def answer(told: Forecast, how: str, say: Words, *, is_stale: bool) -> str:
    """Return the headline of a forecast with its cards, and how it was made below."""
    cards = "".join(_card(name, text) for name, text in _cards(told, say))
    figures = {
        "mean": repr(told.bookings.total.mean),
        "engine": told.engine,
        "trials": told.trials or "",
        "seed": "" if told.seed is None else told.seed,
    }
    data = " ".join(f'data-{name}="{value}"' for name, value in figures.items())
    return (
        f'{STYLE}<div class="fs-answer{" fs-stale" if is_stale else ""}" {data}>'
        f'<div class="fs-title">{escape(title(told, say))}</div><div>{escape(headline(told, say))}</div>'
        f'<div class="fs-cards">{cards}</div><div class="fs-how">{escape(how)}</div></div>'
    )


def how_made(told: Forecast, seconds: float, say: Words) -> str:
    """Return which engine answered, how fast, and how far the answer is known."""
    took = f"{seconds:.2f}"
    if told.trials is None:
        return say("app_by_exact", seconds=took)
    error = figure(told.bookings.total.mean_se, mean_places(told.bookings.total))
    return say(
        "app_by_trials", trials=f"{told.trials:,}", seed=told.seed, seconds=took, error=error,
        unit=told.case.money,
    )  # fmt: skip


def no_markup(text: str) -> str:
    r"""Return text from which a widget reads no markup, so that names from files draw nothing and load nothing.

    Examples
    --------
    >>> print(no_markup("![a](b)"))
    \!\[a\]\(b\)
    """
    return "".join(f"\\{c}" if c in _MARKUP else c for c in text)


def table(found: Table) -> str:
    """Return a table of the report room."""
    numeric = [column.is_number for column in found.columns]
    heads = "".join(_head(c.name, c.hint, n) for c, n in zip(found.columns, numeric, strict=True))
    rows = "".join(_row(row, numeric) for row in found.rows)
    note = f'<div class="fs-note">{escape(found.note)}</div>' if found.note else ""
    return (
        f'{STYLE}<div class="fs-wide"><b>{escape(found.title)}</b>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


def _cards(told: Forecast, say: Words) -> list[tuple[str, str]]:
    bookings, places = told.bookings, places_of(told.bookings.total)
    amounts = {"commit": bookings.total.commit, "likely": bookings.total.likely, "stretch": bookings.total.stretch}
    unit, booked = told.case.money, bookings.booked
    found = [
        (say("card", name=say(name), hint=say(f"{name}_hint")), money(figure(x + booked, places), unit))
        for name, x in amounts.items()
    ]
    end = say("by_horizon" if told.case.periods else "by_the_end")
    for target in told.targets:
        told_of, by = target_in_words(told, target, say), target.target.by
        name = say("app_chance", target=told_of, by=by) if by else say("app_chance_end", target=told_of, end=end)
        error = say("plus_minus", error=points(target.chance_se)) if target.chance_se else ""
        found.append((name, chance(target.chance, target.chance_se, told.trials) + error))
    return found


def _card(name: str, text: str) -> str:
    return f'<div class="fs-card"><span>{escape(name)}</span><b>{escape(text)}</b></div>'


def _head(name: str, hint: str, is_number: bool) -> str:
    told = f"<small>{escape(hint)}</small>" if hint else ""
    return f"<th{_class(is_number)}>{escape(name)}{told}</th>"


def _row(cells: tuple[str, ...], numeric: list[bool]) -> str:
    told = (f"<td{_class(n)}>{escape(cell)}</td>" for cell, n in zip(cells, numeric, strict=True))
    return f"<tr>{''.join(told)}</tr>"


def _class(is_number: bool) -> str:
    return ' class="n"' if is_number else ""
