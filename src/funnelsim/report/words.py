"""Every phrase of every page, in English and Chinese, keyed by name.

Leaders read chances in words ("9 chances in 10 of at least"), never a bare percentile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from funnelsim.report.absence_words import ABSENCE_PHRASES
from funnelsim.report.act_words import ACT_PHRASES
from funnelsim.report.app_words import APP_PHRASES
from funnelsim.report.backtest_words import BACKTEST_PHRASES
from funnelsim.report.calls_words import CALLS_PHRASES
from funnelsim.report.combination_words import COMBINATION_PHRASES
from funnelsim.report.compare_words import COMPARE_PHRASES
from funnelsim.report.deal_words import DEAL_PHRASES
from funnelsim.report.explain_words import EXPLAIN_PHRASES
from funnelsim.report.fit_phrases import FIT_PHRASES
from funnelsim.report.goal_words import GOAL_PHRASES
from funnelsim.report.history_words import HISTORY_PHRASES
from funnelsim.report.layer_words import LAYER_PHRASES
from funnelsim.report.lint_words import LINT_PHRASES
from funnelsim.report.method_words import METHOD_PHRASES
from funnelsim.report.page_words import PAGE_PHRASES
from funnelsim.report.phrases_business import BUSINESS
from funnelsim.report.pipeline_words import PIPELINE_PHRASES
from funnelsim.report.refusal_words import REFUSAL_PHRASES
from funnelsim.report.report_words import REPORT_PHRASES
from funnelsim.report.results_words import RESULTS_PHRASES
from funnelsim.report.sensitivity_words import SENSITIVITY_PHRASES
from funnelsim.report.standing_words import STANDING_PHRASES
from funnelsim.report.stress_words import STRESS_PHRASES
from funnelsim.report.waiting_words import WAITING_PHRASES

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

PHRASES: dict[str, tuple[str, str]] = {
    # headline
    "headline": (
        "{window}: 9 chances in 10 of at least {commit}; an even chance of at least {likely}; "
        "1 chance in 10 of at least {stretch}.",
        "{window}：九成把握不低于 {commit}；五成机会不低于 {likely}；一成机会不低于 {stretch}。",
    ),
    "signed_by": ("Signed up to and including {day}", "截至 {day}（含当日）签约"),
    "signed_in_the_end": ("Signed in the end from the deals open on {day}", "{day} 在手商机最终签约"),
    "booked_included": (" What is booked already, {amount}, is counted in.", "其中已签 {amount} 已计入。"),
    # measures
    "bookings": ("Bookings", "签约额"),
    "wins": ("Deals won", "赢单数"),
    "losses": ("Deals lost", "输单数"),
    "open_value": ("Open value", "在手商机金额"),
    "in_unit": ("{measure}, {unit}", "{measure}（{unit}）"),
    "deals_unit": ("deals", "单"),
    # the table of periods
    "period": ("period", "期间"),
    "dates": ("days", "起止日"),
    "days_from_to": ("{first} to {last}", "{first} 至 {last}"),
    "total": ("total", "合计"),
    "at_the_end": ("at the end", "期末"),
    "booked": ("booked", "已签"),
    "to_come": ("to come, mean", "待签均值"),
    "commit": ("commit", "承诺值"),
    "commit_hint": ("9 chances in 10 of at least", "九成把握不低于"),
    "likely": ("likely", "中位值"),
    "likely_hint": ("even chance of at least", "五成机会不低于"),
    "stretch": ("stretch", "冲刺值"),
    "stretch_hint": ("1 chance in 10 of at least", "一成机会不低于"),
    "mean": ("mean", "均值"),
    "error": ("± mean", "均值误差"),
    "counts_booked": (
        "Commit, likely, stretch and mean count what is booked already; each period stands for itself.",
        "承诺值、中位值、冲刺值与均值均含已签部分；各期间单独计算。",
    ),
    "not_additive": (
        "Commits of periods do not add up to the commit of the total: bad periods seldom come together.",
        "各期承诺值之和不等于合计承诺值：各期很少同时不利。",
    ),
    "card": ("{name}: {hint}", "{name}：{hint}"),
    # targets
    "targets": ("Targets", "目标"),
    "target": ("target", "目标"),
    "target_of": ("{measure} {amount}", "{measure} {amount}"),
    "target_group": (" ({axis} {value})", "（{axis} {value}）"),
    "by": ("by", "截止"),
    "by_horizon": ("end of horizon", "期末"),
    "by_the_end": ("in the end", "最终"),
    "chance": ("chance", "达成概率"),
    "chance_error": ("± points", "误差（百分点）"),
    "mean_gap": ("mean shortfall", "平均缺口"),
    "gap_note": (
        "The mean shortfall averages over all futures, those that reach the target counting as 0.",
        "平均缺口对全部情形取平均，达成目标的情形按 0 计。",
    ),
    "target_label": ("target {amount}", "目标 {amount}"),
    # groups
    "by_axis": ("{measure} by {axis}, {unit}", "按{axis}的{measure}（{unit}）"),
    "segment": ("segment", "细分市场"),
    "owner": ("owner", "负责人"),
    "source": ("source", "来源"),
    "nameless": ("(none)", "（未填）"),
    "wins_mean": ("deals won, mean", "赢单均值"),
    "and_more": ("{n} more in forecast.json.", "另有 {n} 项见 forecast.json。"),
    # deals
    "deals": ("Deals", "商机"),
    "deal": ("deal", "商机"),
    "stage": ("stage", "阶段"),
    "amount": ("amount", "金额"),
    "chance_in_window": ("chance to be won", "赢单概率"),
    "close_first": ("if won, 1 in 10 by", "若赢单，一成不晚于"),
    "close_likely": ("even chance by", "五成不晚于"),
    "close_last": ("9 in 10 by", "九成不晚于"),
    "expected_close": ("expected by owner", "预计成交日"),
    "swing": ("swing, points", "影响（百分点）"),
    "swing_note": (
        "Swing: how much the chance of the first target rises if this deal is won in the window rather than not.",
        "影响：该商机在期内赢单与未赢单相比，首个目标达成概率的差。",
    ),
    "swing_error": ("Its error is at most {error} points.", "其误差不超过 {error} 个百分点。"),
    "stale": (
        "Older than their stage explains, treated as {policy}: {ids}.",
        "停留时间超出本阶段所能解释，按“{policy}”处理：{ids}。",
    ),
    "stale_more": ("{ids} and {n} more", "{ids} 等，另有 {n} 单"),
    "policy_lost": ("lost", "输单"),
    "policy_fresh": ("just entered", "刚进入阶段"),
    "policy_open": ("open without end", "一直未决"),
    # stages
    "stages": ("Stages", "阶段"),
    "label": ("label", "说明"),
    "win_rate": ("win rate", "赢率"),
    "conversion": ("conversion", "推进率"),
    "stated_mark": ("{name} (stated)", "{name}（给定）"),
    "derived_mark": ("{name} (derived)", "{name}（推算）"),
    "implied": ("{name} implied by the shock", "冲击下的隐含{name}"),
    "stay": ("time to advance", "推进用时"),
    "stay_lost": ("time to a loss", "输单用时"),
    "exits": ("exits", "去向"),
    "never": ("never decides", "始终未决"),
    "lost": ("lost", "输单"),
    "lost_reason": ("lost ({reason})", "输单（{reason}）"),
    "won": ("won", "赢单"),
    "open_deals": ("open deals", "在手单数"),
    "open_amount": ("open amount", "在手金额"),
    "no_stay": ("not stated", "未给定"),
    "not_in_forecast": ("{name} (not in forecast)", "{name}（不计入预测）"),
    # laws
    "days": ("{x} days", "{x} 天"),
    "law_fixed": ("always {a}", "固定 {a}"),
    "law_triangular": ("{a} to {b}, most often {m} (triangular)", "{a} 至 {b}，最常见 {m}（三角分布）"),
    "law_pert": ("{a} to {b}, most often {m} (PERT)", "{a} 至 {b}，最常见 {m}（PERT）"),
    "law_uniform": ("{a} to {b}, all alike", "{a} 至 {b}，均匀"),
    "law_beta": ("mean {m}, as known from {n} past deals", "均值 {m}，相当于 {n} 单历史经验"),
    "law_beta_stated": ("as stated, known from {n} past deals", "均值同给定值，相当于 {n} 单历史经验"),
    "law_counts": ("learnt from {won} won of {n} past deals, {prior}", "由历史 {n} 单中赢 {won} 单得出，{prior}"),
    "prior_jeffreys": ("Jeffreys prior", "杰弗里斯先验"),
    "prior_uniform": ("uniform prior", "均匀先验"),
    "prior_mean": ("prior that keeps the mean", "保持均值的先验"),
    "law_empirical": ("one of {n} observed values, {a} to {b}", "取自 {n} 个观测值，{a} 至 {b}"),
    "law_shaped": ("{figures} ({family})", "{figures}（{family}）"),
    "law_delay": ("{law}, after {delay}", "{law}，另加等待 {delay}"),
    "figure_mean": ("mean {x}", "均值 {x}"),
    "figure_median": ("half within {x}", "半数不超过 {x}"),
    "figure_sd": ("standard deviation {x}", "标准差 {x}"),
    "figure_cv": ("standard deviation {x} of the mean", "标准差为均值的 {x}"),
    "figure_p10": ("1 in 10 within {x}", "一成不超过 {x}"),
    "figure_p90": ("9 in 10 within {x}", "九成不超过 {x}"),
    "figure_scale": ("scale {x}", "尺度 {x}"),
    "figure_shape": ("shape {x}", "形状 {x}"),
    "lognormal": ("lognormal", "对数正态"),
    "gamma": ("gamma", "伽马"),
    "weibull": ("Weibull", "威布尔"),
    "exponential": ("exponential", "指数"),
    # assumptions
    "assumptions": ("Assumptions", "假设"),
    "assume_horizon": ("Horizon: {first} up to and including {last}.", "预测期：{first} 至 {last}（含）。"),
    "assume_unlimited": (
        "Horizon: unlimited; every deal is followed to its end.",
        "预测期：不限；每个商机跟踪至有结果为止。",
    ),
    "assume_open_only": (
        "Only deals open on {day} are counted; new business is not.",
        "仅计算 {day} 在手的商机，不含新增业务。",
    ),
    "assume_belief": ("{about} is uncertain: {law}.", "{about} 不确定：{law}。"),
    "assume_correlation": (
        "{a} and {b} move together: rank correlation {rank}.",
        "{a} 与 {b} 相关：秩相关 {rank}。",
    ),
    "assume_no_belief": ("All rates are taken as known exactly.", "所有比率视为确知。"),
    "assume_shock": (
        "A shared shock carries {rho} of the latent variance of every deal; stated rates hold on average.",
        "共同冲击占每单潜在方差的 {rho}；给定比率按平均成立。",
    ),
    "assume_shock_by": (
        "A further shock shared within each {axis} carries {rho}.",
        "同一{axis}内另有共同冲击，占 {rho}。",
    ),
    "assume_shock_phi": (
        "The shock wanders: its correlation over 30 days is {phi}.",
        "冲击随时间变动：30 天自相关 {phi}。",
    ),
    "assume_shock_stays": (
        "Remaining stays share a shock: tau {tau}, correlation with the market {correlation}.",
        "剩余用时有共同冲击：tau {tau}，与市场冲击相关 {correlation}。",
    ),
    "assume_no_shock": (
        "Deals are independent of each other; a shared good or bad year is not counted in.",
        "各商机相互独立；未计入整体好年或坏年。",
    ),
    "assume_realisation": ("Final over quoted amount: {law}.", "成交额与报价之比：{law}。"),
    "assume_no_realisation": ("Deals sign at the quoted amount.", "按报价金额签约。"),
    "assume_booked": ("Booked since {day}: {amount}.", "自 {day} 起已签：{amount}。"),
    "assume_shared_stay": (
        "Time to a loss is taken to be the time to advance in {stages}: age moves dates there, not chances.",
        "{stages} 的输单用时取与推进用时相同：停留时间只影响日期，不影响概率。",
    ),
    "assume_due_today": (
        "Exits due on {day} itself are still to come.",
        "当日（{day}）到期的变动视为尚未发生。",
    ),
    "notes": ("Notes", "说明"),
    "note_line": ("Note: {note}", "说明：{note}"),
    # provenance
    "provenance": ("How it was made", "生成方式"),
    "engine": ("engine", "引擎"),
    "engine_simulate": ("simulation", "模拟"),
    "engine_exact": ("exact", "精确计算"),
    "trials": ("trials", "模拟次数"),
    "seed": ("seed", "随机种子"),
    "as_of": ("as of", "数据截止"),
    "money": ("money", "货币与单位"),
    "config": ("config", "配置"),
    "config_hash": ("config SHA-256", "配置 SHA-256"),
    "data_hash": ("{file} SHA-256", "{file} SHA-256"),
    "overrides": ("overrides", "覆盖项"),
    "scenario": ("scenario", "情景"),
    "error_note": (
        "± is the Monte Carlo standard error: the luck of the simulation, not of the business.",
        "误差为模拟标准误：来自抽样，而非业务本身。",
    ),
    "numeric_note": (
        "± is the bound on the numerical error; nothing was drawn.",
        "误差为数值误差上界；未使用随机抽样。",
    ),
    # opinions and buyer roles
    "opinions_title": ("{case}: opinions as of {day}", "{case}：{day} 各方意见"),
    "voices": ("Sources of opinion", "意见来源"),
    "voice": ("source", "来源"),
    "weight_stated": ("weight, stated", "权重（给定）"),
    "weight_earned": ("weight, earned", "权重（按得分）"),
    "weight_error": ("± points", "误差（百分点）"),
    "past_calls": ("past calls", "过往判断数"),
    "past_won": ("won", "赢单占比"),
    "intercept": ("a", "a"),
    "slope": ("b", "b"),
    "voices_note": (
        "Calls count as logit p' = a + b logit p, a and b learnt from past calls (prior: a = 0 ± 1, b = 1 ± 0.5).",
        "判断按 logit p' = a + b logit p 计，a、b 由过往判断学得（先验：a = 0 ± 1，b = 1 ± 0.5）。",
    ),
    "records": ("What their past calls are worth", "过往判断的价值"),
    "score_said": ("log score, as said", "对数得分：原值"),
    "score": ("recalibrated", "校准"),
    "score_base": ("base rate", "基准"),
    "gain": ("gain on base rate", "校准减基准"),
    "brier_said": ("Brier, as said", "布里尔分：原值"),
    "brier": ("recalibrated", "校准"),
    "brier_base": ("base rate", "基准"),
    "records_note": (
        "Means per past call; recalibrated and base rate out of sample. Log scores: 0 is perfect, more is better. "
        "Brier scores: less is better.",
        "每次过往判断的平均值；校准与基准为样本外。对数得分 0 最佳，越大越好；布里尔分越小越好。",
    ),
    "voices_note_stated": (
        "No track record is given: calls count as said.",
        "未提供过往记录：判断按原值计。",
    ),
    "hearings": ("Bookings by whose opinion is heard, {unit}", "按所听意见的签约额（{unit}）"),
    "heard": ("heard", "所听意见"),
    "heard_pool": ("the pool", "合并意见"),
    "heard_said": ("{voice}, as said", "{voice}（原值）"),
    "heard_recalibrated": ("{voice}, recalibrated", "{voice}（校准）"),
    "heard_stages": ("the stages alone", "仅看阶段"),
    "deals_head": ("deals", "单数"),
    "against_pool": ("mean, against the pool", "均值差（对合并意见）"),
    "hearings_note": (
        "A deal of which a source says nothing keeps what its stage says.",
        "某来源未表态的商机按其阶段计。",
    ),
    "common_numbers": (
        "All rows share their random numbers: differences are surer than the ± of each row.",
        "各行共用随机数：差值比各行误差更准。",
    ),
    "counts_booked_too": ("What is booked already is counted in.", "已签部分已计入。"),
    "disputed": ("Deals, those most disputed first", "分歧最大的商机"),
    "pooled": ("pooled", "合并"),
    "by_stage": ("by stage", "按阶段"),
    "disagreement": ("apart, log odds", "分歧（对数几率）"),
    "more_deals": ("{n} more deals in --json.", "另有 {n} 单见 --json。"),
    "roles_title": ("{case}: buyer roles as of {day}", "{case}：{day} 采购角色"),
    "roles": ("Roles", "角色"),
    "role": ("role", "角色"),
    "stance": ("stance", "态度"),
    "influence": ("influence", "影响力"),
    "shift": ("shift, log odds", "影响（对数几率）"),
    "without_roles": ("without roles", "不计角色"),
    "with_roles": ("with roles", "计入角色"),
    "strengths_note": (
        "Chances to be won in the end. Strengths in log odds: {strengths}.",
        "最终赢单概率。强度（对数几率）：{strengths}。",
    ),
    "strength_of": ("{stance} {x}", "{stance} {x}"),
    "stance_supports": ("supports", "支持"),
    "stance_neutral": ("neutral", "中立"),
    "stance_against": ("against", "反对"),
    "stance_no interest": ("no interest", "无兴趣"),
    "bookings_with": ("Bookings with and without roles, {unit}", "计与不计角色的签约额（{unit}）"),
    "turns": ("If one role turns, {unit}", "单个角色转变（{unit}）"),
    "turns_to": ("turns to", "转为"),
    "chance_then": ("chance then", "转变后概率"),
    "mean_change": ("mean changes by", "均值变化"),
    "chance_change": ("{target}, points", "{target}（百分点）"),
    "more_turns": (
        "{n} more turns move the mean less; --most shows them.",
        "另有 {n} 种转变影响更小；用 --most 显示。",
    ),
    # pictures
    "distribution": ("How the total may come out", "合计的分布"),
    "periods": ("Period by period", "分期预测"),
    "share_of_futures": ("share of futures, %", "情形占比（%）"),
    "amount_axis": ("{measure}, {unit}", "{measure}（{unit}）"),
    "wide_band": ("8 futures in 10", "八成情形"),
    "narrow_band": ("half of the futures", "半数情形"),
    "median_mark": ("even chance", "五成机会"),
    "picture_of": ("{title}: {sentence}", "{title}：{sentence}"),
    "page_title": ("{case}: forecast as of {day}", "{case}：{day} 预测"),
    # communication
    "chain_title": ("{case}: what arrives", "{case}：能到达多少"),
    "chain_headline": (
        "Of {n} items {mean} arrive on average, {reaches} of what was meant: 9 chances in 10 of at least {commit}, "
        "an even chance of at least {likely}, 1 chance in 10 of at least {stretch}.",
        "{n} 项内容平均到达 {mean} 项，占本意的 {reaches}：九成把握不少于 {commit} 项，五成机会不少于 {likely} 项，"
        "一成机会不少于 {stretch} 项。",
    ),
    "chain_critical": (
        " The sense survives (all critical items arrive) with chance {chance}.",
        "原意得以保全（关键项全部到达）的概率为 {chance}。",
    ),
    "chain_in_time": (
        " It is in time, within {limit}, with chance {chance}.",
        "在时限（{limit}）内到达的概率为 {chance}。",
    ),
    "chain_best": (" What would bring most: {change} ({gain} points).", "最值得改进：{change}（{gain} 个百分点）。"),
    "chain_table": ("What is left after each hop, of {n} items", "各环节之后所剩（共 {n} 项）"),
    "hop": ("hop", "环节"),
    "intended": ("intended", "心里想的"),
    "hop_keeps": ("keeps", "保留率"),
    "reaches": ("left of the whole", "所剩比例"),
    "reaches_today": ("as told today", "现状"),
    "reaches_mended": ("with the remedies", "改进后"),
    "all_items": ("all {n}", "全部 {n} 项"),
    "critical_items": ("all critical", "关键项全到"),
    "worth": ("worth", "有效比例"),
    "worth_note": (
        "Worth: the share of the weight that arrives, a message that lost a critical item counting as 0.",
        "有效比例：到达内容的权重占比；丢失关键项的信息按 0 计。",
    ),
    "chain_changes": ("What would mend it, one thing at a time", "逐项改进的效果"),
    "change": ("change", "改变"),
    "arrives": ("arrives", "到达比例"),
    "arrives_in_time": ("arrives in time", "按时到达比例"),
    "chain_gain": ("gain, points", "提高（百分点）"),
    "in_time": ("in time", "按时概率"),
    "takes": ("takes, mean", "平均用时"),
    "as_told": ("as it is told today", "现状"),
    "all_remedies": ("all remedies stated", "全部改进措施"),
    "remedy_at": ("{hop}: {part}", "{hop}：{part}"),
    "remedy_adds": ("{x} more kept", "多保留 {x}"),
    "remedy_repeat_backs": ("said back ×{x}", "复述 {x} 次"),
    "remedy_written": ("written brief", "书面说明"),
    "remedy_removed": ("passed by", "跳过"),
    "hop_removed": ("without the hop {hop}", "去掉环节 {hop}"),
    "minutes": ("{x} min", "{x} 分钟"),
    "hours": ("{x} h", "{x} 小时"),
    "short_days": ("{x} d", "{x} 天"),
    "chain_errors": (
        "Nothing was drawn; numerical errors stay below {error} in every chance.",
        "未使用随机抽样；各概率的数值误差不超过 {error}。",
    ),
    "share_left": ("share of what was meant, %", "占本意的比例（%）"),
    "spread_mark": ("8 chances in 10", "八成情形"),
    "assume_coupling": (
        "Communication acts on {stages}; what is stated of them holds without its remedies.",
        "沟通影响 {stages}；给定数值均指未采取改进措施时。",
    ),
    "font_note": (
        "Chinese text is set in a subset of Noto Sans SC, SIL Open Font License 1.1.",
        "中文字体为 Noto Sans SC 子集，SIL 开放字体许可 1.1。",
    ),
    **BUSINESS,
    **WAITING_PHRASES,
    **GOAL_PHRASES,
    **PIPELINE_PHRASES,
    **HISTORY_PHRASES,
    **FIT_PHRASES,
    **BACKTEST_PHRASES,
    **COMBINATION_PHRASES,
    **RESULTS_PHRASES,
    **CALLS_PHRASES,
    **SENSITIVITY_PHRASES,
    **LINT_PHRASES,
    **STRESS_PHRASES,
    **STANDING_PHRASES,
    **ACT_PHRASES,
    **DEAL_PHRASES,
    **COMPARE_PHRASES,
    **EXPLAIN_PHRASES,
    **LAYER_PHRASES,
    **REPORT_PHRASES,
    **REFUSAL_PHRASES,
    **PAGE_PHRASES,
    **METHOD_PHRASES,
    **ABSENCE_PHRASES,
    **APP_PHRASES,
}


@dataclass(frozen=True)
class Words:
    """The phrases of one language.

    Examples
    --------
    >>> Words("en")("signed_by", day="2026-12-31")
    'Signed up to and including 2026-12-31'
    """

    language: Language = "en"

    def __call__(self, name: str, /, **values: object) -> str:
        """Return the phrase called `name` with its blanks filled in."""
        phrase = PHRASES[name][LANGUAGES.index(self.language)]
        return phrase.format(**values) if values else phrase

    def listed(self, parts: list[str]) -> str:
        """Return parts as one enumeration."""
        return ("、" if self.language == "zh" else ", ").join(parts)
