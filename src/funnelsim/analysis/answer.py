"""From what every trial did, or from the exact laws, to the forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import ceil, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import booked_in, needed_for, needed_in_unit
from funnelsim.analysis.deals import deal_forecasts, exact_deal_forecasts
from funnelsim.analysis.forecast import (
    LEVELS,
    DealForecast,
    Distribution,
    Forecast,
    MeasureForecast,
    PeriodForecast,
    Summary,
    TargetForecast,
)
from funnelsim.analysis.waiting import station_forecasts, waiting_notes
from funnelsim.engine.addresses import key
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import ExactLaw, LatticeLaw
from funnelsim.engine.implied import implied_conversions
from funnelsim.engine.loop import loop_of
from funnelsim.engine.program import Program
from funnelsim.engine.quantiles import summarise_sample
from funnelsim.model.case import Case
from funnelsim.model.target import MONEY, Target
from funnelsim.version import __version__, versions_of

Ints = npt.NDArray[np.int64]
N_HISTOGRAM_BINS = 60
_LIBRARIES = ("numpy", "scipy", "numba")


def forecast(
    result: Ensemble | ExactLaw, *, deals: bool = False, on_progress: Callable[[int, int], None] | None = None
) -> Forecast:
    """Sum up an ensemble or an exact law.

    Parameters
    ----------
    result : Ensemble or ExactLaw
    deals : bool
        Whether each deal's chance, close date and swing on the first target are worked out (a second walk).

    Returns
    -------
    Forecast
    """
    simulated = isinstance(result, Ensemble)
    program, case = result.program, result.case
    reading: _Reading = _FromTrials(result) if isinstance(result, Ensemble) else _FromLaws(result)
    return Forecast(
        case=case,
        engine="simulate" if simulated else "exact",
        trials=result.trials if isinstance(result, Ensemble) else None,
        seed=result.seed if isinstance(result, Ensemble) else None,
        measures=_measures(reading, program, {}),
        groups={
            axis: {
                row.group[axis]: _measures(reading, program, row.group)
                for row in program.rows
                if tuple(row.group) == (axis,)
            }
            for axis in case.groups
        },
        targets=tuple(reading.target(target) for target in case.targets),
        distribution=reading.distribution(),
        deals=reading.deals() if deals else (),
        stale=program.stale,
        implied=implied_conversions(program),
        loop=loop_of(program, key("seed", result.seed)) if isinstance(result, Ensemble) else None,
        notes=_notes(program),
        provenance=_provenance(case),
        waiting=station_forecasts(result) if isinstance(result, Ensemble) else (),
    )


class _Reading:
    """How a result is read, whichever engine made it."""

    measures: Sequence[str]

    def total(self, measure: str, row: int) -> Summary:
        raise NotImplementedError

    def period(self, measure: str, number: int, row: int) -> Summary:
        raise NotImplementedError

    def target(self, target: Target) -> TargetForecast:
        raise NotImplementedError

    def distribution(self) -> Distribution:
        raise NotImplementedError

    def deals(self) -> tuple[DealForecast, ...]:
        raise NotImplementedError


class _FromTrials(_Reading):
    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble, self.measures = ensemble, ensemble.measures

    def total(self, measure: str, row: int) -> Summary:
        return summarise(self.ensemble.total(measure, row), measure, self.ensemble.step(measure))

    def period(self, measure: str, number: int, row: int) -> Summary:
        return summarise(self.ensemble.period(measure, number, row), measure, self.ensemble.step(measure))

    def target(self, target: Target) -> TargetForecast:
        reached = self.ensemble.toward(target)
        needed = needed_for(self.ensemble.case, target)
        scale = 100.0 if target.measure in MONEY else 1.0
        n = len(reached)
        chance = float((reached >= needed).mean())
        gap = np.maximum(needed - reached, 0) / scale
        return TargetForecast(
            target, chance, sqrt(chance * (1 - chance) / n), float(gap.mean()), float(gap.std() / sqrt(n))
        )

    def distribution(self) -> Distribution:
        total = self.ensemble.total("bookings")
        # whole steps of the lattice that sums lie on, or the bars would look like a comb
        step = self.ensemble.step("bookings")
        low, high = int(total.min()), int(total.max())
        width = step * ceil((high - low + 1) / (N_HISTOGRAM_BINS * step))
        times = np.bincount((total - low) // width)
        edges = (low + width * np.arange(len(times) + 1)) / 100.0
        return Distribution(tuple(edges.tolist()), tuple((times / len(total)).tolist()))

    def deals(self) -> tuple[DealForecast, ...]:
        return deal_forecasts(self.ensemble)


class _FromLaws(_Reading):
    def __init__(self, law: ExactLaw) -> None:
        self.law, self.measures = law, law.measures

    def total(self, measure: str, row: int) -> Summary:
        return summary_of_law(self.law.total(measure, row))

    def period(self, measure: str, number: int, row: int) -> Summary:
        return summary_of_law(self.law.period(measure, number, row))

    def target(self, target: Target) -> TargetForecast:
        law = self.law.toward(target)
        needed = needed_in_unit(self.law.case, target)
        return TargetForecast(target, law.chance_at_least(needed), law.chance_error, law.mean_gap(needed), 0.0)

    def distribution(self) -> Distribution:
        law = self.law.total("bookings")
        low, high = law.quantile(1e-6), law.quantile(1 - 1e-6)
        held = (law.support >= low - 1e-9) & (law.support <= high + 1e-9)
        edges = np.linspace(low, high, min(N_HISTOGRAM_BINS, max(int(held.sum()), 1)) + 1)
        if high <= low:
            edges = np.array([low, low + 1.0])
        counts, _ = np.histogram(law.support[held], bins=edges, weights=law.pmf[held])
        return Distribution(tuple(edges.tolist()), tuple((counts / counts.sum()).tolist()))

    def deals(self) -> tuple[DealForecast, ...]:
        return exact_deal_forecasts(self.law)


def summarise(sample: npt.NDArray[np.integer], measure: str, step: int = 1) -> Summary:
    """Return the summary of a sample (trial,) of whole hundredths or counts, in the unit; `step` divides all of it."""
    scale = 100.0 if measure in MONEY else 1.0
    found = summarise_sample(sample, tuple(LEVELS.values()), step)
    return Summary(
        mean=found.mean / scale,
        sd=found.sd / scale,
        mean_se=found.sd / scale / sqrt(len(sample)),
        quantiles={name: value / scale for name, value in zip(LEVELS, found.quantiles, strict=True)},
        quantiles_se={name: error / scale for name, error in zip(LEVELS, found.quantiles_se, strict=True)},
    )


def summary_of_law(law: LatticeLaw) -> Summary:
    """Return the summary of an exact law, in the unit."""
    return Summary(
        mean=law.mean,
        sd=law.sd,
        mean_se=0.0,
        quantiles={name: law.quantile(p) for name, p in LEVELS.items()},
        quantiles_se=dict.fromkeys(LEVELS, law.numeric_error),
        numeric_error=law.numeric_error,
        mean_error=law.mean_error,
    )


def _measures(reading: _Reading, program: Program, group: Mapping[str, str]) -> dict[str, MeasureForecast]:
    case, row = program.case, program.row_of(dict(group))
    found = {}
    for measure in reading.measures:
        booked = booked_in(case, measure, group)
        periods = tuple(
            PeriodForecast(
                period.label, period.start, period.end, reading.period(measure, i, row), 0.0 if i else booked
            )
            for i, period in enumerate(case.periods)
        )
        found[measure] = MeasureForecast(reading.total(measure, row), periods, booked)
    return found


def _notes(program: Program) -> tuple[str, ...]:
    case = program.case
    notes = list(case.notes)
    if program.left_out:
        notes.append(f"{len(program.left_out)} deals stand in stages that are not forecast (in_forecast: no)")
    if program.stale:
        fate = {"lost": "counted as lost", "open": "kept open", "fresh": "treated as if just entered"}[case.stale]
        notes.append(
            f"{len(program.stale)} deals have stayed longer than their stage's law can explain; they are {fate}"
        )
    if case.shock.moves_chances:
        held = "win rates" if case.funnel.is_linear and case.shock.phi is None else "conversions"
        notes.append(f"stated {held} are averages over the shared shock")
    if boosts := [lane.boost for lane in program.recentring]:
        notes.append(
            "mean chances of a win are those of the tables, held over the shared shock by factors of "
            f"{min(boosts):.3f} to {max(boosts):.3f} on advancing hazards"
        )
    notes += waiting_notes(program)
    return tuple(notes)


def _provenance(case: Case) -> dict[str, Any]:
    origin = case.origin
    return {
        "funnelsim": __version__,
        "libraries": versions_of(*_LIBRARIES),
        "config": origin.config,
        "config_sha256": origin.config_sha256,
        "data_sha256": dict(origin.data_sha256),
        "overrides": list(origin.overrides),
        "scenario": origin.scenario,
        "open_deals": len(case.pipeline),
        "horizon_end": (case.end - timedelta(days=1)).isoformat() if case.end else None,
    }
