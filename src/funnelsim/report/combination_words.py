"""What is said of cases added up, in English and Chinese."""

from __future__ import annotations

COMBINATION_PHRASES: dict[str, tuple[str, str]] = {
    "combined": (
        "{n} runs added trial by trial ({names}): {trials} trials of seed {seed}.",
        "{n} 次预测按试次逐一相加（{names}）：共 {trials} 次试验，种子 {seed}。",
    ),
    "combined_correlation": (
        "Their total bookings move together: correlations of {low} to {high}.",
        "各部分总签约额同涨同落：相关系数 {low} 至 {high}。",
    ),
    "combined_booked": (
        "Booked already: {amount}; it counts toward a target and stands in no table.",
        "已签约 {amount}：计入目标，未列入下表。",
    ),
    "combined_target": ("Chance of {target} together: {chance}.", "合计达到 {target} 的概率：{chance}。"),
    "commits_added": ("commits added", "承诺值相加"),
    "commits_added_hint": ("more or less sure", "把握并非九成"),
}
