"""Which exits the deals of each trial took, slot by slot: what a likelihood ratio is made from."""

from __future__ import annotations

from funnelsim.engine.kernel.chances import prepare
from funnelsim.engine.kernel.compiling import entry
from funnelsim.engine.kernel.flow import follow_deal


@entry
def count_exits(plan, chances, flow, seed_key, first_trial, n, counts):
    """Count in `counts` (slot, exit, trial) every exit that was drawn in `n` trials, also those after the end.

    `chances` and `flow` are spaces for blocks of one trial, `flow` with a path that has room for every visit.
    """
    n_classes, n_stages = len(plan.class_stage), len(plan.n_exits)
    for i in range(n):
        prepare(plan, chances, seed_key, first_trial + i, 1, i == 0)
        for deal in range(len(plan.deal_class)):
            class_ = plan.deal_class[deal]
            follow_deal(plan, chances, flow, deal, 1, True)
            for visit in range(flow.n_visits[0]):
                stage, exit_ = int(flow.path[visit, 0]), int(flow.path[visit, 1])
                slot = class_ if visit == 0 else n_classes + plan.class_lane[class_] * n_stages + stage
                counts[slot, exit_, i] += 1
