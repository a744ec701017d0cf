"""Levers beside the stages: amounts, the shared shock, new business, capacity, targets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from funnelsim.app.lever import Lever, Setting, factor, percent, plain, points
from funnelsim.config import paths
from funnelsim.model.case import Case
from funnelsim.model.shock import MAX_RHO
from funnelsim.model.target import Target

Tree = dict[str, Any]


def amount_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the lever of all amounts: what is signed over what was quoted."""
    believed = "realisation" in (tree.get("beliefs") or {})
    if "realisation" not in tree and not believed:
        settings = percent("realisation")
        yield Lever(
            "realisation", "lever_amounts", "lever_realisation", "", "percent", 100.0, 25.0, 200.0, 1.0, settings
        )  # fmt: skip
        return
    path = "realisation" if "realisation" in tree else "beliefs.realisation"
    yield Lever(path, "lever_amounts", "lever_realisation", "", "factor", 1.0, 0.25, 2.0, 0.01, factor(path))


def shock_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the levers of what deals share; none of fitted stages, whose tables hold their shock."""
    if case.fitted is not None:
        return
    stated, top = tree.get("shock") or {}, 100.0 * MAX_RHO
    base = 100.0 * case.shock.rho
    how = points("shock.rho", base) if isinstance(stated.get("rho"), dict) else percent("shock.rho")
    yield Lever("shock.rho", "lever_shock", "lever_rho", "", "percent", base, 0.0, top, 0.5, how)
    for axis, rho in case.shock.by.items():
        path = f"shock.by.{axis}"
        yield Lever(path, "lever_shock", "lever_rho_by", axis, "percent", 100.0 * rho, 0.0, top, 0.5, percent(path))
    if case.shock.phi is not None:
        path = "shock.periods.phi"
        yield Lever(path, "lever_shock", "lever_phi", "", "number", case.shock.phi, 0.0, 0.99, 0.01, plain(path))
    if case.shock.stays is not None:
        path = "shock.stays.tau"
        yield Lever(path, "lever_shock", "lever_tau", "", "number", case.shock.stays.tau, 0.01, 2.0, 0.01, plain(path))


def business_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the levers of new business: what sources bring, referrals, renewals."""
    for source in tree.get("sources") or []:
        name = str(source["name"])
        for what in ("rate", "cohort"):
            if what in source:
                yield _factor(paths.join(("sources", name, what)), "lever_inflow", name)
        if not _is_sample(source.get("amount")):
            yield _factor(paths.join(("sources", name, "amount")), "lever_new_amounts", name)
    if case.referral is not None:
        base = float(case.referral.leads)
        yield Lever(
            "referral.leads", "lever_business", "lever_leads", "", "number", base, 0.0, max(5.0, 2 * base), 0.05,
            plain("referral.leads"),
        )  # fmt: skip
    if case.loyalty is not None:
        base = 100.0 * case.loyalty.renews
        how = percent("loyalty.renews")
        yield Lever("loyalty.renews", "lever_business", "lever_renews", "", "percent", base, 0.0, 100.0, 0.5, how)


def capacity_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the lever of the size of the team."""
    team = case.capacity.team if case.capacity else None
    if team is not None:
        high, path = max(20, 3 * team.people), "capacity.team.people"
        yield Lever(path, "lever_business", "lever_people", "", "whole", team.people, 1, high, 1, plain(path))


def target_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield amount and day of every target, or one for a first target."""
    last = case.end - timedelta(days=1) if case.end else None
    for i, target in enumerate(case.targets):
        path, kind = f"targets.{i}.amount", "lever_target_wins" if target.measure == "wins" else "lever_target"
        yield Lever(path, "lever_targets", kind, str(i + 1), "number", target.amount, 0.0, 1e13, 0.0, plain(path))
        if last is not None:
            yield _by(i, target, case.as_of, last)
    if not case.targets:
        yield Lever("targets", "lever_targets", "lever_target", "1", "number", None, 0.0, 1e13, 0.0, _first_target)


def _first_target(value: float) -> list[Setting]:
    return [("targets", [{"amount": value}])]


def _by(i: int, target: Target, first: date, last: date) -> Lever:
    told: Tree = {"amount": target.amount, "measure": target.measure, "group": dict(target.group)}

    def settings(day: date | None) -> list[Setting]:
        return [(f"targets.{i}", told if day is None else {**told, "by": day})]

    return Lever(
        f"targets.{i}", "lever_targets", "lever_by", str(i + 1), "day", target.by, first, last, 0.0, settings, rank=0
    )


def _factor(path: str, what: str, of: str) -> Lever:
    return Lever(path, "lever_business", what, of, "factor", 1.0, 0.0, 3.0, 0.05, factor(path))


def _is_sample(law: object) -> bool:
    return isinstance(law, dict) and ("file" in law or isinstance(law.get("empirical"), str | dict))
