"""The phrases of the pipeline's pages, in English and Chinese."""

from __future__ import annotations

PIPELINE_PHRASES: dict[str, tuple[str, str]] = {
    "pipeline_title": ("{case}: pipeline as of {day}", "{case}：{day} 销售管线"),
    "pipeline_line": (
        "{n} open deals of {amount}; {weighted} weighted by stated win rates; "
        "{mean} expected to be signed {window}, on average.",
        "在手 {n} 单共 {amount}；按给定赢率加权 {weighted}；{window}平均可签 {mean}。",
    ),
    "window_by": ("up to and including {day}", "截至 {day}（含当日）"),
    "window_end": ("in the end", "最终"),
    "cycle_line": (
        "A deal that is won takes {days} days from the first stage to signing, on average.",
        "赢单从首阶段到签约平均用时 {days} 天。",
    ),
    # stages
    "mean_days": ("days to advance, mean", "推进用时均值（天）"),
    "median_days": ("median", "中位（天）"),
    "weighted": ("weighted", "加权金额"),
    "expected_wins": ("expected wins", "预计赢单数"),
    "weighted_note": (
        "Amounts in {unit}. Weighted: amount times win rate, whatever its age. "
        "Expected wins: within the horizon, at each deal's age.",
        "金额单位：{unit}。加权金额：金额乘赢率，不计停留时间。预计赢单数：预测期内，按各单停留时间计算。",
    ),
    "practice": ("How stages are worked", "阶段约定"),
    "definition": ("definition", "阶段定义"),
    "promotion_mark": ("moves on when", "推进标志"),
    "tasks": ("tasks", "阶段任务"),
    # plan
    "plan": ("Targets against plan", "目标与计划"),
    "to_come_commit": ("to come, 9 chances in 10", "待签：九成把握"),
    "to_come_likely": ("even chance", "五成机会"),
    "to_come_stretch": ("1 chance in 10", "一成机会"),
    "plan_note": (
        "To come: at least so much, beyond what is booked. The shortfall averages over all futures.",
        "待签：除已签外至少可签金额。平均缺口对全部情形取平均。",
    ),
    "fresh_title": ("Fresh pipeline that would close the gap", "补足缺口所需新增商机"),
    "fresh_of": ("{n} deals, {amount}", "{n} 单，{amount}"),
    "fresh_none": ("none", "无需"),
    "fresh_many": ("more than {n} deals", "超过 {n} 单"),
    "fresh_mean": ("for the mean", "使均值达到目标"),
    "fresh_even": ("for an even chance", "使达成机会为五成"),
    "fresh_nine": ("for 9 chances in 10", "使达成机会为九成"),
    "fresh_worth": ("one is worth", "每单平均贡献"),
    "fresh_note": (
        "Deals of {amount} that enter '{stage}' on {day}; amounts are quoted ones. None of them is in the forecast.",
        "指 {day} 进入“{stage}”、每单报价 {amount} 的新商机；金额为报价金额，未计入预测。",
    ),
    # bottleneck
    "bottleneck": ("Bottleneck: one more point of conversion", "瓶颈：推进率提高一个百分点"),
    "gain_mean": ("mean of bookings rises by", "签约额均值增加"),
    "gain_error": ("±", "误差"),
    "gain_chance": ("chance of the first target, points", "首个目标达成概率（百分点）"),
    "cost_of_point": ("a point costs", "一个百分点的成本"),
    "per_cost": ("mean per unit of cost", "每单位成本的均值增加"),
    "hindrance_full": ("nothing is lost here", "此阶段无输单"),
    "hindrance_left_out": ("not in forecast", "不计入预测"),
    "hindrance_date": ("decided on its date", "按预定日期定输赢"),
    "hindrance_belief": ("its belief leaves no room", "所设分布无提升余地"),
    "part_point": ("{gain} ({points} points)", "{gain}（{points} 个百分点）"),
    "best_mean": (
        "A point buys most in '{stage}': {gain} on average.",
        "“{stage}”每提高一个百分点收益最大：均值增加 {gain}。",
    ),
    "best_rivals": ("{stages} cannot be told apart from it.", "{stages} 与其差异在误差之内。"),
    "best_chance": (
        "For the chance of the first target it is '{stage}', by {points} points.",
        "对首个目标达成概率作用最大的是“{stage}”：{points} 个百分点。",
    ),
    "best_cost": (
        "Per unit of cost it is '{stage}': {gain} for 1 spent.",
        "按单位成本计为“{stage}”：每投入 1 增加 {gain}。",
    ),
    "best_none": ("No stage has anything to gain.", "各阶段均无提升余地。"),
    "bottleneck_note": (
        "Each stage alone, all other conversions kept, within the horizon. Costs are the stated ones.",
        "逐一提高各阶段，其余推进率不变，限预测期内；成本为给定值。",
    ),
    # stalled
    "stalled": ("Stalled deals", "停滞商机"),
    "age_days": ("days in stage", "已停留（天）"),
    "advanced_later": ("of those that moved on, stayed longer", "已推进商机中停留更久的占比"),
    "won_later": ("of those won, stayed longer", "已赢单商机中停留更久的占比"),
    "chance_now": ("chance to win, now", "当前赢单概率"),
    "chance_fresh": ("a fresh deal's", "新进入商机的概率"),
    "stalled_line": (
        "{n} of {all} deals have stayed longer than all but {share} of the deals that moved on from their stage: "
        "{amount} in all.",
        "{all} 单中有 {n} 单的停留时间超过绝大多数已推进商机（停留更久者不足 {share}），合计 {amount}。",
    ),
    "stalled_unknown": (
        "Stays are not stated, so no deal can be called stalled.",
        "未给定用时，无法判断停滞商机。",
    ),
    "stalled_note": (
        "Chances are those of a win in the end. "
        "Where one stay serves win and loss, waiting moves dates and not chances.",
        "概率指最终赢单。若推进与输单共用同一用时，停留只影响日期，不影响概率。",
    ),
    "stalled_stale": ("{id} (stale)", "{id}（陈旧）"),
    "stalled_more": ("{n} more in the JSON.", "另有 {n} 单见 JSON。"),
    "engine_refused": ("Simulated: {reason}.", "改用模拟：{reason}。"),
    # picture
    "picture_key": (
        "Wide bar: open amount, {unit}. Bar inside it: the same weighted by win rates. Between the bars: conversion.",
        "外条：在手金额（{unit}）；内条：按赢率加权金额；条形之间为推进率。",
    ),
    "n_deals": ("{n} deals", "{n} 单"),
    "picture_days": ("mean stay {days} days", "平均停留 {days} 天"),
    "picture_no_days": ("stay not stated", "未给定用时"),
    "picture_amounts": ("{open} open, {weighted} weighted", "在手 {open}，加权 {weighted}"),
}
