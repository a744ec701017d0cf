"""The open deals as lines of a config, with what was edited on the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from funnelsim.app.draft import DROPPED, Edit
from funnelsim.config.figures import probability
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal

Line = dict[str, Any]
Edits = dict[str, dict[str, Any]]


def edits_by_deal(edits: Iterable[Edit]) -> Edits:
    """Return edits by deal and field."""
    found: Edits = {}
    for deal, field, value in edits:
        found.setdefault(deal, {})[field] = value
    return found


def lines_of(case: Case, edits: Iterable[Edit]) -> list[Line]:
    """Return every deal of a case on a line of its own, under its id, edits put in and dropped ones left out.

    Ids stay, and with them the luck of every deal that was not edited (M9).
    """
    changed = edits_by_deal(edits)
    lines = []
    for deal in case.pipeline.deals:
        new = changed.get(deal.id, {})
        if not new.get(DROPPED):
            lines.append(_line(deal, _calls(case, deal.id), new))
    return lines


def people_left(people: list[Line], edits: Iterable[Edit]) -> list[Line]:
    """Return the people of deals that are still there."""
    gone = {deal for deal, field, value in edits if field == DROPPED and value}
    return [one for one in people if str(one.get("deal")) not in gone]


def _calls(case: Case, deal: str) -> dict[str, float]:
    return dict(case.opinions.calls.get(deal, {})) if case.opinions else {}


def _line(deal: Deal, calls: dict[str, float], new: dict[str, Any]) -> Line:
    line: Line = {"id": deal.id, "stage": new.get("stage", deal.stage), "amount": new.get("amount", deal.amount)}
    line["age"] = f"{0.0 if 'stage' in new else deal.age_days!r} d"
    line |= {name: getattr(deal, name) for name in ("owner", "segment", "source") if getattr(deal, name)}
    if deal.expected_close:
        line["expected_close"] = deal.expected_close
    said = {**calls, **{field.partition(".")[2]: new[field] for field in new if field.startswith("opinions.")}}
    said = {name: call for name, call in said.items() if call is not None}
    own = new.get("win_rate", None if said or calls else deal.win_rate)
    return {**line, **({"opinions": said} if said else {}), **({"win_rate": own} if own is not None else {})}


def call_of(raw: float | str | None) -> float | None:
    """Return a call in per cent as a share; nothing where none is given.

    Examples
    --------
    >>> call_of(35.0), call_of(None)
    (0.35, None)
    """
    return None if raw is None else probability(f"{raw:.10g}%" if isinstance(raw, float | int) else raw)
