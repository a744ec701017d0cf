"""The arrays one walk is made from. Made by `funnelsim.engine.lower`, read by everything in this folder.

Sizes: S stages, K exits at most, B beliefs, P profiles (tilts in log odds), L lanes (a profile under one
combination of shocks), A axes of shocks (the market first), F shock factors, C classes (lane, stage, age), D deals.

A **slot** is where a visit begins: slot c < C for an open deal of class c on its first visit, slot
C + lane S + stage for a fresh visit. Chances are kept per slot, so that first and later visits are one step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.lending import lent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]  # unsigned: an index that needs no guard
Flags = npt.NDArray[np.bool_]

WON, LOST, PARKED = -1, -2, -3
WALKS, STALE_LOST, STALE_OPEN = 0, 1, 2
CONVERSION, STAY, RHO, REALISATION, KEEPS, ELASTICITY, REWORK = 0, 1, 2, 3, 4, 5, 6


@lent
class Tables(NamedTuple):
    """Quantile tables, a row per law."""

    cells: Floats  # (row, side, cell, [value, slope])
    step_count: Ints  # (row,), 0 for a smooth law
    step_start: Ints
    step_value: Floats  # each law's values, largest first
    step_at_least: Floats


@lent
class Arrivals(NamedTuple):
    """What sources bring: a row per source and calendar month."""

    kind: Ints  # (A,)
    start: Floats  # days since as_of
    days: Floats
    mean: Floats
    exact: Ints  # exact number; below 0: Poisson
    is_counted: Flags  # whether its winners are counted out before they walk
    key: Keys
    spread_row: Ints  # law of the factor on the rate; below 0: none
    spread_key: Keys


@lent
class Leads(NamedTuple):
    """What won customers bring."""

    mean: float  # at 0 nobody refers
    lag_row: int
    max_generation: int  # below 0: no cap
    kind: Ints  # (D + N,) kind of the leads that a subject's winners bring


@lent
class Renewals(NamedTuple):
    """What customers buy again, and the customers there are already, a row each group."""

    chance: float  # below 0: nobody comes back
    lag_row: int
    ratio_row: int
    refer: bool
    base_kind: Ints
    base_count: Ints
    base_amount: Ints
    base_age: Floats
    base_alive: Floats  # P(T > age)
    base_key: Keys


@lent
class Instalments(NamedTuple):
    """How a signature turns into cash; empty where cash is not asked for."""

    share_upto: Floats  # (I,) shares added up
    lag_row: Ints
    after_previous: Flags
    never: Floats
    key: Keys
    nothing: float  # chance that a customer pays nothing at all
    nothing_key: np.uint64
    day: Ints  # the first day, from each day on, on which money comes in; empty: any day


@lent
class Business(NamedTuple):
    """New business and payment.

    A **kind** is a way to be new: where it enters, under which shocks, with which amount, in which output rows. A
    **subject** is an open deal (0 to D - 1) or a kind (D + kind): what output rows belong to.
    """

    n_deals: int
    # the parts of the plan that what follows a signature reads: whole plans make for slow compilation
    tables: Tables
    row_start: Ints
    row_index: Ints
    bin_of_day: Ints
    end_days: float
    amount_key: np.uint64
    kind_stage: Ints  # (N,)
    kind_lane: Ints
    kind_amount_row: Ints  # law of the amount; below 0: what its customer signed
    arrivals: Arrivals
    leads: Leads
    renewals: Renewals
    instalments: Instalments


@lent
class Tally(NamedTuple):
    """What new business and payment add to a result, (row, bin, trial) each; length 0 where not asked for."""

    new_deals: Ints
    new_bookings: Ints  # of deals that were not open at as_of
    new_wins: Ints
    cash: Ints
    written_off: Ints
    outstanding: Ints  # (row, 1, trial) due after the end
    customers: Ints  # change of the number of customers


@lent
class Cells(NamedTuple):
    """The layout of fitted stages: N cells of age in all, one stage's after the other's; E exits at most.

    A stage clocked by a date has a cell for each (days to the date, age), ages running fastest, and one last cell for
    the date itself.
    """

    target: Ints  # (S, E) stage, or WON, LOST; PARKED where a stage has fewer exits
    start: Ints  # (S + 1,) stage s has the cells start[s] to start[s + 1] - 1
    first_age: Ints  # (N,) age on which a cell begins; the last of a stage goes on for ever
    n_due: Ints  # (S,) how many cells of days to the date a stage has; 0: it is clocked by age alone
    first_due: Ints  # (N,) days to the date on which a cell begins
    lead_start: Ints  # (S + 1,) the days to the date with which deals enter stage s: lead[lead_start[s]] and on
    lead: Ints  # each as likely as the others


@lent
class Daily(NamedTuple):
    """Fitted stages, which run on whole days.

    Sizes: R posterior draws, G strata of amounts, N cells, K kinds of days, H days, E exits at most.
    """

    cells: Cells  # with targets as in the plan: exits from the worst to the best
    chance: Floats  # (R, G, N, E)
    # for the walk, the draws of a cell side by side, since each trial of a block reads another one
    split: Floats  # (G, N, R, E) the same chances
    hazard: Floats  # (G, K, N, R, [losing, back, advancing]) of one day
    upto: Floats  # (G, N, R, 3) hazards before the first day of a cell; empty where days are of several kinds
    multiplier: Floats  # (K, S, E)
    kind_of_day: Ints  # (H,)
    shock: Floats  # values of u, alike in weight
    draw_key: np.uint64
    shock_key: np.uint64
    cuts: Ints  # (G - 1,) hundredths at which the next stratum begins
    class_stratum: Ints  # (C,)
    class_due: Ints  # (C,) days to the date at as_of
    class_boost: Floats  # (C,) factor on advancing hazards that keeps means where they are without a shock
    kind_boost: Floats  # (kinds, G)


@lent
class Plan(NamedTuple):
    """A case as arrays."""

    tables: Tables
    # the graph; exits of a stage run from the worst to the best
    n_exits: Ints  # (S,)
    target: Ints  # (S, K) stage, or WON, LOST, PARKED
    row: Ints  # (S, K) law of the stay
    onward: Flags  # (S, K)
    probability: Floats  # (S, K)
    stage_key: Keys  # (S,)
    is_linear: bool
    has_returns: bool  # whether a stage can be entered twice
    # what is drawn once per trial
    belief_kind: Ints  # (B,)
    belief_stage: Ints
    belief_exit: Ints
    belief_row: Ints
    belief_factor: Floats
    belief_key: Keys
    copula: Floats  # (B, B) lower Cholesky factor
    is_correlated: Flags  # (B,)
    # what communication does to stages: H hops, U coupled stages; `belief_stage` numbers these for its beliefs
    hop_keeps: Floats  # (H,) where it is not drawn
    hop_remedy: Floats  # (H, [added, repeat-backs, their correlation, written, removed])
    coupled_stage: Ints  # (U,)
    coupled_elasticity: Floats  # where it is not drawn
    coupled_rework: Floats
    coupled_shift: Floats
    coupled_scale: Floats
    log_baseline: float
    # shocks
    is_latent: bool  # whether any shock moves the exits
    rho: Floats  # (A,)
    factor_key: Keys  # (F,), the market first
    nodes: Floats  # quadrature over one standard normal
    node_weight: Floats
    phi: float  # per 30 days; below 0: one shock for the whole horizon
    n_blocks: int
    stays_vary: bool  # whether a factor on stays is drawn
    tau: float
    tau_correlation: float
    tau_key: np.uint64
    # profiles, lanes, classes
    tilt: Floats  # (P,)
    lane_profile: Ints  # (L,)
    lane_factor: Ints  # (L, A)
    class_stage: Ints  # (C,)
    class_lane: Ints
    class_age: Floats
    class_fate: Ints
    # deals
    deal_class: Ints  # (D,)
    deal_key: Keys
    deal_amount: Floats  # in hundredths of the unit
    row_start: Ints  # (D + 1,) into row_index: the output rows a deal counts in
    row_index: Ints
    n_rows: int
    amounts_vary: bool  # whether a factor on amounts is drawn
    realisation_row: int  # below 0: as quoted
    amount_key: np.uint64
    # calendar
    bin_of_day: Ints
    n_bins: int
    end_days: float
    business: Business
    daily: Daily | None  # None: all stages are stated; numba compiles the two kinds of plans apart
