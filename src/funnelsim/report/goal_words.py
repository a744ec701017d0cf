"""Phrases of goal seek, in English and Chinese."""

from __future__ import annotations

GOAL_PHRASES: dict[str, tuple[str, str]] = {
    # goal seek
    "goal_title": ("{case}: what it takes, as of {day}", "{case}：{day} 目标反推"),
    "goal_wins": ("{amount} deals won{when}, with a chance of {chance}", "{when}赢 {amount} 单、达成概率 {chance}"),
    "goal_bookings": ("{amount} signed{when}, with a chance of {chance}", "{when}签约 {amount}、达成概率 {chance}"),
    "goal_by": (" up to and including {day}", "截至 {day}（含当日）"),
    "goal_in_the_end": (" in the end", "最终"),
    "goal_in_horizon": (" within the horizon", "预测期内"),
    "goal_takes_prospects": (
        "{goal}: that takes {answer} prospects that enter {stage}, and no other deals.",
        "{goal}：需要 {answer} 个潜在客户进入{stage}（不计其他商机）。",
    ),
    "goal_takes_besides": (
        "{goal}: that takes {answer} new prospects that enter {stage}, besides the open deals.",
        "{goal}：在手商机之外，还需 {answer} 个潜在客户进入{stage}。",
    ),
    "goal_takes_conversion": (
        "{goal}: that takes a conversion of {answer} in {stage}.",
        "{goal}：{stage}的推进率需达到 {answer}。",
    ),
    "goal_takes_date": ("{goal}: that is reached by {answer}.", "{goal}：最早于 {answer} 达成。"),
    "goal_takes_input": ("{goal}: that takes {stage} = {answer}.", "{goal}：{stage} 需为 {answer}。"),
    "goal_takes_latest": (
        "{goal}: for that {n} prospects must enter {stage} on {answer} at the latest, besides the open deals.",
        "{goal}：在手商机之外，{n} 个潜在客户最迟须于 {answer} 进入{stage}。",
    ),
    "goal_table": ("What it takes", "所需"),
    "goal_rates": ("rates", "比率"),
    "goal_known": ("known, at their means", "视为确知（取均值）"),
    "goal_learnt": ("as learnt", "按所知程度"),
    "goal_needed_prospects": ("prospects", "潜在客户数"),
    "goal_needed_conversion": ("conversion", "推进率"),
    "goal_needed_date": ("by", "日期"),
    "goal_needed_input": ("value", "取值"),
    "goal_needed_latest": ("at the latest", "最迟日期"),
    "goal_less_input": ("a thousandth less", "差千分之一时"),
    "goal_less_latest": ("a day later", "晚一天时"),
    "goal_note_input": (
        "All else is kept as the config states it; the step is a thousandth of the range.",
        "其余一切照配置；步长为所给范围的千分之一。",
    ),
    "goal_note_latest": (
        "The prospects enter together on that day; open deals and what is booked count.",
        "这些潜在客户同日进入；在手商机与已签部分计入。",
    ),
    "goal_chance": ("chance", "达成概率"),
    "goal_less_prospects": ("with one fewer", "少一个时"),
    "goal_less_conversion": ("0.01 points lower", "低 0.01 个百分点时"),
    "goal_less_date": ("a day earlier", "早一天时"),
    "goal_less_hint": ("chance", "概率"),
    "goal_average": ("on average", "按平均"),
    "goal_over_rate": ("target / rate", "目标 ÷ 比率"),
    "goal_mean_reaches": ("mean = target", "均值 = 目标"),
    "goal_its_chance": ("its chance", "其概率"),
    "goal_none": ("none", "无"),
    "goal_exact": (
        "Rates {rates}: worked out exactly; the chances are right to {error} points.",
        "比率{rates}：精确计算，概率误差不超过 {error} 个百分点。",
    ),
    "goal_simulated": (
        "Rates {rates}: {trials} fresh trials; with {confidence} confidence the chance at {answer} is at least {low}",
        "比率{rates}：{trials} 次新抽样；置信度 {confidence} 下，{answer} 时概率不低于 {low}",
    ),
    "goal_simulated_less": (", and at {less} at most {high}.", "，{less} 时不高于 {high}。"),
    "goal_estimate": (
        " The error leaves open whether {estimate} would do; {answer} does in any case.",
        " 误差范围内 {estimate} 或许已够；{answer} 必定足够。",
    ),
    "goal_why_simulated": ("Simulated because {why}.", "采用模拟的原因：{why}。"),
    "goal_note_prospects": (
        "Prospects enter on the day of the forecast; open deals and what is booked do not count.",
        "潜在客户均于基准日进入；不计在手商机与已签部分。",
    ),
    "goal_note_besides": (
        "Prospects enter on the day of the forecast; open deals and what is booked count.",
        "潜在客户均于基准日进入；在手商机与已签部分计入。",
    ),
    "goal_note_conversion": (
        "The other conversions are kept, and so is the share that never decides; win rates follow.",
        "其余推进率与始终未决的占比不变，赢率随之推算。",
    ),
    "goal_note_date": (
        "The first day on which the chance is reached, that day included; open deals and what is booked count.",
        "达成概率首次达到要求之日（含当日）；在手商机与已签部分计入。",
    ),
}
