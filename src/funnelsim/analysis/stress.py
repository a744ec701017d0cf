"""Stress: the forecast under each named stress beside the one without, on the same random numbers (M14.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from funnelsim.analysis.reverse import Reverse, reverse_stress
from funnelsim.analysis.variants import Progress, Variant, Variants, forecast_variants
from funnelsim.errors import FunnelsimError, InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.stresses import STRESSES, Stressed

SCHEMA = "funnelsim.stress/1"
BASE = "base"
MOST_TRIALS = 4_000
Choice = Literal["auto", "exact", "simulate"]


@dataclass(frozen=True)
class StressTest:
    """The forecast as it is and under every stress that applies.

    Parameters
    ----------
    whom : dict of str to str
        What each stress was done to: a deal, a segment, an owner; empty where it is done to all.
    left_out : dict of str to FunnelsimError
        Stresses that do not apply, and why.
    reverse : Reverse or None
        The mildest joint change that breaks the first target; None without targets, or where it was not asked for.
    refused : RefusedError or None
        Why the exact engine was not used, where the choice was left open; None if it was.
    """

    case: Case
    variants: Variants
    whom: dict[str, str]
    left_out: dict[str, FunnelsimError]
    reverse: Reverse | None = None
    refused: RefusedError | None = None

    @property
    def base(self) -> Variant:
        """Return the forecast without stress."""
        return self.variants.by_name[BASE]

    @property
    def stresses(self) -> dict[str, Variant]:
        """Return the forecasts under stress by the name of the stress, the worst for the mean first."""
        found = {name: variant for name, variant in self.variants.by_name.items() if name != BASE}
        return dict(sorted(found.items(), key=lambda pair: pair[1].difference.mean))

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.stress/1`` as plain values."""
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
            "base": self.base.as_json(),
            "stresses": [
                {"stress": name, "whom": self.whom[name] or None, **variant.as_json()}
                for name, variant in self.stresses.items()
            ],
            "left_out": {name: _message(error) for name, error in self.left_out.items()},
            "reverse": self.reverse.as_json() if self.reverse else None,
        }


def stress_test(
    case: Case,
    *,
    engine: Choice = "auto",
    trials: int | None = None,
    seed: int | None = None,
    only: tuple[str, ...] = (),
    reverse: bool = True,
    on_progress: Progress | None = None,
) -> StressTest:
    """Forecast a case under every named stress, and find the mildest joint change that breaks its first target.

    Parameters
    ----------
    case : Case
    engine : {"auto", "exact", "simulate"}
        ``auto`` takes the exact engine where it applies, and simulation elsewhere.
    trials, seed, on_progress
        As in `forecast_variants`; the reverse stress, which answers many cases, takes 4,000 trials at most, also of a
        fitted case that is otherwise answered exactly.
    only : tuple of str
        Names of `STRESSES`; all if empty.
    reverse : bool
        Whether the reverse stress is sought.

    Raises
    ------
    InputError
        If a name is no stress.
    """
    unknown = [name for name in only if name not in STRESSES]
    if unknown:
        raise InputError.of(f"'{unknown[0]}' is no stress; take one of {', '.join(STRESSES)}", "--stress")
    stressed, left_out = _applied(case, only or tuple(STRESSES))
    cases = {BASE: case, **{name: one.case for name, one in stressed.items()}}
    made, refused = _made(cases, engine, trials, seed, on_progress)
    found = _reversed(case, made) if reverse and case.targets else None
    return StressTest(case, made, {name: one.whom for name, one in stressed.items()}, left_out, found, refused)


def _reversed(case: Case, made: Variants) -> Reverse:
    """Return the mildest joint change; of fitted tables by trials, whose exact laws take a second or more each."""
    engine = "simulate" if case.fitted is not None else made.engine
    trials = None if engine == "exact" else min(made.trials or case.trials, MOST_TRIALS)
    return reverse_stress(case, engine=engine, trials=trials, seed=made.seed)


def _made(
    cases: dict[str, Case], engine: Choice, trials: int | None, seed: int | None, on_progress: Progress | None
) -> tuple[Variants, RefusedError | None]:
    """Return the forecasts, and why the exact engine did not make them where the choice was left open."""
    if engine != "auto":
        return forecast_variants(cases, engine=engine, trials=trials, seed=seed, on_progress=on_progress), None
    try:
        return forecast_variants(cases, engine="exact", on_progress=on_progress), None
    except RefusedError as refusal:
        return forecast_variants(cases, trials=trials, seed=seed, on_progress=on_progress), refusal


def _applied(case: Case, names: tuple[str, ...]) -> tuple[dict[str, Stressed], dict[str, FunnelsimError]]:
    stressed: dict[str, Stressed] = {}
    left_out: dict[str, FunnelsimError] = {}
    for name in names:
        try:
            stressed[name] = STRESSES[name](case)
        except FunnelsimError as error:
            left_out[name] = error
    return stressed, left_out


def _message(error: FunnelsimError) -> str:
    return error.problems[0].message if isinstance(error, InputError) else str(error)
