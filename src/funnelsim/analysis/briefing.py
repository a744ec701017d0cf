"""What every report tells, in one object: the forecast, and what stands around it.

Each part is there or has a reason why it is not. What is worked out here is worked out within a bearable number of
walks, from the case that the forecast was made from and with its seed: so every format of a report tells the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from funnelsim.analysis.backtest import Backtest
from funnelsim.analysis.bearable import TooLargeError, bearable_trials
from funnelsim.analysis.between_days import BetweenDays
from funnelsim.analysis.compare import Comparison, compare
from funnelsim.analysis.explain import Explanation, explain
from funnelsim.analysis.forecast import DealForecast, Forecast
from funnelsim.analysis.layers import Layers, split_layers
from funnelsim.analysis.swings import Swings, swings
from funnelsim.analysis.track import PastHits
from funnelsim.engine.lower import lower
from funnelsim.engine.redraw import LAYERS
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

Part = Literal["levers", "layers", "deals", "changes", "comparison", "track", "backtest"]
PARTS: tuple[Part, ...] = ("levers", "layers", "deals", "changes", "comparison", "track", "backtest")
Why = Literal["not_given", "none", "too_large", "refused"]
MAX_WALKS = 2_500_000  # deals walked for a part
T = TypeVar("T")


@dataclass(frozen=True)
class Absence:
    """Why a part is not told.

    Parameters
    ----------
    why : {"not_given", "none", "too_large", "refused"}
        It was not given (an earlier run, a log, a backtest, deal by deal), the case has none (no open deals, no
        scenarios), it would take too long here, or the case is one that the question cannot be asked of.
    detail : str
        What was said of it, in English; empty unless refused.
    """

    why: Why
    detail: str = ""


@dataclass(frozen=True)
class Briefing:
    """A forecast and what stands around it.

    Parameters
    ----------
    levers : Swings, optional
        What moves the forecast: the tornado, in `Swings.order`.
    layers : Layers, optional
        Where the spread comes from.
    changes : Explanation, optional
        What changed since an earlier run, and why.
    comparison : Comparison, optional
        The case as stated and its scenarios, or several runs, in the same futures.
    track : tuple of PastHits
        How earlier forecasts fared.
    backtest : Backtest, optional
    absent : mapping
        Why each part that is not told is not: every part is told or is here.
    """

    forecast: Forecast
    levers: Swings | None = None
    layers: Layers | None = None
    changes: Explanation | None = None
    comparison: Comparison | None = None
    track: tuple[PastHits, ...] = ()
    backtest: Backtest | None = None
    absent: Mapping[Part, Absence] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.forecast.case

    @property
    def deals(self) -> tuple[DealForecast, ...]:
        """Return the deals that make or break the forecast, the one that matters most first.

        By swing on the first target, then by expected amount.
        """
        return tuple(sorted(self.forecast.deals, key=lambda deal: deal.weight, reverse=True))


def briefing(
    forecast: Forecast,
    *,
    earlier: Case | None = None,
    others: Mapping[str, Case] | None = None,
    track: Sequence[PastHits] | None = None,
    backtest: Backtest | None = None,
    threads: int | None = None,
) -> Briefing:
    """Return a forecast with what moves it, where its spread comes from, and what else is given.

    Parameters
    ----------
    forecast : Forecast
    earlier : Case, optional
        Of an earlier run of the same pipeline.
    others : mapping of str to Case, optional
        By name what is to be compared, what the others are held against first; two or more.
    track : sequence of PastHits, optional
    backtest : Backtest, optional

    Returns
    -------
    Briefing
        Levers by the exact engine where it answers at once; all else simulated anew with the forecast's seed, within
        `MAX_WALKS` walks, unless the forecast itself is exact.
    """
    desk = _Desk(forecast, threads)
    return Briefing(
        forecast,
        levers=desk.levers(),
        layers=desk.layers(),
        changes=desk.changes(earlier),
        comparison=desk.comparison(others or {}),
        track=tuple(track or ()),
        backtest=backtest,
        absent=desk.absent | _absent(forecast, track, backtest),
    )


def _absent(forecast: Forecast, track: Sequence[PastHits] | None, backtest: Backtest | None) -> dict[Part, Absence]:
    found: dict[Part, Absence] = {}
    if not forecast.deals:
        found["deals"] = Absence("not_given" if len(forecast.case.pipeline) else "none")
    if not track:
        found["track"] = Absence("not_given" if track is None else "none")
    if backtest is None:
        found["backtest"] = Absence("not_given")
    return found


class _Desk:
    """Works out the parts of a briefing, and keeps why one is not there."""

    def __init__(self, forecast: Forecast, threads: int | None) -> None:
        self._case, self._engine, self._threads = forecast.case, forecast.engine, threads
        self._seed = next((s for s in (forecast.seed, forecast.case.seed) if s is not None), 0)
        self.absent: dict[Part, Absence] = {}

    def levers(self) -> Swings | None:
        """Return the tornado."""
        return self._part("levers", lambda: swings(self._case, seed=self._seed, threads=self._threads))

    def layers(self) -> Layers | None:
        """Return the split of the variance."""
        case = replace(self._case, groups=())
        return self._part(
            "layers",
            lambda: split_layers(case, trials=self._trials(1 + len(LAYERS)), seed=self._seed, threads=self._threads),
        )

    def changes(self, earlier: Case | None) -> Explanation | None:
        """Return what happened since an earlier case."""
        if earlier is None:
            self.absent["changes"] = Absence("not_given")
            return None
        return self._part("changes", lambda: self._explained(earlier))

    def comparison(self, others: Mapping[str, Case]) -> Comparison | None:
        """Return the cases compared."""
        if len(others) < 2:
            self.absent["comparison"] = Absence("none")
            return None
        return self._part(
            "comparison",
            lambda: compare(
                others, trials=self._trials(2 * len(others)), seed=self._seed, threads=self._threads, steps=False
            ),
        )

    def _explained(self, earlier: Case) -> Explanation:
        between = BetweenDays(earlier, self._case, None, (earlier.booked_total, self._case.booked_total))
        n_runs = 1 + len(between.causes)
        if self._engine == "exact":
            return explain(between, engine="exact")
        return explain(between, trials=self._trials(n_runs), seed=self._seed, threads=self._threads)

    def _trials(self, n_runs: int) -> int:
        return bearable_trials(lower(replace(self._case, groups=())), n_runs, MAX_WALKS)

    def _part(self, name: Part, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except TooLargeError:
            self.absent[name] = Absence("too_large")
        except InputError as error:
            self.absent[name] = Absence("refused", error.problems[0].message.partition("; ")[0])
        except RefusedError as error:
            self.absent[name] = Absence("refused", str(error).partition("; ")[0])
        return None
