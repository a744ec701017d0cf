"""Phrases of the review of deals, in English and Chinese."""

from __future__ import annotations

DEAL_PHRASES: dict[str, tuple[str, str]] = {
    "deals_title": ("{case}: deals one by one, as of {day}", "{case}：{day} 逐单检视"),
    "deals_more": ("{n} more deals; --most shows more.", "另有 {n} 单；用 --most 可多显示。"),
    "deals_left_out": ("{n} more deals are not shown.", "另有 {n} 单未列出。"),
    "make_or_break": ("Make or break: {target}, chance {chance}", "成败攸关：{target}，达成概率 {chance}"),
    "if_won": ("chance if won", "若赢单"),
    "if_not": ("if not", "若未赢"),
    "make_or_break_note": (
        "Deals whose win in time, rather than not, moves the chance by {share} and more: forced on the same "
        "futures, all else "
        "kept.",
        "按期赢单与否使概率相差 {share} 及以上的商机：在同样的未来里仅改变该单结果。",
    ),
    "make_or_break_none": (
        "No single deal moves the chance of {target}, {chance}, by {share}.",
        "没有任何一单能使{target}的达成概率（{chance}）变动 {share}。",
    ),
    "reliability_title": (
        "Past chances against what came true: {n} deals at {origins} days, windows of {days} days",
        "往期概率与实际：{origins} 个基准日共 {n} 单，窗口 {days} 天",
    ),
    "reliability_said": ("said, mean", "所说概率均值"),
    "reliability_won": ("won", "赢单"),
    "reliability_true": ("came true", "实现比例"),
    "reliability_interval": ("9 chances in 10", "九成区间"),
    "reliability_note": (
        "{held} of {all} rows hold what was said. Brier score {brier}; {base} if every deal had been given the "
        "share that was "
        "won, known afterwards.",
        "{all} 行中 {held} 行与所说相符。布里尔分 {brier}；若事后给每单同一实际比例则为 {base}。",
    ),
    "reliability_x": ("chance that was said", "所说概率"),
    "reliability_y": ("share that was won", "实现比例"),
    "reliability_key": (
        "Bars: 9 chances in 10 by the number of deals alone. On the line what was said came true.",
        "竖线为仅由单数决定的九成区间；落在斜线上即所说属实。",
    ),
    "deals_n": ("deals", "单数"),
}
