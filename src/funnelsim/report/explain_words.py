"""Phrases of why a forecast changed, in English and Chinese."""

from __future__ import annotations

EXPLAIN_PHRASES: dict[str, tuple[str, str]] = {
    "explain_title": (
        "{case}: why the forecast changed from {first} to {second}",
        "{case}：{first} 至 {second} 预测变化的原因",
    ),
    "explain_line": (
        "The mean went from {start} to {end} ({change}). What did most: {causes}.",
        "均值由 {start} 变为 {end}（{change}）。影响最大的是：{causes}。",
    ),
    "explain_none": (
        "The mean is {end} as before: nothing that counts has happened.",
        "均值仍为 {end}：没有影响预测的变化。",
    ),
    "explain_cause": ("{cause} ({adds})", "{cause}（{adds}）"),
    "explain_table": ("From {first} to {second}, {unit}", "从 {first} 到 {second}（{unit}）"),
    "forecast_of": ("forecast of {day}", "{day} 的预测"),
    "deals_touched": ("deals", "商机数"),
    "touched_worth": ("worth", "金额"),
    "explain_note": (
        "What is signed already counts in every line ({first} and {second}).",
        "各行均含已签部分（分别为 {first} 与 {second}）。",
    ),
    "explain_windows": (
        "The first forecast ends with {first} and the second with {second}: the days between are part of “days went "
        "by”.",
        "前一预测截至 {first}，后一预测截至 {second}：两者之差计入“时间推移”。",
    ),
    "explain_retold": (
        "The run of {day} told a mean of {told}; here it is simulated anew with the seed of the other.",
        "{day} 的运行给出均值 {told}；此处以另一次运行的随机种子重新模拟。",
    ),
    "cause_calendar": ("days went by", "时间推移"),
    "cause_aged": ("deals grew older where they stood", "商机在原阶段停留更久"),
    "cause_moved": ("deals moved to other stages", "商机进入其他阶段"),
    "cause_slipped": ("expected dates moved", "预计成交日变动"),
    "cause_won": ("deals won", "赢单"),
    "cause_lost": ("deals lost", "输单"),
    "cause_closed": (
        "deals that left (won or lost: see --history), and booked",
        "离开的商机（赢或输须用 --history 区分）与新签部分",
    ),
    "cause_added": ("deals added", "新增商机"),
    "cause_amounts": ("amounts changed", "金额变动"),
    "cause_refitted": ("figures estimated anew", "参数重新估计"),
}
