"""Why something was not done, by the reason it was refused for, in English and Chinese."""

from __future__ import annotations

REFUSAL_PHRASES: dict[str, tuple[str, str]] = {
    # stresses that do not apply
    "refused_no_stays": ("no stage states a stay", "没有阶段给出停留时间"),
    "refused_no_deals": ("there are no open deals", "没有在手商机"),
    "refused_no_sources": ("no source brings new business", "没有带来新商机的来源"),
    "refused_no_payment": ("the case does not say how customers pay", "未给出客户付款方式"),
    "refused_no_segment": ("no open deal states its segment", "在手商机均未注明细分市场"),
    "refused_no_owner": ("no open deal states its owner", "在手商机均未注明负责人"),
    "refused_nothing_turns": (
        "no input can be turned: all conversions are 0 or 1",
        "没有可变动的输入：推进率均为 0 或 1",
    ),
    # what the exact engine does not answer
    "refused_returning": (
        "customers refer or buy again, which exact laws do not cover",
        "客户会转介绍或复购，精确计算不适用",
    ),
    "refused_instalments": (
        "several instalments of one deal hang together, which exact laws do not cover",
        "同一单分多期付款，各期相关，精确计算不适用",
    ),
    "refused_paid_tables": (
        "payment after the wins of fitted tables has no exact law",
        "按拟合表赢单后的付款没有精确分布",
    ),
    "refused_branches": (
        "new business and payment have exact laws in straight funnels only",
        "新商机与付款仅在直线漏斗中有精确分布",
    ),
    "refused_grouped_shock": (
        "new business under shocks by segment, owner or source has no exact law",
        "冲击按细分市场、负责人或来源区分时，新商机没有精确分布",
    ),
    "refused_paid_stays": (
        "a shock acts on stays and not on the time to pay, which exact laws do not cover",
        "冲击作用于停留时间而不作用于付款时间，精确计算不适用",
    ),
    "refused_new_losses": ("losses of new deals have no exact law", "新商机的输单没有精确分布"),
    "refused_shock_path": (
        "with a shock per period a deal's chance depends on the whole path of shocks",
        "冲击逐期变化时，商机的概率取决于整条冲击路径",
    ),
    "refused_shocks": (
        "more than 2 dimensions of shocks act together, and at most 2 are integrated",
        "同时作用的冲击超过两维，精确计算至多积分两维",
    ),
    "refused_variance": ("an amount has no finite variance", "某项金额的方差不是有限值"),
    "refused_large_graph": ("the funnel of branches is too large for exact laws", "分支漏斗过大，不宜精确计算"),
    "refused_capacity": (
        "with a capacity deals wait for each other, and have no laws of their own",
        "产能有限时商机相互等待，各自没有独立的分布",
    ),
    "refused_given_tables": (
        "exact laws of fitted tables are not joined with parameter sets",
        "拟合表的精确分布不与参数组合并",
    ),
    "refused_open_value": ("the open value is a joint law of wins and losses", "在手金额取决于赢单与输单的联合分布"),
    "refused_too_long": (
        "the exact laws of {settings} settings would take too long",
        "{settings} 组设定的精确计算耗时过长",
    ),
    "refused_many_tables": (
        "fitted tables are made anew at every setting, which takes long here",
        "拟合表须在每组设定下重新生成，此处耗时过长",
    ),
    "refused_slow_tables": (
        "the exact laws of fitted tables take a second and more each",
        "拟合表的每次精确计算需一秒以上",
    ),
    # what one run tells no gradient of
    "refused_score_returning": (
        "customers who refer or buy again draw whole new paths",
        "客户转介绍或复购会引出全新的路径",
    ),
    "refused_score_branches": ("new deals run through branches", "新商机流经有分支的漏斗"),
    "refused_score_spread": (
        "the rate of new deals is spread, and not seen in a trial",
        "新商机的到来速度带有波动，单次模拟中无从得知",
    ),
    "refused_score_stays": (
        "the share of new deals won in time differs from trial to trial",
        "新商机按期赢单的比例逐次不同",
    ),
    "refused_score_tables": ("fitted stages run by the day", "拟合的阶段按天推进"),
    "refused_score_path": ("under a shock per period an exit hangs on its day", "冲击逐期变化时，去向取决于离开之日"),
    "refused_score_waiting": (
        "with a capacity deals wait for each other",
        "产能有限时商机相互等待",
    ),
}
