"""Phrases of who is truly better, in English and Chinese."""

from __future__ import annotations

STANDING_PHRASES: dict[str, tuple[str, str]] = {
    "standings_title": (
        "{name}: {axis} by win rate, deals begun {first} to {last}, won within {days} days",
        "{name}：按{axis}比较赢率（{first} 至 {last} 开始的商机，{days} 天内赢单）",
    ),
    "standing_deals": ("deals", "单数"),
    "standing_won": ("won", "赢单"),
    "standing_raw": ("share won", "赢单比例"),
    "standing_rate": ("adjusted win rate", "同等商机下的赢率"),
    "standing_band": ("8 chances in 10", "八成区间"),
    "standing_rank": ("rank, 8 in 10", "名次八成区间"),
    "standing_better": ("beats the next", "强于下一位的概率"),
    "standing_days": ("days, factor", "赢单用时倍数"),
    "standing_cost": ("cost per win", "每赢单成本"),
    "standing_from_to": ("{low} to {high}", "{low} 至 {high}"),
    "standing_shares": (
        "Of the spread of the shares won {luck} is luck of few deals, {mix} is what each was given, {skill} is true "
        "difference (8 chances in 10: {ends}).",
        "赢单比例的差异中，{luck} 来自单数少的运气，{mix} 来自所分商机不同，{skill} 是真实差别（八成区间 {ends}）。",
    ),
    "standing_spread": (
        "True win rates are apart by {mid} in log odds (8 chances in 10: {low} to {high}).",
        "真实赢率的对数几率标准差为 {mid}（八成区间 {low} 至 {high}）。",
    ),
    "standing_left": ("{n} deals state no {axis} and are left out.", "{n} 单未写明{axis}，未计入。"),
    "standing_note": (
        "Rates are drawn toward all, the more the fewer deals there are, and adjusted for amount, stage of entry "
        "and the other "
        "groupings. Nobody gave deals out by lot: what the records do not say still counts as skill.",
        "单数越少，越向整体收缩；已按金额、进入阶段与其他分组调整。商机并非抽签分配，记录之外的因素仍会算作能力。",
    ),
    "standing_more": ("{n} more in the JSON.", "另有 {n} 项见 JSON。"),
}
