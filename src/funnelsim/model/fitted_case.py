"""What fitted tables ask of the case around them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from funnelsim.errors import Path, Problem
from funnelsim.model.daily import DailyTables, DatedStage
from funnelsim.model.sources import Entry

if TYPE_CHECKING:
    from funnelsim.model.case import Case

_HELD_BY_TABLES = "with fitted tables {what}; leave it out"


def fitted_problems(tables: DailyTables, case: Case) -> Iterator[Problem]:
    """Yield what of a case does not go with its fitted tables."""
    if tables.names != case.funnel.names:
        told = f"the tables are of {', '.join(tables.names)}, and the case has {', '.join(case.funnel.names)}"
        yield Problem(("fitted",), f"{told}; name the same stages in the same order")
        return
    for path, what in _unheeded(case):
        yield Problem(path, _HELD_BY_TABLES.format(what=what))
    if case.end is None:
        yield Problem(("horizon",), "fitted tables count days up to an end; state a horizon")
    yield from _calendar_problems(tables, case)
    dated = {stage.name: stage for stage in tables.stages if isinstance(stage, DatedStage)}
    yield from _deal_problems(dated, case)
    yield from _entry_problems(dated, tables, case)


def _unheeded(case: Case) -> Iterator[tuple[Path, str]]:
    for belief in case.beliefs:
        if belief.about.kind != "realisation":
            yield ("beliefs", str(belief.about)), "chances and stays are drawn from the tables"
    if case.shock.total_rho > 0 or case.shock.stays is not None:
        yield ("shock",), "the shock is on hazards and stands in the tables"
    if case.capacity is not None:
        yield ("capacity",), "days hang on the calendar, and waiting for each other is not worked out"
    if case.communication is not None and case.communication.stages:
        yield ("communication", "stages"), "communication does not act on stages"
    entries: list[tuple[Path, Entry]] = [(("sources", i), source.entry) for i, source in enumerate(case.sources)]
    entries += [(("referral",), case.referral.entry)] if case.referral else []
    for path, entry in entries:
        if entry.win_rate is not None or entry.odds != 1.0:
            yield path, "new deals do as their stage and amount say, with no win rate or odds of their own"


def _calendar_problems(tables: DailyTables, case: Case) -> Iterator[Problem]:
    if tables.days is None or case.end is None:
        return
    last = tables.as_of + timedelta(days=len(tables.days.of_day))
    if case.as_of < tables.as_of or case.end > last:
        yield Problem(
            ("fitted",),
            f"the kinds of days run from {tables.as_of} up to and without {last}, and the horizon from {case.as_of} to "
            f"{case.end}; fit again for this horizon",
        )


def _deal_problems(dated: dict[str, DatedStage], case: Case) -> Iterator[Problem]:
    for i, deal in enumerate(case.pipeline.deals):
        if deal.win_rate is not None or deal.evidence:
            yield Problem(
                ("pipeline", i, "win_rate"),
                _HELD_BY_TABLES.format(what=f"a win rate or evidence of deal '{deal.id}' alone is not heeded"),
            )
        if deal.stage not in dated:
            continue
        if deal.expected_close is None:
            yield Problem(
                ("pipeline", i, "expected_close"),
                f"deal '{deal.id}' waits in '{deal.stage}' for its date, and states none; state expected_close",
            )
        elif deal.expected_close < case.as_of:
            yield Problem(
                ("pipeline", i, "expected_close"),
                f"{deal.expected_close} of deal '{deal.id}' is before as_of {case.as_of}, and '{deal.stage}' decides "
                "on the date; mend the date, or leave the deal out",
            )


def _entry_problems(dated: dict[str, DatedStage], tables: DailyTables, case: Case) -> Iterator[Problem]:
    entered = {name: f"'{stage.name}' leads there" for stage in tables.stages for name in stage.exits}
    entered |= {source.entry.stage: f"source '{source.name}' enters it" for source in case.sources}
    entered |= {case.referral.entry.stage: "referral enters it"} if case.referral else {}
    for name, stage in dated.items():
        if name in entered and not stage.leads:
            yield Problem(
                ("fitted", "stages", name),
                f"{entered[name]}, and no days to the date of new deals are known; fit leads",
            )
