"""Phrases on capacity, waits and teams of several sizes, in English and Chinese."""

from __future__ import annotations

WAITING_PHRASES: dict[str, tuple[str, str]] = {
    "waiting": ("Who is how busy, and how long deals wait", "忙闲与等待"),
    "station": ("owner or stage", "负责人或阶段"),
    "slots": ("at a time", "同时可办"),
    "standing": ("open at the start", "期初在手"),
    "utilisation": ("busy", "占用率"),
    "wait_days": ("mean wait, days", "平均等待（天）"),
    "queue_at": ("waiting at the end of {label}", "{label} 末排队"),
    "waiting_note": (
        "Busy: days of work over days there are. The mean wait is of deals that got their turn inside the horizon.",
        "占用率：已用工位天数与可用工位天数之比。平均等待只计期内排到的商机。",
    ),
    "team": ("team", "团队"),
    "person": ("person {n}", "成员 {n}"),
    "staffing": ("The same futures with teams of every size", "同一组情形下的各种人数"),
    "staffing_title": ("{case}: how many people", "{case}：需要多少人"),
    "people": ("people", "人数"),
    "bookings_mean": ("bookings, mean", "签约额均值"),
    "waiting_at_the_end": ("waiting at the end", "期末排队"),
    "staffing_enough": (
        "The smallest team that gives {amount} a chance of {asked}: {people}.",
        "使 {amount} 的达成概率不低于 {asked} 的最少人数：{people}。",
    ),
    "staffing_none": (
        "No team of up to {most} gives {amount} a chance of {asked}.",
        "不超过 {most} 人的团队都不能使 {amount} 的达成概率达到 {asked}。",
    ),
    "staffing_close": (
        " It is close: within two standard errors; run more trials.",
        "结果接近临界：在两个标准误以内；请增加模拟次数。",
    ),
    "staffing_note": (
        "{trials} trials a row, all with seed {seed}: rows differ by the team alone.",
        "每行 {trials} 次模拟，随机种子均为 {seed}：各行只差人数。",
    ),
    "at_stage": ("stage {name}", "阶段 {name}"),
}
