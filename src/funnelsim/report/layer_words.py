"""Phrases on layers of chance and on the value of evidence, in English and Chinese."""

from __future__ import annotations

LAYER_PHRASES: dict[str, tuple[str, str]] = {
    "layers_title": ("{case}: where the spread comes from, as of {day}", "{case}：{day} 预测波动的来源"),
    "layers_line": (
        "Bookings: mean {mean}, spread (sd) {sd}. Most of it is {layer}: {share} of the variance.",
        "签约额：均值 {mean}，标准差 {sd}。主要来自{layer}：占方差 {share}。",
    ),
    "layers_table": ("Variance by layer", "各层方差"),
    "layer": ("layer", "层"),
    "share_of_variance": ("share of variance", "占方差"),
    "share_error": ("± points", "误差（百分点）"),
    "sd_alone": ("sd on its own, {unit}", "单独的标准差（{unit}）"),
    "layer_parameters": ("what is not known of the figures", "参数的不确定"),
    "layer_shock": ("the shared shock", "共同冲击"),
    "layer_arrivals": ("how many new deals come, and when", "新增商机的数量与时间"),
    "layer_wins": ("who wins, and when", "赢单的运气"),
    "layer_amounts": ("what the winners sign", "成交金额"),
    "layers_ordered": (
        "In this order each layer counts with what it adds once those above it are known: {order}. Variances add up, "
        "spreads do not.",
        "按此次序，每层计入其上各层已知后所增加的方差：{order}。方差可加，标准差不可加。",
    ),
    "layers_fair": (
        "Averaged over all orders of the layers (Shapley). Variances add up, spreads do not.",
        "对各层的全部次序取平均（沙普利值）。方差可加，标准差不可加。",
    ),
    "layers_runs": ("{runs} runs of {trials} trials", "{runs} 次运行，每次 {trials} 次模拟"),
    "layers_axis": ("share of variance, %", "占方差（%）"),
    "value_title": ("{case}: what more evidence is worth, as of {day}", "{case}：{day} 更多历史经验的价值"),
    "value_line": (
        "8 futures in 10 lie between {low} and {high}, {width} apart. {n} more closed deals in {stage} would narrow "
        "that most: by {by} on average, {share}.",
        "八成情形介于 {low} 与 {high} 之间，相距 {width}。在{stage}再了结 {n} 单最能收窄：平均收窄 {by}，即 {share}。",
    ),
    "value_none": (
        "8 futures in 10 lie between {low} and {high}, {width} apart. {n} more closed deals narrow that nowhere.",
        "八成情形介于 {low} 与 {high} 之间，相距 {width}。再了结 {n} 单在任何阶段都不能收窄。",
    ),
    "value_rivals": (
        " Within the error it may as well be {stages}.",
        "在误差之内也可能是{stages}。",
    ),
    "value_table": (
        "How much narrower the band of 8 futures in 10 would be on average, {unit}",
        "八成区间平均收窄（{unit}）",
    ),
    "figure_known": ("figure", "参数"),
    "with_deals": ("{n} more closed deals", "再了结 {n} 单"),
    "if_certain": ("if known for certain", "若完全确知"),
    "narrower": ("narrower by", "收窄"),
    "of_the_width": ("of the width", "占宽度"),
    "value_note": (
        "Closed deals are deals that leave the stage, whichever way. The last columns bound what any evidence on the "
        "figure can bring; below 0 is Monte Carlo error, or a finding that would widen the forecast.",
        "“了结”指商机离开该阶段，不论去向。末列为该参数任何经验所能带来的上限；负值为模拟误差，或表示所得经验反使预测变宽。",
    ),
    "value_axis": ("narrower by, {unit}", "收窄（{unit}）"),
}
