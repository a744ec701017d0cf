"""All levers of a case, in the order of the page."""

from __future__ import annotations

from typing import Any

from funnelsim.app.chain_levers import chain_levers
from funnelsim.app.lever import Lever
from funnelsim.app.market_levers import amount_levers, business_levers, capacity_levers, shock_levers, target_levers
from funnelsim.app.stage_levers import evidence_levers, stage_levers
from funnelsim.model.case import Case

_KINDS = (
    target_levers, stage_levers, amount_levers, shock_levers, evidence_levers, business_levers, capacity_levers,
    chain_levers,
)  # fmt: skip


def levers_of(tree: dict[str, Any], case: Case) -> dict[str, Lever]:
    """Return the levers of a case by their keys.

    Parameters
    ----------
    tree : dict
        The config that states the case.
    """
    return {lever.key: lever for kind in _KINDS for lever in kind(tree, case)}
