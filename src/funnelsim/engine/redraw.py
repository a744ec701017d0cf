"""Draw some layers of chance afresh and keep the others as they were.

Every draw has an address, so a layer is a set of keys: give these keys other values, and what they address is drawn
anew while nothing else moves (model page, M9). Two runs that share the keys of some layers share exactly the luck of
these.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.plan import Plan
from funnelsim.engine.program import Program
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError

Layer = Literal["parameters", "shock", "arrivals", "wins", "amounts"]
LAYERS: tuple[Layer, ...] = ("parameters", "shock", "arrivals", "wins", "amounts")
_ADDED = key("drawn", "afresh")


def redrawn(simulation: Simulation, layers: Collection[Layer]) -> Simulation:
    """Return the simulation with the draws of `layers` at addresses of their own.

    New deals are walked one by one in it, however many there are, so that their number and their luck can be told
    apart.

    Raises
    ------
    RefusedError
        Where what customers bring, or waiting, hangs on draws of several layers at once.
    """
    case = simulation.program.case
    for part in ("referral", "loyalty", "capacity"):
        if getattr(case, part) is not None:
            raise RefusedError(
                f"with {part} the luck of one deal decides whether there is another, and layers of chance cannot be "
                f"told apart; leave out {part}"
            )
    program, plan = simulation.program, simulation.program.arrays
    arrivals = plan.business.arrivals
    plan = plan._replace(
        business=plan.business._replace(arrivals=arrivals._replace(is_counted=np.zeros_like(arrivals.is_counted)))
    )
    for layer in layers:
        plan = _MOVED[layer](plan)
    found = copy(simulation)
    found.program = _with(program, plan)
    return found


def _with(program: Program, plan: Plan) -> Program:
    return replace(program, arrays=plan)


def _moved(plan: Plan, *names: str) -> Plan:
    return plan._replace(**{name: _elsewhere(getattr(plan, name)) for name in names})


def _elsewhere(keys: Any) -> Any:
    with np.errstate(over="ignore"):
        return keys + _ADDED


def _parameters(plan: Plan) -> Plan:
    return _daily(_moved(plan, "belief_key"), "draw_key")


def _shock(plan: Plan) -> Plan:
    return _daily(_moved(plan, "factor_key", "tau_key"), "shock_key")


def _daily(plan: Plan, name: str) -> Plan:
    if plan.daily is None:
        return plan
    return plan._replace(daily=plan.daily._replace(**{name: _elsewhere(getattr(plan.daily, name))}))


def _arrivals(plan: Plan) -> Plan:
    arrivals = plan.business.arrivals
    moved = arrivals._replace(key=_elsewhere(arrivals.key), spread_key=_elsewhere(arrivals.spread_key))
    return plan._replace(business=plan.business._replace(arrivals=moved))


def _wins(plan: Plan) -> Plan:
    return _moved(plan, "stage_key")


def _amounts(plan: Plan) -> Plan:
    amount_key = _elsewhere(plan.amount_key)
    return plan._replace(amount_key=amount_key, business=plan.business._replace(amount_key=amount_key))


_MOVED = {"parameters": _parameters, "shock": _shock, "arrivals": _arrivals, "wins": _wins, "amounts": _amounts}
