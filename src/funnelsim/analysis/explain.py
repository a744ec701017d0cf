"""Why did the forecast change? What happened between two days, as steps that add up exactly (model page, M14.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.between_days import BetweenDays, Cause, Extent
from funnelsim.analysis.method import Method
from funnelsim.analysis.shapley import LARGEST_EXACT
from funnelsim.analysis.waterfall import FIGURES, Waterfall, figures_of, reporting, waterfall
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.explain/1"
Floats = npt.NDArray[np.float64]
Engine = Literal["auto", "exact", "simulate"]


@dataclass(frozen=True)
class Explanation:
    """A change of the forecast, cause by cause.

    Parameters
    ----------
    old, new : Case
    signed : (float, float)
        What was signed on either day; it is counted in.
    extents : dict
        How many deals each cause touched, and what they are worth.
    trials, seed : int, optional
        None from the exact engine.
    """

    old: Case
    new: Case
    signed: tuple[float, float]
    waterfall: Waterfall
    extents: dict[Cause, Extent]
    trials: int | None
    seed: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.explain/1``."""
        return {
            "schema": SCHEMA,
            "case": self.new.name,
            "currency": self.new.money.currency,
            "unit": self.new.money.unit,
            "as_of": self.new.as_of.isoformat(),
            "from": self.old.as_of.isoformat(),
            "windows_end": [case.end.isoformat() if case.end else None for case in (self.old, self.new)],
            "trials": self.trials,
            "seed": self.seed,
            "signed": list(self.signed),
            "touched": {cause: {"deals": e.n_deals, "amount": e.amount} for cause, e in self.extents.items()},
            "waterfall": self.waterfall.as_json(),
        }


def explain(
    between: BetweenDays,
    *,
    fair: bool = False,
    engine: Engine = "simulate",
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain the change from one day's forecast to another's.

    Parameters
    ----------
    between : BetweenDays
    fair : bool
        Average over all orders of the causes (Shapley), rather than take them in their stated order.
    engine : {"auto", "exact", "simulate"}
        Every forecast in between is simulated with the same trials and seed, or worked out exactly.
    trials, seed : int, optional
        Default: those of the new case.

    Raises
    ------
    InputError, RefusedError
        As from the engine.
    """
    chosen = seed if seed is not None else between.new.seed if between.new.seed is not None else 0
    n = between.new.trials if trials is None else trials
    method = Method("exact") if _is_exact(between, engine) else Method("simulate", n, chosen, threads)
    n_causes = len(between.causes)
    n_values = 2 ** min(n_causes, LARGEST_EXACT) if fair else n_causes + 1
    value = reporting(_value(between, method), n_values, on_progress)
    fall = waterfall(between.causes, value, method.engine, ordered=not fair, seed=chosen)
    is_simulated = method.engine == "simulate"
    return Explanation(
        between.old, between.new, between.signed_on, fall, between.extents(), n if is_simulated else None,
        chosen if is_simulated else None,
    )  # fmt: skip


def _value(between: BetweenDays, method: Method) -> Callable[[frozenset[Any]], Floats]:
    def figures(acted: frozenset[Any]) -> Floats:
        signed = between.signed(acted)
        try:
            case = between.case(acted)
        except InputError as error:
            names = ", ".join(sorted(acted))
            raise InputError.of(
                f"no case lies between the two in which {names or 'nothing'} has happened: {error}; take the forecasts "
                "from configs that differ by what happened alone"
            ) from error
        return np.full(len(FIGURES), signed) if case is None else figures_of(method.answer(case), signed)

    return figures


def _is_exact(between: BetweenDays, engine: Engine) -> bool:
    if engine == "simulate":
        return False
    try:
        for acted in (frozenset[Any](), frozenset(between.causes)):
            if (case := between.case(acted)) is not None:
                exact(case).total("bookings")
    except RefusedError:
        if engine == "exact":
            raise
        return False
    return True
