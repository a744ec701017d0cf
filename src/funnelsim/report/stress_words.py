"""Phrases of stress and reverse stress, in English and Chinese."""

from __future__ import annotations

STRESS_PHRASES: dict[str, tuple[str, str]] = {
    "stress_title": ("{case}: under stress, as of {day}", "{case}：{day} 压力测试"),
    "stress_table": ("Bookings to come, {unit}", "待签金额（{unit}）"),
    "stress": ("stress", "压力情形"),
    "stress_whom": ("whom", "对象"),
    "stress_change": ("mean, change", "均值变化"),
    "stress_chance_change": ("change, points", "变化（百分点）"),
    "stress_base": ("as it stands", "现状"),
    "stress_win_rates_fall": ("win rates fall by a fifth", "赢率下降两成"),
    "stress_cycles_double": ("every stay doubles", "各阶段停留时间加倍"),
    "stress_amounts_shrink": ("a fifth less is signed of every deal", "每单签约额少两成"),
    "stress_top_deal_lost": ("the top deal is lost", "最大一单丢失"),
    "stress_segment_freezes": ("the top segment freezes", "最大细分市场停止采购"),
    "stress_rep_leaves": ("the top rep leaves", "最重要的销售离职"),
    "stress_no_new_business": ("no new business comes", "不再有新商机"),
    "stress_late_payment": ("customers pay twice as late", "付款时间加倍"),
    "stress_note": (
        "Top: the most amount times win rate. Deals of a rep who leaves change hands: their odds halve, their time "
        "in the "
        "stage begins anew.",
        "“最大”按金额乘赢率。销售离职时其商机易手：赢率的几率减半，停留时间重新计算。",
    ),
    "stress_band": ("commit to stretch, line at likely", "承诺值至冲刺值，竖线为中位值"),
    "stress_chance_of": ("Chance of {target}", "{target}的达成概率"),
    "stress_percent": ("%", "%"),
    "reverse_units_axis": ("units", "单位数"),
    "stress_left_out": ("Left out, {stress}: {why}.", "未做“{stress}”：{why}。"),
    "reverse_table": (
        "The mildest joint change that brings the chance of {target} to {level}",
        "使{target}的达成概率降至 {level} 的最小联合变化",
    ),
    "reverse_input": ("input", "输入"),
    "reverse_conversion": ("conversion of {stage}", "{stage}的推进率"),
    "reverse_stays": ("stays, factor", "停留时间倍数"),
    "reverse_amounts": ("amounts, factor", "金额倍数"),
    "reverse_arrivals": ("new business, factor", "新商机倍数"),
    "reverse_from": ("from", "由"),
    "reverse_to": ("to", "至"),
    "reverse_units": ("units", "单位数"),
    "reverse_unit": ("one unit", "一个单位"),
    "reverse_alone": ("alone, units", "单独所需单位数"),
    "reverse_unit_belief": ("{unit}, as believed", "{unit}（依据所知）"),
    "reverse_unit_stated": ("{unit}, taken", "{unit}（约定）"),
    "reverse_never": ("beyond {most}", "超过 {most}"),
    "reverse_distance": (
        "Together {distance} units: {chance} as things stand with rates at their means, {there} there. Worked out "
        "at {n} "
        "points.",
        "合计 {distance} 个单位：比率取均值时现为 {chance}，届时 {there}。共计算 {n} 个点。",
    ),
    "reverse_under_already": (
        "With rates at their means the chance of {target} is {chance}: it needs no stress to be under {level}.",
        "比率取均值时{target}的达成概率为 {chance}，无需压力已低于 {level}。",
    ),
    "reverse_safe": (
        "No joint change within {most} units brings the chance of {target}, {chance} as things stand, to {level}.",
        "{most} 个单位以内的任何联合变化都不会使{target}的达成概率（现为 {chance}）降至 {level}。",
    ),
    "reverse_note": (
        "A conversion is turned in log odds, factors in logs; a unit is the standard deviation of what is believed, "
        "or a size "
        "that is taken where nothing is.",
        "推进率按对数几率变动，倍数按对数变动；一个单位为所知的标准差，无从得知时取约定值。",
    ),
}
