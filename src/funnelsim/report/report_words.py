"""Phrases of workbooks and slides, in English and Chinese."""

from __future__ import annotations

REPORT_PHRASES: dict[str, tuple[str, str]] = {
    "sheet_headline": ("Headline", "要点"),
    "sheet_periods": ("Periods", "分期"),
    "sheet_targets": ("Targets", "目标"),
    "sheet_axis": ("By {axis}", "按{axis}"),
    "sheet_deals": ("Deals", "商机"),
    "sheet_chances": ("Chances", "可能性"),
    "sheet_assumptions": ("Assumptions", "假设与来源"),
    "ask_headline": ("How much will be signed?", "能签多少？"),
    "ask_periods": ("How much will be signed when?", "何时能签多少？"),
    "ask_targets": ("Will the targets be reached?", "目标能否达成？"),
    "ask_axis": ("How much comes from which {axis}?", "各{axis}贡献多少？"),
    "ask_deals": ("Which deals matter most?", "哪些商机最关键？"),
    "ask_chances": ("How likely is how much?", "各金额的可能性有多大？"),
    "ask_assumptions": ("What is taken for granted, and how was it made?", "依据哪些假设，如何得出？"),
    "gauge": (
        "{target}, by {by}: chance {chance} (± {error} points), mean shortfall {gap}.",
        "{target}，截止：{by}：达成概率 {chance}（误差 {error} 个百分点），平均缺口 {gap}。",
    ),
    "gauge_unseen": (
        "{target}, by {by}: chance {chance}, mean shortfall {gap}.",
        "{target}，截止：{by}：达成概率 {chance}，平均缺口 {gap}。",
    ),
    "three_in_four": ("3 chances in 4 of at least", "七成五把握不低于"),
    "one_in_four": ("1 chance in 4 of at least", "两成五机会不低于"),
    "below_commit": ("below commit", "承诺值以下"),
    "band": ("{low} to {high}", "{low}至{high}"),
    "fan_title": ("{measure} by period, {unit}", "分期{measure}（{unit}）"),
    "exceedance": ("{measure}: chance of at least so much, {unit}", "{measure}不低于各金额的概率（{unit}）"),
    "at_least": ("chance of at least", "不低于的概率"),
    "from_amount": ("from", "自"),
    "below_amount": ("to below", "至（不含）"),
    "share_within": ("share of futures", "情形占比"),
    "item": ("item", "项目"),
    "stated_as": ("stated as", "内容"),
    "mark": ("mark", "标记"),
    "marks": ("Marks of the curve", "曲线标记"),
    "no_curve": (
        "The total is all but certain: there is no curve to draw.",
        "合计几乎确定：没有可画的曲线。",
    ),
    "track_title": ("Track record", "过往记录"),
    "track_not_given": (
        "No log of scored forecasts was given: how earlier forecasts fared is not told here.",
        "未提供预测评分日志：此处不说明以往预测的表现。",
    ),
    "more_in_workbook": ("{n} more; forecast.json holds all.", "另有 {n} 项；全部见 forecast.json。"),
    "page_footer": ("page &P of &N", "第 &P 页，共 &N 页"),
}
