"""Funnelsim: from a sales funnel and its open deals to an honest distribution.

Nouns: `Case`, `Funnel`, `Stage`, `Step`, `Deal`, `Pipeline`, `Money`, `Ensemble`, `Forecast`, `Problem`,
`InputError`. Verbs: `load`, `validate`, `schema`, `simulate`, `exact`, `forecast`, `replay`, `write`.

Importing the package imports nothing scientific; each name brings what it needs when it is first used.

Examples
--------
Ten deals of 50 at a first demo, a fifth of which is won in the end:

>>> import funnelsim as fs
>>> from datetime import date
>>> funnel = fs.Funnel.linear([fs.Step("demo", win_rate=0.2), fs.Step("offer", win_rate=0.5)])
>>> deals = fs.Pipeline(tuple(fs.Deal(f"deal {i}", "demo", 50.0) for i in range(10)))
>>> case = fs.Case("ten demos", fs.Money("EUR", "K"), date(2026, 10, 1), funnel, deals)
>>> told = fs.forecast(fs.exact(case))
>>> round(told.bookings.total.mean, 6), told.bookings.total.likely
(100.0, 100.0)

The same from a file, by simulation, with its report in a folder::

    case = fs.load("configs/weighted_pipeline_2685.yaml")
    ensemble = fs.simulate(case, seed=7)
    fs.write(fs.forecast(ensemble), "out/run", ensemble=ensemble)
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from funnelsim.errors import InputError, Problem
from funnelsim.version import __version__

if TYPE_CHECKING:
    from funnelsim.analysis.answer import forecast
    from funnelsim.analysis.forecast import Forecast
    from funnelsim.config import json_schema as schema
    from funnelsim.config import load
    from funnelsim.engine.ensemble import Ensemble
    from funnelsim.engine.exact import exact
    from funnelsim.engine.replay import replay
    from funnelsim.engine.simulate import simulate
    from funnelsim.model.case import Case
    from funnelsim.model.funnel import Funnel, Stage, Step
    from funnelsim.model.money import Money
    from funnelsim.model.pipeline import Deal, Pipeline
    from funnelsim.report.run_folder import write_run as write

_WHERE = {
    "Case": "funnelsim.model.case",
    "Deal": "funnelsim.model.pipeline",
    "Ensemble": "funnelsim.engine.ensemble",
    "Forecast": "funnelsim.analysis.forecast",
    "Funnel": "funnelsim.model.funnel",
    "Money": "funnelsim.model.money",
    "Pipeline": "funnelsim.model.pipeline",
    "Stage": "funnelsim.model.funnel",
    "Step": "funnelsim.model.funnel",
    "exact": "funnelsim.engine.exact",
    "forecast": "funnelsim.analysis.answer",
    "load": "funnelsim.config",
    "replay": "funnelsim.engine.replay",
    "schema": "funnelsim.config:json_schema",
    "simulate": "funnelsim.engine.simulate",
    "write": "funnelsim.report.run_folder:write_run",
}

__all__ = [  # noqa: RUF022 - nouns, then verbs
    "Case",
    "Deal",
    "Ensemble",
    "Forecast",
    "Funnel",
    "InputError",
    "Money",
    "Pipeline",
    "Problem",
    "Stage",
    "Step",
    "exact",
    "forecast",
    "load",
    "replay",
    "schema",
    "simulate",
    "validate",
    "write",
    "__version__",
]


def validate(path: str | PathLike[str], overrides: Sequence[str] = (), scenario: str | None = None) -> list[Problem]:
    """Return every problem of a config file; an empty list if it is sound."""
    from funnelsim.config import load_any

    try:
        load_any(path, overrides, scenario)
    except InputError as error:
        return list(error.problems)
    return []


def __getattr__(name: str) -> Any:
    """Bring a name from its room when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module 'funnelsim' has no attribute '{name}'")
    module, _, attribute = _WHERE[name].partition(":")
    found = getattr(import_module(module), attribute or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
