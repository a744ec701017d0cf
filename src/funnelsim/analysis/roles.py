"""Buyer roles: each deal's chance without and with them, and what changes if one of them turns (model page, M12.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from funnelsim.analysis.variants import Difference, EngineName, Progress, Variant, Variants, forecast_variants
from funnelsim.engine.own_chance import own_chances
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.opinions import log_odds_of, probability_of
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.roles import AGAINST, SUPPORTS, Role, Roles

SCHEMA = "funnelsim.roles/1"


@dataclass(frozen=True)
class DealRoles:
    """One deal, its roles, and its chance to be won in the end without and with them."""

    deal: Deal
    roles: tuple[Role, ...]
    evidence: float
    without: float
    with_roles: float


@dataclass(frozen=True)
class Turn:
    """One role that comes to support, or to be against.

    Parameters
    ----------
    chance : float
        The deal's chance to be won in the end then.
    difference : Difference
        What it does to bookings and targets, against all roles as they stand.
    """

    role: Role
    stance: str
    chance: float
    difference: Difference


@dataclass(frozen=True)
class RoleForecast:
    """The deals that have roles, and the turns that would move mean bookings most."""

    case: Case
    roles: Roles
    variants: Variants
    deals: tuple[DealRoles, ...]
    turns: tuple[Turn, ...]
    n_more: int

    @property
    def with_roles(self) -> Variant:
        """Return the forecast with all roles as they stand."""
        return self.variants.by_name["with"]

    @property
    def without_roles(self) -> Variant:
        """Return the forecast without any role."""
        return self.variants.by_name["without"]

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.roles/1`` as plain values."""
        case, made = self.case, self.variants
        return {
            "schema": SCHEMA,
            "case": case.name,
            "engine": made.engine,
            "trials": made.trials,
            "seed": made.seed,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "booked": case.booked_total,
            "strengths": dict(self.roles.strengths),
            "with_roles": self.with_roles.as_json(),
            "without_roles": self.without_roles.as_json(),
            "deals": [
                {
                    "id": told.deal.id,
                    "stage": told.deal.stage,
                    "amount": told.deal.amount,
                    "evidence": told.evidence,
                    "chance_without": told.without,
                    "chance_with": told.with_roles,
                    "roles": [
                        {"role": r.name, "stance": r.stance, "influence": r.influence, "shift": self.roles.shift(r)}
                        for r in told.roles
                    ],
                }
                for told in self.deals
            ],
            "turns": [
                {
                    "deal": turn.role.deal,
                    "role": turn.role.name,
                    "from": turn.role.stance,
                    "to": turn.stance,
                    "chance": turn.chance,
                    "difference": turn.difference.as_json(),
                }
                for turn in self.turns
            ],
            "turns_left_out": self.n_more,
            "notes": list(case.notes),
        }


def forecast_roles(
    case: Case,
    *,
    engine: EngineName = "simulate",
    trials: int | None = None,
    seed: int | None = None,
    most: int = 20,
    on_progress: Progress | None = None,
) -> RoleForecast:
    """Forecast a case with its roles, without them, and with one of them turned, each in turn.

    Parameters
    ----------
    case : Case
        One that states roles.
    engine, trials, seed, on_progress
        As in `forecast_variants`.
    most : int
        How many turns are forecast: those that move amount times chance most.

    Returns
    -------
    RoleForecast

    Raises
    ------
    InputError
        If the case states no role.
    """
    roles = case.roles
    if roles is None or not roles.entries:
        raise InputError.of("the case states no roles; write roles: {strengths: {..}, people: [..]}", "roles")
    bare = replace(case, pipeline=Pipeline(tuple(deal._replace(evidence=0.0) for deal in case.pipeline.deals)))
    deals = _deals(case, roles, own_chances(bare))
    turns = sorted(_turns(deals, roles), key=lambda turn: -turn[0])
    cases = {"with": case, "without": bare}
    for _, _, role, stance, _ in turns[:most]:
        turned = roles.turned(role, stance)
        cases[f"{role.deal}\n{role.name}\n{stance}"] = replace(
            case, roles=turned, pipeline=Pipeline(turned.applied(case.pipeline.deals))
        )
    made = forecast_variants(cases, engine=engine, trials=trials, seed=seed, on_progress=on_progress)
    told = tuple(
        Turn(role, stance, chance, made.by_name[f"{role.deal}\n{role.name}\n{stance}"].difference)
        for _, _, role, stance, chance in turns[:most]
    )
    return RoleForecast(case, roles, made, deals, told, max(len(turns) - most, 0))


def _deals(case: Case, roles: Roles, without: dict[str, float]) -> tuple[DealRoles, ...]:
    evidence = roles.evidence()
    found = [
        DealRoles(
            deal,
            roles.of(deal.id),
            evidence[deal.id],
            without[deal.id],
            shifted(without[deal.id], evidence[deal.id]),
        )
        for deal in case.pipeline.deals
        if deal.id in evidence and deal.id in without
    ]
    return tuple(
        sorted(found, key=lambda told: (-abs(told.with_roles - told.without) * told.deal.amount, told.deal.id))
    )


def _turns(deals: tuple[DealRoles, ...], roles: Roles) -> Iterator[tuple[float, int, Role, str, float]]:
    """Return (amount moved, its number, role, new stance, the deal's chance then) of every role and stance."""
    n = 0
    for told in deals:
        for role in told.roles:
            for stance in (SUPPORTS, AGAINST):
                if role.stance != stance:
                    turned = told.evidence - roles.shift(role) + roles.shift(role.turned(stance))
                    chance = shifted(told.without, turned)
                    yield abs(chance - told.with_roles) * told.deal.amount, n, role, stance, chance
                    n += 1


def shifted(chance: float, evidence: float) -> float:
    """Return a chance whose log odds are shifted by evidence; certainties stay."""
    return chance if chance in {0.0, 1.0} else probability_of(log_odds_of(chance) + evidence)
