"""What a fit tells, in English and Chinese."""

from __future__ import annotations

FIT_PHRASES: dict[str, tuple[str, str]] = {
    "fit_head": (
        "{history}: fitted as of {day} for the days before {end}",
        "{history}：以 {day} 为截止日拟合，预测期至 {end}（不含）",
    ),
    "fit_too_little": (
        "TOO LITTLE DATA: {n} deals were ever won. Take the figures below as a first guess, not as a forecast.",
        "数据太少：历史上只赢过 {n} 单。以下数字只是初步估计，不能当作预测。",
    ),
    "fit_little": (
        "Little data: {n} deals were ever won. Ranges are wide, and old days are not forgotten.",
        "数据偏少：历史上共赢 {n} 单。区间较宽，且旧数据不作淡忘。",
    ),
    "fit_beyond": (
        "NOT SUPPORTED BY HISTORY: {share} of the moves to come are due at stages and ages at which hardly any was "
        "ever seen. The range has been widened.",
        "历史不足以支持：预计变动中有 {share} 出自几乎没有先例的阶段与停留时间。区间已放宽。",
    ),
    "fit_regime_up": (
        "REGIME CHANGE? The last two windows both came out far above what was expected of them.",
        "规律可能已变：最近两个窗口的结果都远高于预期。",
    ),
    "fit_regime_down": (
        "REGIME CHANGE? The last two windows both came out far below what was expected of them.",
        "规律可能已变：最近两个窗口的结果都远低于预期。",
    ),
    "fit_at_closing": (
        "AMOUNTS WRITTEN AT CLOSING? None, or 0, have {lost_blank} of {lost_deals} lost deals and {open_blank} of "
        "{open_deals} open ones, and {won_blank} of {won_deals} won ones. Such amounts tell who was won; chances are "
        "the same for small and large deals.",
        "金额似在结单时才填写：输单 {lost_deals} 单中 {lost_blank} 单、在手 {open_deals} 单中 {open_blank} 单"
        "无金额或为 0，赢单 {won_deals} 单中只有 {won_blank} 单。这样的金额已泄露输赢，因此大小商机的概率不作区分。",
    ),
    "fit_unverified": (
        "Calibration cannot be verified: the history holds {n} windows of this length that do not overlap, and 8 are "
        "needed.",
        "无法验证校准：历史中互不重叠的同长窗口只有 {n} 个，至少需要 8 个。",
    ),
    "fit_deals": ("{n} open deals; {wins} deals were won before.", "在手 {n} 单；此前共赢 {wins} 单。"),
    "fit_left_undated": ("{n} open deals have no expected date and are left out.", "{n} 单未填预计日期，未计入。"),
    "fit_left_overdue": (
        "{n} open deals are past their expected date and are left out.",
        "{n} 单已过预计日期，未计入。",
    ),
    "fit_left_no_amount": (
        "{n} open deals have no amount: their wins count, their money is taken as 0.",
        "{n} 单没有金额：计入赢单数，金额按 0 计。",
    ),
    "fit_memory": (
        "What happened {days} days ago counts half as much as yesterday.",
        "{days} 天前的数据权重为昨天的一半。",
    ),
    "fit_remembers_all": ("All of the past counts alike.", "全部历史同等看待。"),
    "fit_shock": (
        "Good and bad times that all deals share move the daily chances by {sd} (one standard deviation).",
        "各商机共同的好坏时期使每日概率变动 {sd}（一个标准差）。",
    ),
    "fit_arrivals": (
        "New deals expected: {n}, with a spread of {share} beyond chance.",
        "预计新增商机 {n} 单，除偶然外的离散为 {share}。",
    ),
    "fit_new_wins": (
        "Past windows came out otherwise than expected: new wins are taken {change} in number and {money} in money.",
        "以往窗口的结果与预期有偏差：新增赢单的数量按 {change}、金额按 {money} 修正。",
    ),
    "fit_open_amounts": (
        "The money of open deals was off by more than chance: one factor that all amounts share varies by {cv}.",
        "在手商机的金额偏差超出偶然：所有金额共有一个变动为 {cv} 的系数。",
    ),
    "fit_weekdays": ("Weekdays differ and are taken into account.", "已考虑一周各日的差别。"),
    "fit_closed": (
        "{n} days from {first} to {last} are taken as closed, as a year before.",
        "{first} 至 {last} 之间有 {n} 天按去年视为停业。",
    ),
    "fit_calls": (
        "Calls on {n} of the open deals are on record; the case leaves them out. `funnelsim calls` says what they are "
        "worth.",
        "{n} 个在手商机有人为判断，方案未采用；其价值见 `funnelsim calls`。",
    ),
    "fit_stated_closed": (
        "{n} days from {first} to {last} are stated closed.",
        "{first} 至 {last} 之间有 {n} 天已声明休业。",
    ),
    "fit_rates": (
        "Win rate of a new deal: {naive} by closed deals alone, {corrected} with open deals counted as undecided; days "
        "to a win: {naive_days} and {days}.",
        "新商机赢单率：只看已结商机为 {naive}，把在手商机算作未决后为 {corrected}；"
        "赢单所需天数：{naive_days} 与 {days}。",
    ),
    "fit_why": (
        "Closed deals alone mislead: {open} of all deals are still open, and {growth} deals were created in the second "
        "half of the record against the first, so quick ends are seen too often.",
        "只看已结商机会误导：{open} 的商机仍在手，记录后半段新建商机比前半段变化 {growth}，因此快速结束的商机偏多。",
    ),
    "fit_next": ("written; now: funnelsim run {case}", "已写入；下一步：funnelsim run {case}"),
}
