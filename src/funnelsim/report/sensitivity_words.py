"""Phrases of what moves a forecast, in English and Chinese."""

SENSITIVITY_PHRASES: dict[str, tuple[str, str]] = {
    "sens_title": ("{case}: what moves the forecast", "{case}：预测对什么敏感"),
    "sens_headline_tornado": (
        "One at a time, the widest swing is that of {input}: {answer} from {low} to {high}.",
        "单独变动时影响最大的是“{input}”，{answer}由 {low} 变为 {high}。",
    ),
    "sens_headline_share": (
        " All at once, {share} of its variance hangs on {first}{second}.",
        "同时变动时，其方差的 {share} 与“{first}”有关{second}。",
    ),
    "sens_second": (", {share} on {input}", "，{share} 与“{input}”有关"),
    "sens_mean": ("mean", "均值"),
    "sens_p10": ("commit", "承诺值"),
    "sens_p50": ("likely", "中位值"),
    "sens_p90": ("stretch", "冲刺值"),
    "sens_target_money": ("chance of {amount}", "达到 {amount} 的概率"),
    "sens_target_wins": ("chance of {amount} wins", "赢单 {amount} 的概率"),
    "sens_target_cash": ("chance of cash {amount}", "回款 {amount} 的概率"),
    "sens_by": (" by {day}", "（截至 {day}）"),
    "sens_of_group": (" of {group}", "（{group}）"),
    "sens_conversion": ("{of}: conversion", "{of}：推进率"),
    "sens_exit": ("{of} to {to}", "{of} 至 {to}"),
    "sens_stay": ("{of}: stay", "{of}：停留时间"),
    "sens_realisation": ("amounts", "成交金额"),
    "sens_rho": ("shared shock", "共同冲击"),
    "sens_hazards": ("shared shock, size", "共同冲击的幅度"),
    "sens_keeps": ("{of}: keeps", "{of}：保留率"),
    "sens_elasticity": ("{of}: pull of communication on odds", "{of}：沟通对推进率的影响"),
    "sens_rework": ("{of}: pull of communication on stays", "{of}：沟通对停留时间的影响"),
    "sens_rate": ("{of}: new deals", "{of}：新增商机"),
    "sens_tornado": ("One at a time: {answer}, the widest swing first", "逐项变动：{answer}，变幅大者在前"),
    "sens_input": ("input", "输入"),
    "sens_range": ("range", "范围"),
    "sens_from": ("from", "低"),
    "sens_stands": ("stands at", "现值"),
    "sens_to": ("to", "高"),
    "sens_at_low": ("at the low end", "取低值时"),
    "sens_at_high": ("at the high end", "取高值时"),
    "sens_swing": ("swing", "变幅"),
    "sens_belief": ("belief", "所持估计"),
    "sens_stated": ("stated", "给定"),
    "sens_default": ("default", "默认"),
    "sens_base": ("as it stands", "现状"),
    "sens_sobol": (
        "All at once: {answer}, shares of its variance, and those in all of the other figures",
        "同时变动：{answer}，占其方差的比例，及对其他结果的总效应",
    ),
    "sens_alone": ("alone", "单独"),
    "sens_in_all": ("in all", "合计"),
    "sens_interval": ("{confidence} interval", "{confidence} 区间"),
    "sens_shapley": (
        "All at once, inputs hanging together: {answer}, fair shares of its variance, and those of the other figures",
        "同时变动（输入相关）：{answer}，其方差的公平份额，及其他结果的份额",
    ),
    "sens_share": ("share", "份额"),
    "sens_hops": ("Hops of communication, one at a time: what they would bring", "沟通环节逐项改进可增加"),
    "sens_change": ("change", "改变"),
    "sens_hop_point": ("{hop}: keeps a point more", "{hop}：多保留一个百分点"),
    "sens_hop_removed": ("{hop}: loses nothing", "{hop}：毫无损失"),
    "sens_gradient": ("One point more of a conversion, the others kept", "推进率提高一个百分点，其余不变"),
    "sens_stage": ("stage", "阶段"),
    "sens_more_mean": ("more on average", "均值增加"),
    "sens_more_chance": ("{answer}, points", "{answer}（百分点）"),
    "sens_note_ranges": (
        "Beliefs go from the value that one chance in ten lies below to the one that one in ten lies above; ranges go "
        "from end to end. A factor ×1 is what the config states.",
        "所持估计由一成可能低于之值变到一成可能高于之值；给定与默认范围由一端变到另一端。×1 为配置给定值。",
    ),
    "sens_note_default": (
        "Where nothing is believed a default range stands: conversions and retentions as if learnt from {evidence} "
        "cases, stays and new deals ×0.8 to ×1.2, amounts ×0.9 to ×1.1, a shock by half (0 to 10% where there is "
        "none). Put your own with --range.",
        "未给估计者取默认范围：推进率与保留率视同得自 {evidence} 个案例，停留时间与新增商机 ×0.8 至 ×1.2，金额 ×0.9 至 "
        "×1.1，共同冲击上下五成（无冲击时取 0 至 10%）。可用 --range 改为自己的范围。",
    ),
    "sens_note_held": (
        "In the first table the other inputs stay where they stand; luck and the shock are averaged out.",
        "第一张表中其余输入保持现值；运气与冲击均已平均。",
    ),
    "sens_note_conversion": (
        "A conversion moves while the other conversions are kept; the win rates of the stages before it follow.",
        "推进率变动时其余推进率不变，之前各阶段赢率随之变动。",
    ),
    "sens_exact": (
        "Worked out exactly at {settings} settings of the inputs (seed {seed}); intervals are of a bootstrap over "
        "{points} rows.",
        "在 {settings} 组输入取值下精确计算（种子 {seed}）；区间由 {points} 行的自助法得出。",
    ),
    "sens_simulated": (
        "The same {trials} trials (seed {seed}) at {settings} settings of the inputs; intervals are of a bootstrap "
        "over {points} rows.",
        "在 {settings} 组输入取值下使用相同的 {trials} 次模拟（种子 {seed}）；区间由 {points} 行的自助法得出。",
    ),
    "sens_why_simulated": ("Simulated because {why}.", "采用模拟的原因：{why}。"),
    "sens_gradient_made": (
        "The last table is one run of {trials} trials; ± is one standard error.",
        "最后一张表得自一次 {trials} 次的模拟；± 为一个标准误。",
    ),
    "sens_gradient_not": (
        "What a point of a conversion brings is not told from one run ({why}); funnelsim pipeline runs again for it.",
        "推进率每提高一个百分点的作用未能由一次模拟得出（{why}）；可用 funnelsim pipeline 另行计算。",
    ),
    "sens_axis_share": ("share of the variance, %", "占方差的比例（%）"),
    "sens_low_end": ("input at its low end", "输入取低值"),
    "sens_high_end": ("input at its high end", "输入取高值"),
    "sens_chance_axis": ("{answer}, %", "{answer}（%）"),
    "sens_tornado_title": ("one at a time", "逐项变动"),
    "sens_shares_title": ("all at once", "同时变动"),
}
