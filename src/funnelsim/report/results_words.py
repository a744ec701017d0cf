"""What is said of the results of many cases, in English and Chinese."""

from __future__ import annotations

RESULTS_PHRASES: dict[str, tuple[str, str]] = {
    "case_head": ("case", "方案"),
    "results_title": ("{name}: {what} ({money})", "{name}：{what}（{money}）"),
    "n_of_cases": ("{n} of {all} cases", "{all} 个方案中的 {n} 个"),
    "chance_of_case": ("chance of {measure} {amount}, {window}", "{measure} {amount} 的概率，{window}"),
    "by_day": ("by {day}", "截至 {day}"),
    "less_the_first": ("less the first", "与首个方案之差"),
    "n_points": ("{n} points", "{n} 个百分点"),
}
