"""From words to arrays. The only file that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import inf, nextafter, sqrt

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.plan import (
    LOST,
    PARKED,
    STAY,
    STALE_LOST,
    STALE_OPEN,
    WALKS,
    WON,
    Plan,
    Tables,
)
from funnelsim.engine.laws import NEVER, Curve, StepCurve, curve_of
from funnelsim.engine.parameters import Parameters, belief_key, parameters_of
from funnelsim.engine.program import Program, Row
from funnelsim.engine.tilt import tilt_for
from funnelsim.errors import InputError
from funnelsim.model import funnel as words
from funnelsim.model.case import Case
from funnelsim.model.law import Law
from funnelsim.model.pipeline import Deal

STALE_MASS = 1e-6
MARKET = 0
N_BLOCKS_UNLIMITED = 512
_EMPTY = np.empty(0)
_NO_TABLES = Tables(np.zeros((0, 2, 0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64), _EMPTY, _EMPTY)


class _Curves:
    """Rows of laws, each stated law once."""

    def __init__(self) -> None:
        self.rows: list[Curve] = []
        self._known: dict[int, int] = {}
        self._kept: list[Law] = []

    def row(self, law: Law) -> int:
        if id(law) not in self._known:
            self._known[id(law)] = self.add(curve_of(law))
            self._kept.append(law)  # keeps its id from being used again
        return self._known[id(law)]

    def add(self, curve: Curve) -> int:
        self.rows.append(curve)
        return len(self.rows) - 1


def lower(case: Case) -> Program:
    """Return the case as arrays.

    Raises
    ------
    InputError
        If a law cannot have its stated figures, or a deal's own win rate is out of reach.
    """
    curves = _Curves()
    graph = _graph(case, curves)
    rho = np.array([case.shock.rho, *case.shock.by.values()])
    parameters = parameters_of(case, graph["targets"], graph["probability"], rho)
    deals, left_out = _forecast_deals(case)
    rows = _rows(case, deals)
    classes = _classes(case, deals, graph, curves, parameters)
    calendar = _calendar(case)
    arrays = Plan(
        tables=_NO_TABLES,
        **{name: graph[name] for name in ("n_exits", "target", "row", "onward", "probability", "stage_key")},
        is_linear=case.funnel.is_linear,
        has_returns=_has_returns(graph["target"]),
        **_belief_arrays(parameters, curves),
        **_shock_arrays(case, rho, classes.pop("factor_names"), parameters),
        **{name: classes[name] for name in _CLASS_FIELDS},
        deal_key=np.array([key("deal", deal.id, 0) for deal in deals], np.uint64),
        deal_amount=np.array([deal.amount * 100.0 for deal in deals]),
        **_row_arrays(rows, deals),
        realisation_row=-1 if case.realisation is None else curves.row(case.realisation),
        amount_key=key("amount"),
        bin_of_day=calendar[0],
        n_bins=len(calendar[1]),
        end_days=float(calendar[1][-1]),
    )
    stale = tuple(deals[i].id for i in np.flatnonzero(classes["is_stale"][classes["deal_class"]]))
    return Program(
        case,
        arrays,
        tuple(curves.rows),
        parameters,
        graph["targets"],
        rows,
        calendar[1],
        calendar[2],
        deals,
        stale,
        left_out,
    )


_CLASS_FIELDS = (
    "tilt",
    "lane_profile",
    "lane_factor",
    "class_stage",
    "class_lane",
    "class_age",
    "class_fate",
    "deal_class",
)


# ---- the graph


def _graph(case: Case, curves: _Curves) -> dict[str, object]:
    funnel = case.funnel
    names = funnel.names
    zero, never = curves.add(StepCurve([0.0])), curves.add(NEVER)
    n_stages = len(names)
    exits = [_ranked_exits(funnel, i) for i in range(n_stages)]
    width = max(len(found) for found in exits)
    probability = np.zeros((n_stages, width))
    target = np.full((n_stages, width), LOST, np.int64)
    row = np.zeros((n_stages, width), np.int64)
    onward = np.zeros((n_stages, width), bool)
    for i, found in enumerate(exits):
        for k, (name, chance, law) in enumerate(found):
            probability[i, k] = chance
            onward[i, k] = funnel.is_onward(i, name)
            target[i, k] = _target(name, names)
            row[i, k] = never if law == inf else zero if law is None else curves.row(law)  # type: ignore[arg-type]
    return {
        "probability": probability,
        "target": target,
        "row": row,
        "onward": onward,
        "n_exits": np.array([len(found) for found in exits], np.int64),
        "stage_key": np.array([key("stage", name) for name in names], np.uint64),
        "targets": tuple(tuple(name for name, _, _ in found) for found in exits),
    }


def _has_returns(target: npt.NDArray[np.int64]) -> bool:
    """Tell whether any exit leads to its own stage or an earlier one."""
    return bool(((target >= 0) & (target <= np.arange(len(target))[:, None])).any())


def _target(name: str, names: Sequence[str]) -> int:
    if name == words.WON:
        return WON
    if name == "never":
        return PARKED
    return LOST if words.is_lost(name) or name == "time-out" else names.index(name)


def _ranked_exits(funnel: words.Funnel, i: int) -> list[tuple[str, float, Law | float | None]]:
    """Return the exits of a stage from the worst to the best: lost, never, back, forward, won."""
    stage = funnel.stages[i]
    found: list[tuple[tuple[int, int], tuple[str, float, Law | float | None]]] = []
    for n, exit_ in enumerate(stage.exits):
        if words.is_lost(exit_.to):
            rank = (0, n)
        elif exit_.to == words.WON:
            rank = (4, 0)
        else:
            ahead = funnel.names.index(exit_.to)
            rank = (3 if ahead > i else 2, ahead)
        found.append((rank, (exit_.to, exit_.probability, exit_.stay)))
    if not any(words.is_lost(exit_.to) for exit_ in stage.exits):
        found.append(((0, 0), (words.LOST, 0.0, None)))
    if stage.never > 0:
        closes = stage.timeout_days < inf
        name = "time-out" if closes else "never"
        law = _fixed(stage.timeout_days) if closes else inf
        found.append(((1, 0), (name, stage.never, law)))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _fixed(days: float) -> Law:
    from funnelsim.model.law import Fixed

    return Fixed(days)


# ---- beliefs and shocks


def _belief_arrays(parameters: Parameters, curves: _Curves) -> dict[str, object]:
    found = parameters.parameters
    return {
        "belief_kind": np.array([p.kind for p in found], np.int64),
        "belief_stage": np.array([p.stage for p in found], np.int64),
        "belief_exit": np.array([p.exit for p in found], np.int64),
        "belief_row": np.array([curves.add(p.curve) for p in found], np.int64),
        "belief_factor": np.array([p.factor for p in found], float),
        "belief_key": np.array([belief_key(p) for p in found], np.uint64),
        "copula": parameters.copula,
        "is_correlated": parameters.is_correlated if found else np.zeros(0, bool),
    }


def _shock_arrays(
    case: Case, rho: npt.NDArray[np.float64], factor_names: list[tuple[str, str]], parameters: Parameters
) -> dict[str, object]:
    shock = case.shock
    largest = min(float(rho.sum()), 0.9)
    for parameter, belief in zip(parameters.parameters, case.beliefs, strict=True):
        if belief.about.kind == "rho":
            largest = min(largest - shock.rho + belief.law.support[1] * parameter.factor, 0.95)
    nodes, weights = shift_nodes(largest, len(case.funnel.stages), fixed=not parameters.n)
    end = case.end
    n_blocks = N_BLOCKS_UNLIMITED if end is None else (end - case.as_of).days // 30 + 1
    stays = shock.stays
    return {
        "rho": rho,
        "factor_key": np.array([key("shock", *name) for name in factor_names], np.uint64),
        "nodes": nodes,
        "node_weight": weights,
        "phi": -1.0 if shock.phi is None else shock.phi,
        "n_blocks": n_blocks if shock.phi is not None else 1,
        "stays_vary": stays is not None or any(p.kind == STAY for p in parameters.parameters),
        "tau": stays.tau if stays else 0.0,
        "tau_correlation": stays.correlation if stays else 0.0,
        "tau_key": key("shock", "stays"),
    }


def shift_nodes(
    rho: float, n_stages: int, *, fixed: bool = True
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return trapezoid nodes on [-8, 8] and normal weights fine enough for products of `n_stages` probits.

    The integrand's spectrum falls like a normal law of variance 1 + n rho / (1 - rho), so a step of 0.6 over its
    root leaves an error below 1e-12. At least 81 nodes where the solution is needed once; fewer where every trial
    solves it anew.
    """
    step = min(0.2 if fixed else 0.5, 0.6 / sqrt(1.0 + n_stages * rho / (1.0 - rho)))
    half = int(np.ceil(8.0 / step))
    nodes = np.linspace(-8.0, 8.0, 2 * half + 1)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


# ---- deals


def _forecast_deals(case: Case) -> tuple[tuple[Deal, ...], tuple[str, ...]]:
    out = {stage.name for stage in case.funnel.stages if not stage.in_forecast}
    kept = tuple(deal for deal in case.pipeline.deals if deal.stage not in out)
    if not kept:
        raise InputError.of("every deal is in a stage with in_forecast: no; nothing is left to forecast", "pipeline")
    return kept, tuple(deal.id for deal in case.pipeline.deals if deal.stage in out)


def _classes(
    case: Case, deals: tuple[Deal, ...], graph: dict[str, object], curves: _Curves, parameters: Parameters
) -> dict[str, object]:
    """Group deals that share stage, age, tilt and shocks: their chances are worked out once per trial."""
    names = {name: i for i, name in enumerate(case.funnel.names)}
    axes = tuple(case.shock.by)
    profiles: dict[float, int] = {0.0: 0}
    tilts: dict[tuple[int, float, float], float] = {}
    factors: dict[tuple[str, str], int] = {("market", ""): MARKET}
    lanes: dict[tuple[int, ...], int] = {}
    classes: dict[tuple[int, int, float, bool], int] = {}
    stale_of: dict[tuple[int, float], bool] = {}
    deal_class = np.empty(len(deals), np.int64)
    for d, deal in enumerate(deals):
        stage = names[deal.stage]
        age = _effective_age(case, deal)
        if (stage, age) not in stale_of:
            stale_of[stage, age] = _surviving(graph, curves, stage, age) < STALE_MASS
        is_stale = stale_of[stage, age]
        if is_stale and case.stale == "fresh":
            age = -1.0
        tilt = 0.0
        if deal.win_rate is not None and not (is_stale and case.stale != "fresh"):
            wanted = (stage, age, deal.win_rate)
            if wanted not in tilts:
                tilts[wanted] = tilt_for(deal, stage, age, graph, curves.rows, parameters)
            tilt = tilts[wanted]
        profile = profiles.setdefault(tilt, len(profiles))
        shocks = tuple(factors.setdefault((axis, getattr(deal, axis)), len(factors)) for axis in axes)
        lane = lanes.setdefault((profile, MARKET, *shocks), len(lanes))
        deal_class[d] = classes.setdefault((stage, lane, age, is_stale), len(classes))
    fate = {"lost": STALE_LOST, "open": STALE_OPEN, "fresh": WALKS}[case.stale]
    lane_rows = np.array(list(lanes), np.int64)
    return {
        "tilt": np.array(list(profiles)),
        "lane_profile": lane_rows[:, 0].copy(),
        "lane_factor": lane_rows[:, 1:].copy(),
        "class_stage": np.array([c[0] for c in classes], np.int64),
        "class_lane": np.array([c[1] for c in classes], np.int64),
        "class_age": np.array([c[2] for c in classes]),
        "class_fate": np.array([fate if c[3] else WALKS for c in classes], np.int64),
        "is_stale": np.array([c[3] for c in classes], bool),
        "deal_class": deal_class,
        "factor_names": list(factors),
    }


def _effective_age(case: Case, deal: Deal) -> float:
    """Return the age that conditions the stay; -1 for a deal that entered just now, or where no stay is stated."""
    if deal.age_days <= 0 or not case.funnel.has_stays:
        return -1.0
    # just below the age, an exit due on that day is still to come
    return nextafter(deal.age_days, 0.0) if case.due_today else deal.age_days


def _surviving(graph: dict[str, object], curves: _Curves, stage: int, age: float) -> float:
    if age < 0:
        return 1.0
    probability, row = graph["probability"][stage], graph["row"][stage]  # type: ignore[index]
    return sum(p * float(curves.rows[k].survival(age)) for p, k in zip(probability, row, strict=True) if p > 0)


# ---- rows and calendar


def _rows(case: Case, deals: tuple[Deal, ...]) -> tuple[Row, ...]:
    groups: list[dict[str, str]] = [{}]
    for axis in case.groups:
        groups += [{axis: value} for value in sorted({getattr(deal, axis) for deal in deals})]
    for target in case.targets:
        if target.group not in groups:
            groups.append(dict(target.group))
    return tuple(Row(group) for group in groups)


def _row_arrays(rows: tuple[Row, ...], deals: tuple[Deal, ...]) -> dict[str, object]:
    by_value: dict[tuple[str, str], list[int]] = {}
    several = [i for i, row in enumerate(rows) if len(row.group) > 1]
    for i, row in enumerate(rows):
        if len(row.group) == 1:
            by_value.setdefault(next(iter(row.group.items())), []).append(i)
    axes = {axis for axis, _ in by_value}
    start, index = np.zeros(len(deals) + 1, np.int64), []
    for d, deal in enumerate(deals):
        index.append(0)
        for axis in axes:
            index += by_value.get((axis, getattr(deal, axis)), ())
        index += [i for i in several if rows[i].holds(deal)]
        start[d + 1] = len(index)
    return {"row_start": start, "row_index": np.array(index, np.int64), "n_rows": len(rows)}


def _calendar(case: Case) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], tuple[int, ...]]:
    """Return the bin of each day, the ends of the bins in days, and the last bin of each period."""
    if case.end is None:
        return np.zeros(1, np.int64), np.array([inf]), ()
    ends = {period.end for period in case.periods}
    ends |= {target.by + timedelta(days=1) for target in case.targets if target.by is not None}
    days = sorted(_days(case.as_of, end) for end in ends)
    bin_of_day = np.searchsorted(days, np.arange(days[-1]), side="right").astype(np.int64)
    last = tuple(days.index(_days(case.as_of, period.end)) for period in case.periods)
    return bin_of_day, np.array(days, float), last


def _days(start: date, end: date) -> int:
    return (end - start).days
