"""From words to arrays: the case becomes a program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import inf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.business import Kinds, business_of
from funnelsim.engine.classes import classes_of
from funnelsim.engine.coupling import Coupling, coupled
from funnelsim.engine.daily import daily_classes, tables_lowered
from funnelsim.engine.graph import Curves, graph_of
from funnelsim.engine.kernel.plan import REALISATION, RHO, STALE_LOST, STAY, Plan, Tables
from funnelsim.engine.parameters import Parameters, belief_key, parameters_of
from funnelsim.engine.program import Program, Row
from funnelsim.engine.recentring import Lane, recentred
from funnelsim.engine.stations import stations_of
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal

BLOCK_DAYS = 30
N_BLOCKS_UNLIMITED = 512
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def lower(case: Case) -> Program:
    """Return the case as arrays.

    Raises
    ------
    InputError
        If a law cannot have its stated figures, or a deal's own win rate is out of reach.
    """
    curves = Curves()
    graph = graph_of(case.funnel, curves)
    rho = np.array([case.shock.rho, *case.shock.by.values()])
    parameters = coupled(case, parameters_of(case, graph.names, graph.probability, rho), graph.onward)
    deals, left_out = _forecast_deals(case)
    kinds = Kinds.of(case, deals)
    standing = np.zeros((0, 4), np.int64)
    if case.fitted is None:
        classes, stale = classes_of(case, deals, graph, curves, parameters, kinds.kinds)
    else:
        (classes, standing), stale = daily_classes(case, deals, kinds.kinds, case.fitted), ()
    n_deals, subjects = len(deals), (*deals, *(kind.deal for kind in kinds.kinds))
    rows = _rows(case, subjects)
    row_start, row_index = _row_arrays(rows, subjects)
    calendar = _calendar(case)
    nodes, node_weight = shift_nodes(_largest_rho(case, parameters), len(graph.n_exits), once=not parameters.n)
    drawn, shock = parameters.parameters, case.shock
    of_kind = classes.of_deal[n_deals:]
    can_count = shock.phi is None and graph.is_straight and case.capacity is None and case.fitted is None
    business = business_of(
        case, kinds, deals, classes.stage[of_kind], classes.lane[of_kind], curves, can_count=can_count
    )
    daily, recentring = None, tuple[Lane, ...]()
    if case.fitted is not None:
        daily = tables_lowered(case.fitted, case, graph, classes, standing, len(kinds.kinds))
        daily, recentring = recentred(
            daily, standing, classes.of_deal[:n_deals], business.kind_stage, business.arrivals
        )
    arrays = Plan(
        tables=_no_tables(),
        n_exits=graph.n_exits,
        target=graph.target,
        row=graph.row,
        onward=graph.onward,
        probability=graph.probability,
        stage_key=graph.stage_key,
        is_linear=case.funnel.is_linear,
        has_returns=graph.has_returns,
        belief_kind=np.array([p.kind for p in drawn], np.int64),
        belief_stage=np.array([p.stage for p in drawn], np.int64),
        belief_exit=np.array([p.exit for p in drawn], np.int64),
        belief_row=np.array([curves.add(p.curve) for p in drawn], np.int64),
        belief_factor=np.array([p.factor for p in drawn], float),
        belief_key=np.array([belief_key(p) for p in drawn], np.uint64),
        copula=np.ascontiguousarray(parameters.copula),
        is_correlated=parameters.is_correlated,
        **_coupling_arrays(parameters.coupling),
        is_latent=bool(rho.sum() > 0 or any(p.kind == RHO for p in drawn)),
        rho=rho,
        factor_key=np.array([key("shock", *factor) for factor in classes.factors], np.uint64),
        nodes=nodes,
        node_weight=node_weight,
        phi=-1.0 if shock.phi is None else shock.phi,
        n_blocks=1 if shock.phi is None else _n_blocks(case),
        stays_vary=shock.stays is not None or any(p.kind == STAY for p in drawn) or _reworks(parameters.coupling),
        tau=shock.stays.tau if shock.stays else 0.0,
        tau_correlation=shock.stays.correlation if shock.stays else 0.0,
        tau_key=key("shock", "stays"),
        tilt=classes.tilt,
        lane_profile=classes.lane_profile,
        lane_factor=classes.lane_factor,
        class_stage=classes.stage,
        class_lane=classes.lane,
        class_age=classes.age,
        class_fate=classes.fate,
        deal_class=classes.of_deal[:n_deals],
        deal_key=np.array([key("deal", deal.id, 0) for deal in deals], np.uint64),
        deal_amount=np.array([deal.amount * 100.0 for deal in deals]),
        row_start=row_start,
        row_index=row_index,
        n_rows=len(rows),
        amounts_vary=case.realisation is not None or any(p.kind == REALISATION for p in drawn),
        realisation_row=-1 if case.realisation is None else curves.row(case.realisation),
        amount_key=key("amount"),
        bin_of_day=calendar.bin_of_day,
        n_bins=len(calendar.bin_ends_days),
        end_days=float(calendar.bin_ends_days[-1]),
        business=business,
        daily=daily,
    )
    shared = {name: getattr(arrays, name) for name in arrays.business._fields if name in arrays._fields}
    arrays = arrays._replace(business=arrays.business._replace(**shared))
    return Program(
        case=case,
        arrays=arrays,
        curves=tuple(curves.rows),
        parameters=parameters,
        targets=graph.names,
        rows=rows,
        bin_ends_days=calendar.bin_ends_days,
        period_last_bin=calendar.period_last_bin,
        deals=deals,
        kinds=tuple(kinds.kinds),
        kind_class=of_kind,
        stale=stale,
        recentring=recentring,
        left_out=left_out,
        stations=stations_of(
            case, deals, [kind.deal for kind in kinds.kinds], classes.fate[classes.of_deal[:n_deals]] != STALE_LOST
        ),
    )


def _coupling_arrays(coupling: Coupling | None) -> dict[str, Any]:
    """Return what the kernel knows of communication; arrays without entries if nothing hangs on it."""
    none = np.zeros(0)
    if coupling is None:
        names = ("hop_keeps", "coupled_elasticity", "coupled_rework", "coupled_shift", "coupled_scale")
        empty: dict[str, Any] = dict.fromkeys(names, none)
        return {**empty, "hop_remedy": np.zeros((0, 5)), "coupled_stage": np.zeros(0, np.int64), "log_baseline": 0.0}
    return {
        "hop_keeps": coupling.keeps,
        "hop_remedy": coupling.remedy,
        "coupled_stage": coupling.stage,
        "coupled_elasticity": coupling.elasticity,
        "coupled_rework": coupling.rework,
        "coupled_shift": coupling.shift,
        "coupled_scale": coupling.scale,
        "log_baseline": coupling.log_baseline,
    }


def _reworks(coupling: Coupling | None) -> bool:
    return coupling is not None and bool((coupling.rework > 0).any())


def _no_tables() -> Tables:
    """Return tables of no law; `Program.plan` makes the real ones when a walk asks for them."""
    none = np.zeros(0)
    return Tables(np.zeros((0, 2, 0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64), none, none)


def shift_nodes(rho: float, n_stages: int, *, once: bool = True) -> tuple[Floats, Floats]:
    """Return equidistant nodes and normal weights, fine enough for products of `n_stages` probits.

    The integrand's spectrum falls like a normal law of variance v = 1 + n rho / (1 - rho): exp(-(2 pi / h)^2 / 2 v) is
    what a step h leaves, 1e-24 at 0.6 over its root and 1e-10 at 0.92. At least 81 nodes on [-8, 8] and the finer of
    the two where the shifts are solved once; where every trial solves them anew, the coarser on [-6.5, 6.5], in fours
    as the processor takes them.
    """
    root = sqrt(1.0 + n_stages * rho / (1.0 - rho))
    if once:
        half = int(np.ceil(8.0 / min(0.2, 0.6 / root)))
        nodes = np.linspace(-8.0, 8.0, 2 * half + 1)
    else:
        n = 4 * int(np.ceil(13.0 * root / 0.92 / 4))
        nodes = 13.0 * ((np.arange(n) + 0.5) / n - 0.5)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def _largest_rho(case: Case, parameters: Parameters) -> float:
    others = case.shock.total_rho - case.shock.rho
    market = [case.shock.rho]
    for parameter, belief in zip(parameters.parameters, case.beliefs, strict=False):
        if parameter.kind == RHO:
            market.append(belief.law.support[1] * parameter.factor)
    if max(market) + others > 0.95:
        raise InputError.of(
            f"with its belief the shares of the shock reach {max(market) + others:.3g}; keep them under 0.95 together",
            "beliefs",
            "shock.rho",
        )
    return max(market) + others


def _n_blocks(case: Case) -> int:
    return N_BLOCKS_UNLIMITED if case.end is None else (case.end - case.as_of).days // BLOCK_DAYS + 1


def _forecast_deals(case: Case) -> tuple[tuple[Deal, ...], tuple[str, ...]]:
    out = {stage.name for stage in case.funnel.stages if not stage.in_forecast}
    kept = tuple(deal for deal in case.pipeline.deals if deal.stage not in out)
    if case.pipeline.deals and not kept:
        raise InputError.of("every deal is in a stage with in_forecast: no; nothing is left to forecast", "pipeline")
    return kept, tuple(deal.id for deal in case.pipeline.deals if deal.stage in out)


# ---- rows and calendar


def _rows(case: Case, deals: tuple[Deal, ...]) -> tuple[Row, ...]:
    groups: list[dict[str, str]] = [{}]
    for axis in case.groups:
        groups += [{axis: value} for value in sorted({getattr(deal, axis) for deal in deals})]
    for target in case.targets:
        if target.group not in groups:
            groups.append(dict(target.group))
    return tuple(Row(group) for group in groups)


def _row_arrays(rows: tuple[Row, ...], deals: tuple[Deal, ...]) -> tuple[Ints, Ints]:
    """Return the rows of each deal or kind: those of number d are index[start[d]:start[d + 1]]."""
    by_value = {next(iter(row.group.items())): i for i, row in enumerate(rows) if len(row.group) == 1}
    several = [i for i, row in enumerate(rows) if len(row.group) > 1]
    axes = {axis for axis, _ in by_value}
    start, index = np.zeros(len(deals) + 1, np.int64), []
    for d, deal in enumerate(deals):
        index.append(0)
        index += [by_value[pair] for axis in axes if (pair := (axis, getattr(deal, axis))) in by_value]
        index += [i for i in several if rows[i].holds(deal)]
        start[d + 1] = len(index)
    return start, np.array(index, np.int64)


@dataclass(frozen=True)
class _Calendar:
    bin_of_day: Ints
    bin_ends_days: Floats
    period_last_bin: tuple[int, ...]


def _calendar(case: Case) -> _Calendar:
    """Return the bins: every end of a period and every day of a target ends one."""
    if case.end is None:
        return _Calendar(np.zeros(1, np.int64), np.array([inf]), ())
    ends = {period.end for period in case.periods}
    ends |= {target.by + timedelta(days=1) for target in case.targets if target.by is not None}
    days = sorted(_days(case.as_of, end) for end in ends)
    bin_of_day = np.searchsorted(days, np.arange(days[-1]), side="right").astype(np.int64)
    last = tuple(days.index(_days(case.as_of, period.end)) for period in case.periods)
    return _Calendar(bin_of_day, np.array(days, float), last)


def _days(start: date, end: date) -> int:
    return (end - start).days
