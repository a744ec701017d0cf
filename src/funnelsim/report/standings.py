"""Who is truly better, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.standings import Band, Standing, Standings
from funnelsim.history.record import date_of
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import figure, percent, plain
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_NONE = "–"


def print_standings(told: Standings, name: str, say: Words, most: int, console: Console | None = None) -> None:
    """Print every rep, source or segment, the best first, and what of the differences is luck."""
    console = console or new_console()
    for part in _parts(told, name, say, most, console.width):
        console.print(part)


def standings_table(told: Standings, name: str, say: Words, most: int) -> Table:
    """Return a row for each, at most `most` of them."""
    has_days = any(one.days for one in told.standings)
    has_cost = any(one.cost_per_win for one in told.standings)
    names = ["standing_deals", "standing_won", "standing_raw", "standing_rate", "standing_band", "standing_rank"]
    names += ["standing_better"] + ["standing_days"] * has_days + ["standing_cost"] * has_cost
    columns = (Column(say(told.axis), is_number=False), *(Column(say(column)) for column in names))
    rows = tuple(_cells(one, has_days, has_cost, say) for one in told.standings[:most])
    more = [say("standing_more", n=len(told.standings) - most)] if len(told.standings) > most else []
    return Table(standings_title(told, name, say), columns, rows, note=" ".join([*more, say("standing_note")]))


def standings_title(told: Standings, name: str, say: Words) -> str:
    """Return who is compared, and which deals count."""
    return say(
        "standings_title", name=one_line(name), axis=say(told.axis), first=date_of(told.first).isoformat(),
        last=date_of(told.last).isoformat(), days=told.within,
    )  # fmt: skip


def shares_sentence(told: Standings, say: Words) -> str:
    """Return what of the differences is luck, what is given, what is true."""
    shares = {"luck": percent(told.luck, 0), "mix": percent(told.mix, 0), "skill": percent(told.skill, 0)}
    ends = say("standing_from_to", low=percent(told.skill_band.low, 0), high=percent(told.skill_band.high, 0))
    spread = {"low": told.spread.low, "mid": told.spread.mid, "high": told.spread.high}
    apart = say("standing_spread", **{key: figure(value, 2) for key, value in spread.items()})
    return say("standing_shares", ends=ends, **shares) + (" " if say.language == "en" else "") + apart


def _parts(told: Standings, name: str, say: Words, most: int, width: int) -> Iterator[RenderableType]:
    yield grid(standings_table(told, name, say, most), width)
    yield Text(shares_sentence(told, say))
    if told.left_out:
        yield Text(say("standing_left", n=f"{told.left_out:,}", axis=say(told.axis)))


def _cells(one: Standing, has_days: bool, has_cost: bool, say: Words) -> tuple[str, ...]:
    cells = [one_line(one.name, 24), f"{one.n:,}", f"{one.won:,}", percent(one.raw), percent(one.rate.mid)]
    cells += [say("standing_from_to", low=percent(one.rate.low), high=percent(one.rate.high))]
    cells += [say("standing_from_to", low=plain(one.rank.low), high=plain(one.rank.high))]
    cells += [_NONE if one.better is None else percent(one.better, 0)]
    cells += [_band(one.days, say)] * has_days + [_band(one.cost_per_win, say)] * has_cost
    return tuple(cells)


def _band(band: Band | None, say: Words) -> str:
    if band is None:
        return _NONE
    ends = say("standing_from_to", low=figure(band.low, 2), high=figure(band.high, 2))
    return f"{figure(band.mid, 2)} ({ends})"
