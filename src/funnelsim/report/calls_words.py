"""What calls on deals are worth, in English and Chinese."""

from __future__ import annotations

CALLS_PHRASES: dict[str, tuple[str, str]] = {
    "calls_title": (
        "{history}: calls on deals as of {day}, over {n} windows of {days} days",
        "{history}：截至 {day} 对商机的判断，{days} 天窗口 {n} 个",
    ),
    "calls_no_windows": (
        "No call was known at the beginning of a window that is over: nothing can be scored yet. What only an export "
        "states is dated by its last day.",
        "没有任何判断早于已结束的窗口，暂无法评分。仅见于导出表的判断按导出日计。",
    ),
    "calls_of": ("Calls of {voice}, and what came of them", "{voice} 的判断及其结果"),
    "calls_call": ("call", "判断"),
    "calls_cases": ("cases", "例数"),
    "calls_cases_hint": ("a deal open at a window's start", "窗口开始时在手的商机"),
    "calls_won": ("won in time", "期内赢单"),
    "calls_share": ("share won", "赢单比例"),
    "calls_share_hint": ("and its 80 % interval", "及其 80% 区间"),
    "calls_said": ("as said", "所言"),
    "calls_fitted": ("fitted", "拟合"),
    "calls_fitted_hint": ("chance of the same deals", "同批商机的概率"),
    "calls_since": ("won / lost / open", "赢 / 输 / 在手"),
    "calls_since_hint": ("by now, each deal once", "至今，每单一次"),
    "calls_note": (
        "Shares are drawn toward that of all cases, as five more cases would; * marks fewer than {n} cases.",
        "比例向全体比例收缩，权重相当于 5 例；* 表示不足 {n} 例。",
    ),
    "calls_scores": (
        "Chances of {voice}, the fit and both, scored on {n} cases",
        "{voice}、拟合及二者合并的评分（{n} 例）",
    ),
    "calls_chance": ("chance", "概率"),
    "calls_log": ("log score", "对数评分"),
    "calls_log_hint": ("0 is perfect", "0 为满分"),
    "calls_brier": ("Brier", "Brier"),
    "calls_brier_hint": ("less is better", "越小越好"),
    "calls_by_said": ("as said", "所言"),
    "calls_by_called": ("what the calls stand for", "判断所代表的概率"),
    "calls_by_base": ("share of all, for every deal", "一律取全体比例"),
    "calls_by_fitted": ("stage and age (the fit)", "阶段与停留天数（拟合）"),
    "calls_by_pooled": ("the fit and the calls", "拟合与判断合并"),
    "calls_scores_note": (
        "Each window is judged by what the windows before it taught.",
        "每个窗口都用此前窗口所学来评判。",
    ),
    "calls_earned": (
        "{voice} has earned a weight of {weight} ± {error} beside the fit: it adds {gain} ± {gain_error} to the log "
        "score.",
        "{voice} 在拟合之外赢得权重 {weight} ± {error}：对数评分提高 {gain} ± {gain_error}。",
    ),
    "calls_not_earned": (
        "{voice} has earned no weight beside the fit: it adds {gain} ± {gain_error} to the log score (weight {weight} "
        "± {error}).",
        "{voice} 在拟合之外未赢得权重：对数评分变化 {gain} ± {gain_error}（权重 {weight} ± {error}）。",
    ),
    "calls_too_few": (
        "{voice}: too few past cases to score.",
        "{voice}：历史例数太少，无法评分。",
    ),
    "rollup_table": (
        "Forecasts by category against what open deals brought ({unit})",
        "按类别汇总的预测与在手商机实际签约（{unit}）",
    ),
    "rollup_category": ("forecast", "预测"),
    "rollup_of": ("{voice}: {category}", "{voice}：{category}"),
    "rollup_windows": ("windows", "窗口"),
    "rollup_said": ("said", "所言"),
    "rollup_came": ("came", "实际"),
    "rollup_bias": ("bias", "偏差"),
    "rollup_miss": ("missed by", "平均误差"),
    "rollup_fitted_bias": ("bias of the fit", "拟合偏差"),
    "rollup_fitted_miss": ("fit missed by", "拟合平均误差"),
    "rollup_note": (
        "Means over windows. A category counts with all surer ones; a deal counts if its date lies before the end of "
        "the window, or none is stated.",
        "各窗口平均。每一类别含更有把握的类别；预计成交日在窗口结束前或未填写的商机计入。",
    ),
    "beside_table": ("Calls on the day of each forecast ({unit})", "各次预测当日的判断（{unit}）"),
    "beside_run": ("forecast", "预测"),
    "beside_category": ("category", "类别"),
    "beside_said": ("calls said", "判断所言"),
    "beside_mean": ("forecast said", "预测均值"),
    "beside_came": ("came", "实际"),
    "calls_open": ("Open deals that somebody speaks of", "有人为判断的在手商机"),
    "calls_pooled": ("together", "合并"),
    "calls_pooled_hint": ("fit and {voice}", "拟合与 {voice}"),
    "calls_none_pooled_hint": ("no weight earned", "未赢得权重"),
    "calls_within": ("chance of a win within {days} days", "{days} 天内赢单概率"),
    "calls_made": ("seed {seed} · chances no surer than {surest}", "种子 {seed} · 概率最高按 {surest} 计"),
}
