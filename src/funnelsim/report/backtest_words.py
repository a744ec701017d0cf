"""What a backtest and a track record tell, in English and Chinese."""

from __future__ import annotations

BACKTEST_PHRASES: dict[str, tuple[str, str]] = {
    # the track record
    "open_wins": ("Wins of open deals", "在手商机赢单数"),
    "open_bookings": ("Bookings of open deals", "在手商机签约额"),
    "total_wins": ("All wins", "全部赢单数"),
    "total_bookings": ("All bookings", "全部签约额"),
    "track_of": ("{measure}: {told}", "{measure}：{told}"),
    "track": (
        "in {windows} past {noun} its {level} % interval held {times} ({independent} independent)",
        "过去 {windows} {noun}中，其 {level}% 区间命中 {times}（其中独立窗口 {independent} 个）",
    ),
    "window_one": ("window", "个窗口"),
    "window_many": ("windows", "个窗口"),
    "times_one": ("once", "1 次"),
    "times_many": ("{n} times", "{n} 次"),
    "track_none": ("no past window has been forecast", "尚无已预测的历史窗口"),
    "unverifiable": (
        "; with fewer than {n} independent windows calibration cannot be verified",
        "；独立窗口不足 {n} 个，无法验证校准程度",
    ),
    "track_end": (".", "。"),
    # the backtest
    "backtest_title": (
        "{history}: backtest of {days} days, {n} origins from {first} to {last}",
        "{history}：{days} 天窗口回测，{first} 至 {last} 共 {n} 个基准日",
    ),
    "backtest_table": ("How often intervals held, and how near forecasts were", "区间命中与预测误差"),
    "backtest_measure": ("measure", "指标"),
    "backtest_interval": ("{level} % interval", "{level}% 区间"),
    "backtest_held": ("held / windows", "命中 / 窗口"),
    "backtest_crps": ("CRPS", "CRPS"),
    "backtest_crps_hint": ("over mean", "与均值之比"),
    "backtest_actual": ("mean", "均值"),
    "backtest_actual_hint": ("of what happened", "实际"),
    "backtest_bias": ("bias", "偏差"),
    "backtest_bias_hint": ("of the mean", "占均值"),
    "backtest_note": (
        "Bookings in {unit}. Windows that overlap are not independent: {n} windows hold {independent} that do not "
        "overlap.",
        "签约额单位：{unit}。重叠的窗口并不独立：{n} 个窗口相当于 {independent} 个互不重叠的窗口。",
    ),
    "backtest_skill": ("Skill against simple forecasts", "相对简单预测的改进"),
    "backtest_skill_note": (
        "1 - CRPS / CRPS of the simple forecast on the same windows; above 0 the backtested forecast is nearer.",
        "1 − CRPS ÷ 同一窗口上简单预测的 CRPS；大于 0 表示更准。",
    ),
    "baseline_weighted": ("weighted pipeline", "加权漏斗"),
    "baseline_stage_share": ("stage share", "阶段占比"),
    "baseline_trailing_mean": ("trailing mean", "近期均值"),
    "baseline_trailing_ratio": ("trailing ratio", "近期赢单比"),
    "baseline_ses": ("exponential smoothing", "指数平滑"),
    "baseline_seasonal_naive": ("last year", "去年同期"),
    "backtest_made": (
        "seed {seed}, {samples} samples a window; records {records}",
        "随机种子 {seed}，每窗口 {samples} 个样本；记录 {records}",
    ),
    "backtest_anew": (
        "{folder}: holds a backtest of other records, horizon, seed or version; begun anew",
        "{folder}：原有回测的记录、窗口、种子或版本不同，重新开始",
    ),
    "backtest_resumed": ("{folder}: {n} of {all} origins were there already", "{folder}：{all} 个基准日中已有 {n} 个"),
    # pictures
    "pit_axis": ("where what happened fell among the samples (PIT)", "实际值在样本中的位置（PIT）"),
    "pit_share": ("windows", "窗口数"),
    "coverage_stated": ("stated, %", "名义（%）"),
    "coverage_held": ("held, %", "命中（%）"),
    "coverage_note": (
        "Bars: even is well calibrated. Points: how often intervals held; upright bars: what chance leaves open, 8 "
        "chances in 10, with {independent} independent windows.",
        "上：柱形平齐表示校准良好。下：圆点为区间命中率，竖条为 {independent} 个独立窗口下八成情形的范围。",
    ),
    "calibration_title": ("Do intervals hold what they state?", "区间是否名副其实？"),
    "fan_title": ("Forecast and what happened, window by window", "逐窗口预测与实际"),
    "fan_measure": (
        "{measure}: 80 % interval held {hits} of {windows}",
        "{measure}：80% 区间命中 {hits} / {windows}",
    ),
    "fan_note": (
        "Each place on the axis is a window of {days} days that begins there.",
        "横轴每一处为自该日起 {days} 天的窗口。",
    ),
    "fan_actual": ("what happened", "实际"),
    "fan_outside": ("outside 8 in 10", "落在八成区间外"),
    # published forecasts
    "score_title": ("Published forecasts against records up to {day}", "已发布预测与截至 {day} 的记录对照"),
    "score_table": ("What was stated, and what happened", "预测与实际"),
    "score_run": ("run", "预测"),
    "score_measure": ("measure, period", "指标，期间"),
    "score_of": ("{measure}, {label}", "{measure}，{label}"),
    "score_interval": ("8 chances in 10", "八成情形"),
    "score_actual": ("happened", "实际"),
    "score_verdict": ("verdict", "结论"),
    "score_held": ("inside", "区间内"),
    "score_missed": ("outside", "区间外"),
    "score_not_over": ("not over yet", "尚未结束"),
    "score_no_end": ("no horizon: never over", "无预测期，无从结束"),
    "score_before_records": ("before the records", "早于记录"),
    "score_open_differs": (
        "{run} counted {stated} open deals, the records have {found} on that day.",
        "{run} 计入在手商机 {stated} 单，而记录中当日为 {found} 单。",
    ),
    "score_zone_differs": (
        "{run} counts days of {stated}, the records those of {found}.",
        "{run} 的日期按 {stated}，记录按 {found}。",
    ),
    "score_track": ("All forecasts in the log, whole horizons:", "日志中的全部预测（整个预测期）："),
    "score_logged": ("{log}: {n} lines added", "{log}：新增 {n} 行"),
}
