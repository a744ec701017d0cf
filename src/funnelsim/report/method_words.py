"""How a forecast is worked out, in plain words, English and Chinese: the model page for those who read no formulas."""

from __future__ import annotations

METHOD_PHRASES: dict[str, tuple[str, str]] = {
    "method_walk": (
        "Every open deal is walked through the stages many times over. At each stage a chance decides whether it goes "
        "on, is lost or stays undecided, and a time is drawn until that happens.",
        "每个在手商机都被反复“走”过各阶段。在每一阶段，由概率决定推进、输单或未决，并抽取所需时间。",
    ),
    "method_age": (
        "How long a deal has been in its stage counts: times that have passed already are ruled out.",
        "商机在本阶段已停留多久会计入：已经过去的时间不再可能。",
    ),
    "method_exact": (
        "The chances of all totals were added up exactly in place of drawing them; the error is that of arithmetic.",
        "各合计值的概率由精确相加得出，而非抽样；误差仅为数值误差。",
    ),
    "method_simulate": (
        "{trials} futures were drawn. Commit is what 9 in 10 of them reach, likely what half of them reach, stretch "
        "what 1 in 10 reaches.",
        "共抽取 {trials} 种情形。承诺值为九成情形可达，中位值为半数可达，冲刺值为一成可达。",
    ),
    "method_beliefs": (
        "Rates that are not known exactly are drawn anew in each future, so that what is not known widens the range.",
        "未确知的比率在每种情形中重新抽取，因此“不知道”会使区间变宽。",
    ),
    "method_shock": (
        "In each future all deals share one good or bad market; without it, luck would cancel out and the range be too "
        "narrow.",
        "每种情形中所有商机共享同一市场好坏；若无此项，运气会相互抵消，区间会过窄。",
    ),
    "method_new": (
        "New business arrives by chance from its sources and then walks the same stages.",
        "新增商机按来源随机到达，然后走同样的阶段。",
    ),
    "method_payment": (
        "Money comes in by instalments, each some time after the one before it; some of it never.",
        "回款按分期进行，各期间隔一段时间；部分可能收不回。",
    ),
    "method_capacity": (
        "People can work on so many deals at a time; further deals wait, and so later dates follow.",
        "每人同时可办的商机有限；多出的商机需等待，日期随之推后。",
    ),
    "method_chance": (
        "A chance is the share of futures in which the target is reached. It is no promise: of many forecasts that say "
        "7 in 10, about 7 in 10 should come true.",
        "概率是达成目标的情形占比，并非保证：在众多“七成”的预测中，应约有七成实现。",
    ),
    "method_sums": (
        "Commits of parts do not add up to the commit of the whole, because parts seldom go badly together.",
        "各部分承诺值之和不等于整体承诺值，因为各部分很少同时不利。",
    ),
    "method_fitted": (
        "Daily chances by stage and age were learnt from the records, older days counting less, and drawn many times "
        "over, so that little data widens the range.",
        "各阶段、各停留时间的每日概率由历史记录学得，旧数据权重较低，并反复抽取，因此数据少则区间宽。",
    ),
}
