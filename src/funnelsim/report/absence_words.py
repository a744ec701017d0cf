"""Phrases on what a report does not tell, and why, in English and Chinese."""

from __future__ import annotations

ABSENCE_PHRASES: dict[str, tuple[str, str]] = {
    "part_levers": ("What moves the forecast", "影响预测的因素"),
    "part_layers": ("Where the spread comes from", "波动来源"),
    "part_deals": ("Make-or-break deals", "关键商机"),
    "part_changes": ("What changed since last time", "与上次相比的变化"),
    "part_comparison": ("Scenarios", "情景对比"),
    "part_track": ("Track record", "过往记录"),
    "part_backtest": ("Backtest", "回测"),
    "without_levers_none": ("Nothing can move the forecast.", "没有可变动的因素。"),
    "without_deals_not_given": (
        "Deal by deal is told once the run is made with --deals.",
        "运行时加 --deals 即可逐单说明。",
    ),
    "without_deals_none": ("There are no open deals.", "没有未结商机。"),
    "without_changes_not_given": (
        "No earlier run was given (--since): what changed is not told.",
        "未给出上一次运行（--since）：此处不说明变化。",
    ),
    "without_comparison_none": (
        "The config states no scenarios, and no second run was given.",
        "配置未列情景，也没有第二次运行可比。",
    ),
    "without_track_not_given": (
        "No log of scored forecasts was given: how earlier forecasts fared is not told here.",
        "未提供预测评分日志：此处不说明以往预测的表现。",
    ),
    "without_track_none": (
        "The log holds no scored forecast of a whole horizon yet.",
        "评分日志中尚无完整期间的评分。",
    ),
    "without_backtest_not_given": (
        "No backtest was given (--backtest).",
        "未给出回测（--backtest）。",
    ),
    "without_too_large": (
        "Too large to be worked out within a report: {command} tells it.",
        "规模过大，无法在报告内算出：请用 {command}。",
    ),
    "without_refused": ("Not told: {why}.", "不说明：{why}。"),
}
