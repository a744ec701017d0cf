"""Phrases of the full page, in English and Chinese."""

from __future__ import annotations

PAGE_PHRASES: dict[str, tuple[str, str]] = {
    # the frame
    "skip_to_text": ("Skip to the text", "跳到正文"),
    "contents": ("On this page", "本页内容"),
    "turn_colours": ("Light or dark", "浅色或深色"),
    "table_of": ("Figures: {title}", "数字：{title}"),
    "before_you_read": ("Before you read on", "阅读前请注意"),
    # the head
    "gauge_told": ("{target}: {chance}", "{target}：{chance}"),
    # headings
    "section_what_if": ("What if?", "假如……？"),
    "section_chances": ("How likely is how much?", "各金额的可能性有多大？"),
    "section_when": ("When?", "何时？"),
    "section_targets": ("Will the targets be reached?", "目标能否达成？"),
    "section_groups": ("Where does it come from?", "来自哪里？"),
    "section_funnel": ("How does the funnel stand?", "漏斗现状如何？"),
    "section_deals": ("Which deals make or break it?", "成败取决于哪些商机？"),
    "section_levers": ("What moves it most?", "什么影响最大？"),
    "section_layers": ("Where does the uncertainty come from?", "不确定性来自何处？"),
    "section_changes": ("What has changed since last time, and why?", "与上次相比有何变化，为何？"),
    "section_scenarios": ("Under other assumptions", "其他假设下"),
    "section_money": ("When does the money come in?", "何时回款？"),
    "section_chain": ("What arrives of the message?", "信息能到达多少？"),
    "section_track": ("How good were earlier forecasts?", "以往预测准不准？"),
    "section_method": ("How it is worked out", "计算方法"),
    # pictures
    "exceedance_axis": ("chance of at least, %", "不低于的概率（%）"),
    "exceedance_title": ("Chance of at least so much", "不低于各金额的概率"),
    "funnel_told": (
        "{stage}: {n} open deals, {amount} open; {conversion} advance, {days}.",
        "{stage}：在手 {n} 单，金额 {amount}；推进率 {conversion}，{days}。",
    ),
    "funnel_days": ("after {days} days on average", "平均用时 {days} 天"),
    "funnel_no_days": ("time not stated", "未给定用时"),
    # make-or-break deals
    "deal_lifts": (
        "{deal}: won in time, it lifts the chance of the first target by {swing} points (± {error}).",
        "{deal}：期内赢单可使首个目标的达成概率提高 {swing} 个百分点（误差 {error}）。",
    ),
    # what if
    "what_if_note": (
        "Move the slider with the mouse, a finger or the arrow keys. Nothing is computed here: every figure was worked "
        "out beforehand and is looked up.",
        "可用鼠标、手指或方向键移动滑块。此处不作计算：每个数字都已事先算好，仅供查阅。",
    ),
    "what_if_amount": ("An amount to be signed", "签约金额"),
    "what_if_rates": ("All win rates, points", "全部赢率（百分点）"),
    "what_if_as_is": ("as forecast", "与预测相同"),
    "what_if_moved": ("{points} points", "{points} 个百分点"),
    "what_if_answer": (
        "Win rates {rates}: the chance of at least {amount} is {chance} (± {error} points).",
        "赢率{rates}：不低于 {amount} 的概率为 {chance}（误差 {error} 个百分点）。",
    ),
    "what_if_answer_unseen": (
        "Win rates {rates}: the chance of at least {amount} is {chance}.",
        "赢率{rates}：不低于 {amount} 的概率为 {chance}。",
    ),
    "what_if_trials": (
        "Each moved point is simulated with {trials} trials and the seed of the forecast; win rates are held between 0 "
        "and 100 %.",
        "每一变动点以 {trials} 次模拟、沿用预测的随机种子得出；赢率限于 0 至 100%。",
    ),
    "what_if_exact": (
        "Each moved point comes from the exact engine; win rates are held between 0 and 100 %.",
        "每一变动点由精确计算得出；赢率限于 0 至 100%。",
    ),
    "what_if_table": ("If all win rates were higher or lower, {unit}", "若全部赢率升降（{unit}）"),
    "win_rates_moved": ("win rates", "赢率"),
    # what history bears
    "basis_fitted": (
        "What deals do was learnt from records as of {day}.",
        "商机的走向由截至 {day} 的记录学得。",
    ),
    "basis_stated": (
        "Rates and times were stated, not learnt from records: history neither supports nor contradicts this forecast.",
        "比率与用时为给定值，并非由历史记录学得：历史既未支持、也未否定本预测。",
    ),
}
