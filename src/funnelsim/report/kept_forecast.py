"""The forecast of a run, made again from its case and the figures that were told; nothing is computed."""

from __future__ import annotations

from datetime import date
from typing import Any

from funnelsim.analysis.forecast import (
    DealForecast,
    Distribution,
    Forecast,
    MeasureForecast,
    PeriodForecast,
    Summary,
    TargetForecast,
)
from funnelsim.analysis.waiting import Figure, StationForecast
from funnelsim.engine.loop import Loop
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.target import Target

_Told = dict[str, Any]


def forecast_told(told: _Told, case: Case, place: str) -> Forecast:
    """Return the forecast that `told` (``funnelsim.forecast/1``) states of `case`: the inverse of `as_json`.

    Parameters
    ----------
    told : dict
        Amounts in the case's unit.
    case : Case
        What the forecast was made from.
    place : str
        Where it was read, for messages.

    Raises
    ------
    InputError
        If a figure is missing, or is no figure.
    """
    try:
        return _forecast(told, case)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError.of(f"forecast.json cannot be read ({error}); run the forecast again", place=place) from error


def _forecast(told: _Told, case: Case) -> Forecast:
    law = told["distribution"]
    return Forecast(
        case=case,
        engine=told["engine"],
        trials=told["trials"],
        seed=told["seed"],
        measures=_measures(told["measures"]),
        groups={axis: _groups(values) for axis, values in told["groups"].items()},
        targets=tuple(_target(one) for one in told["targets"]),
        distribution=Distribution(tuple(law["edges"]), tuple(law["probability"])),
        deals=tuple(_deal(one) for one in told["deals"]),
        stale=tuple(told["stale"]),
        implied={name: (one["stated"], one["implied"]) for name, one in told["implied"].items()},
        loop=_loop(told.get("loop")),
        notes=tuple(told["notes"]),
        provenance=told["provenance"],
        waiting=tuple(_station(one) for one in told.get("waiting", ())),
    )


def _measures(told: _Told) -> dict[str, MeasureForecast]:
    return {name: _measure(one) for name, one in told.items()}


def _groups(told: _Told) -> dict[str, dict[str, MeasureForecast]]:
    return {value: _measures(one) for value, one in told.items()}


def _measure(told: _Told) -> MeasureForecast:
    return MeasureForecast(_summary(told["total"]), tuple(map(_period, told["periods"])), told["total"]["booked"])


def _period(told: _Told) -> PeriodForecast:
    start, end = date.fromisoformat(told["start"]), date.fromisoformat(told["end"])
    return PeriodForecast(told["label"], start, end, _summary(told), told["booked"])


def _summary(told: _Told) -> Summary:
    figures = (told["mean"], told["sd"], told["mean_se"], told["quantiles"], told["quantiles_se"])
    return Summary(*figures, told.get("numeric_error"), told.get("mean_error"))


def _target(told: _Told) -> TargetForecast:
    target = Target(told["amount"], told["measure"], _day(told["by"]), told["group"])
    return TargetForecast(target, told["chance"], told["chance_se"], told["mean_gap"], told["mean_gap_se"])


def _deal(told: _Told) -> DealForecast:
    stated: _Told = {name: told[name] for name in ("id", "stage", "amount", "win_probability", "swing")}
    stated |= {name: _day(told[name]) for name in ("close_p10", "close_p50", "close_p90", "expected_close")}
    return DealForecast(**stated, if_won=told.get("target_if_won"), if_not=told.get("target_if_not"))


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _loop(told: _Told | None) -> Loop | None:
    return Loop(told["gain"], told["share_growing"], told["n_draws"]) if told else None


def _station(told: _Told) -> StationForecast:
    stated: _Told = {name: told[name] for name in ("kind", "name", "slots", "standing", "served")}
    stated |= {name: told[name] and Figure(**told[name]) for name in ("utilisation", "wait_days")}
    return StationForecast(**stated, queues=tuple(Figure(**one) for one in told["queues"]))
