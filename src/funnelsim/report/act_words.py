"""Phrases of what to do, in English and Chinese."""

from __future__ import annotations

ACT_PHRASES: dict[str, tuple[str, str]] = {
    "act_title": ("{case}: what to do, as of {day}", "{case}：{day} 行动建议"),
    "act_gain": ("A point more: gain of the mean", "推进率提高一个百分点的均值增加"),
    "act_per_cost": ("Per unit of cost", "每单位成本"),
    "act_gain_axis": ("{unit}", "{unit}"),
    "act_spend_axis": ("spend, {unit}", "投入（{unit}）"),
    "split_table": ("The best split of {budget} for {target}", "{budget} 预算的最佳分配（{target}）"),
    "split_on": ("on", "用于"),
    "split_stage": ("conversion of {name}", "{name}的推进率"),
    "split_hop": ("what {name} keeps", "{name}的保留率"),
    "split_source": ("deals of {name}", "{name}的商机"),
    "split_cost": ("cost of one", "单位成本"),
    "split_spend": ("spend", "投入"),
    "split_buys": ("buys", "换得"),
    "split_points": ("{x} points", "{x} 个百分点"),
    "split_deals": ("{x} deals", "{x} 单"),
    "split_alone": ("chance, all on it", "全投于此的概率"),
    "split_sentence": (
        "The chance of {target} rises from {before} to {after} ({gain} points); split evenly it would be {even}.",
        "{target}的达成概率由 {before} 升至 {after}（{gain} 个百分点）；平均分配则为 {even}。",
    ),
    "split_left": (
        " {left} are left: there is no room for more.",
        "余 {left} 无处可投。",
    ),
    "split_note": (
        "Money moves in parts of a 32nd; {n} splits were worked out. A point is one of conversion or of what a hop "
        "keeps; a deal "
        "is one more in the horizon.",
        "预算按三十二分之一移动，共计算 {n} 种分配。一点指推进率或保留率的一个百分点；一单指预测期内多来一单。",
    ),
}
