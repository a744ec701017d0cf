"""Phrases of comparisons and of the names of inputs and causes, in English and Chinese."""

from __future__ import annotations

COMPARE_PHRASES: dict[str, tuple[str, str]] = {
    "compare_title": (
        "{case}: {n} assumptions in the same futures, as of {day}",
        "{case}：{n} 种假设同情形对比（{day}）",
    ),
    "as_stated": ("as stated", "原配置"),
    "assumptions_table": ("Bookings under each assumption, {unit}", "各假设下的签约额（{unit}）"),
    "assumption": ("assumption", "假设"),
    "chance_of": ("{amount}{by}{group}", "{amount}{by}{group}"),
    "chance_by": (" by {day}", "，{day} 前"),
    "chance_hint": ("chance", "达成概率"),
    "against": ("Against '{name}', future by future, {unit}", "与“{name}”逐情形相比（{unit}）"),
    "mean_apart": ("difference, mean", "差额均值"),
    "standard_error": ("± mean", "均值误差"),
    "apart_sd": ("spread (sd)", "标准差"),
    "apart_commit": ("9 in 10 above", "九成高于"),
    "apart_likely": ("even chance", "五成高于"),
    "apart_stretch": ("1 in 10 above", "一成高于"),
    "higher_in": ("higher in", "更高的情形"),
    "lower_in": ("lower in", "更低的情形"),
    "chance_apart": ("{amount}, points", "{amount}（百分点）"),
    "apart_note": (
        "Both are walked on the same random numbers: what differs in a future differs by the assumption alone. "
        "Spread and chances of the difference are those of one future, ± is the error of its mean.",
        "两者使用相同的随机数：同一情形下的差别只来自假设。标准差与概率针对单个情形，误差针对差额均值。",
    ),
    "first_ahead": (
        "'{name}' is better than '{first}' for everybody who likes more: no amount is less likely to be reached.",
        "“{name}”一阶优于“{first}”：任何金额的达成概率都不更低，凡愿多得者皆取前者。",
    ),
    "first_behind": (
        "'{name}' is worse than '{first}' for everybody who likes more: no amount is likelier to be reached.",
        "“{name}”一阶劣于“{first}”：任何金额的达成概率都不更高，凡愿多得者皆取后者。",
    ),
    "first_crossing": (
        "Whether '{name}' or '{first}' reaches an amount with the higher chance depends on the amount (up to {best} "
        "points better, up to {worst} worse).",
        "“{name}”与“{first}”孰高因金额而异（至多高 {best} 个百分点，至多低 {worst} 个百分点）。",
    ),
    "first_none": (
        "These trials cannot tell the chances of '{name}' from those of '{first}'.",
        "就这些模拟而言，“{name}”与“{first}”的达成概率无从区分。",
    ),
    "second_ahead": (
        " For everybody who also dislikes risk '{name}' is better: its mean gap below any amount is smaller.",
        "对厌恶风险者“{name}”更优（二阶占优）：对任何金额的平均缺口都更小。",
    ),
    "second_behind": (
        " For everybody who also dislikes risk '{name}' is worse: its mean gap below any amount is larger.",
        "对厌恶风险者“{name}”更劣（二阶占优）：对任何金额的平均缺口都更大。",
    ),
    "second_crossing": (
        " Nor is one of them better for everybody who dislikes risk.",
        "对厌恶风险者也无一致的优劣。",
    ),
    "second_none": ("", ""),
    "dominance_note": (
        "Said of {looks} amounts between the lowest hundredth and the top, with Monte Carlo error allowed for: all "
        "of it together is wrong at most once in 100. What lies closer than the error is not seen.",
        "以上就最低百分之一到最高之间的 {looks} "
        "个金额而言，已计入模拟误差：整体出错至多百分之一；误差之内的差别看不出。",
    ),
    "gain_line": (
        "'{name}': the error of the mean difference is {se}; random numbers of their own would have left {alone}, "
        "and would need {gain} times as many futures.",
        "“{name}”：差额均值的误差为 {se}；若各用各的随机数则为 {alone}，需 {gain} 倍的模拟次数。",
    ),
    "gain_best": (
        " No way of sharing the luck of deals could save more than {best} times.",
        "无论怎样共用各商机的运气，至多省到 {best} 倍。",
    ),
    "gain_same": ("'{name}' is the same as '{first}' in every future.", "“{name}”在每个情形中都与“{first}”相同。"),
    "not_first_targets": (
        "Targets are those of '{first}', asked of every assumption.",
        "目标取自“{first}”，各假设一律适用。",
    ),
    # waterfalls
    "waterfall": ("From '{first}' to '{name}', {unit}", "从“{first}”到“{name}”（{unit}）"),
    "cause": ("what changes", "变化项"),
    "orders_all": (
        "Each line is averaged over all orders in which the changes can be made (Shapley), so the lines add up "
        "exactly.",
        "每行为各种变更次序下的平均（沙普利值），逐行相加恰为总差额。",
    ),
    "orders_sampled": (
        "Each line is averaged over {n} sampled orders of the changes; the lines add up exactly, each is right to ± "
        "{error}.",
        "每行为抽取的 {n} 种变更次序下的平均；逐行相加恰为总差额，单行误差不超过 ± {error}。",
    ),
    "orders_one": (
        "The changes are made one after the other, in the order of the lines; another order would divide them "
        "otherwise.",
        "各项按所列次序依次变更；换一种次序，分摊会不同。",
    ),
    "fall_exact": (" Worked out exactly, over {n} cases.", "由精确引擎计算，共 {n} 个中间方案。"),
    "fall_simulated": (
        " Simulated on the same random numbers, over {n} cases.",
        "以相同随机数模拟，共 {n} 个中间方案。",
    ),
    "nothing_differs": (
        "'{name}' differs from '{first}' in no input of the forecast.",
        "“{name}”与“{first}”的预测输入没有差别。",
    ),
    # names of inputs
    "input_stages": ("stages and all that hangs on them", "阶段及相关设定"),
    "input_fitted": ("fitted tables", "拟合表"),
    "input_conversion": ("conversion of {name}", "{name}的推进率"),
    "input_stay": ("stays in {name}", "{name}的停留时间"),
    "input_belief": ("what is known of {name}", "对 {name} 的把握"),
    "input_source": ("source {name}", "来源 {name}"),
    "input_deals_gone": ("deals left out", "去掉的商机"),
    "input_deals_new": ("deals added", "新增的商机"),
    "input_deal_win_rate": ("win rates of deals in {name}", "{name}内商机自身的赢率"),
    "input_deal_amount": ("amounts of deals in {name}", "{name}内商机的金额"),
    "input_deal_place": ("stages and ages of deals in {name}", "{name}内商机的阶段与停留"),
    "input_deal_group": ("owners and segments of deals in {name}", "{name}内商机的归属"),
    "input_horizon": ("horizon", "预测期"),
    "input_booked": ("what is booked", "已签部分"),
    "input_shock": ("shared shock", "共同冲击"),
    "input_realisation": ("final over quoted amounts", "成交与报价之比"),
    "input_stale": ("stale deals", "过期商机的处理"),
    "input_due_today": ("deals due today", "当日到期的处理"),
    "input_referral": ("referral", "转介绍"),
    "input_loyalty": ("loyalty", "复购"),
    "input_payment": ("payment", "付款"),
    "input_capacity": ("capacity", "产能"),
    "input_communication": ("communication", "沟通链"),
    "input_correlations": ("correlations", "相关性"),
    # the picture
    "compare_headline": (
        "Against '{first}': {told}.",
        "与“{first}”相比：{told}。",
    ),
    "compare_one": (
        "'{name}' {mean} ± {error} {unit} on average, higher in {higher}",
        "“{name}”平均 {mean} ± {error} {unit}，{higher} 的情形更高",
    ),
    "bands_axis": ("bookings, {unit}", "签约额（{unit}）"),
    "fall_axis": ("mean of bookings, {unit}", "签约额均值（{unit}）"),
    "rest": ("all the rest", "其余各项"),
    "fall_picture": ("from '{first}' to '{name}'", "从“{first}”到“{name}”"),
}
