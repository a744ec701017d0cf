"""Phrases on new business and payment, in English and Chinese."""

from __future__ import annotations

BUSINESS: dict[str, tuple[str, str]] = {
    "new_deals": ("New deals", "新增商机"),
    "bookings_from_open": ("Bookings from open deals", "在手商机签约额"),
    "bookings_from_new": ("Bookings from new business", "新增业务签约额"),
    "wins_from_open": ("Won from open deals", "在手商机赢单数"),
    "wins_from_new": ("Won from new business", "新增业务赢单数"),
    "customers": ("Customers", "客户数"),
    "cash": ("Cash received", "回款"),
    "business": ("Open deals and new business: mean, and where 8 futures in 10 lie", "在手与新增：均值与八成区间"),
    "business_note": (
        "Amounts in {unit}. Customers are counted at the end of the period; renewals count as won. All figures of "
        "these measures stand in forecast.json.",
        "金额单位：{unit}。客户数为期末值；续约计为赢单。各指标的完整数字见 forecast.json。",
    ),
    "mean_and_range": ("{mean} ({low}–{high})", "{mean}（{low}–{high}）"),
    "loop": (
        "One purchase brings {gain} further ones on average, so a first win means {purchases} purchases in all.",
        "每次成交平均再带来 {gain} 次成交；一位新客户合计约 {purchases} 次。",
    ),
    "loop_growing": (
        "One purchase brings {gain} further ones on average: the business feeds itself until the horizon ends.",
        "每次成交平均再带来 {gain} 次成交：在预测期内自我增长。",
    ),
    "loop_draws": (
        "In {share} of the draws of beliefs and shocks it brings one or more.",
        "在 {share} 的参数与冲击抽样中，该数不小于 1。",
    ),
    "signed_in_the_end_new": (
        "Signed in the end from the deals open on {day} and from new business",
        "{day} 在手商机与新增业务最终签约",
    ),
    # assumptions
    "assume_source_rate": (
        "{name} brings {rate}, entering {stage}.",
        "{name}：{rate}，进入“{stage}”。",
    ),
    "assume_source_cohort": (
        "{name} brings {n} deals on {day}, entering {stage}.",
        "{name}：{day} 一次带来 {n} 单，进入“{stage}”。",
    ),
    "rate_per_day": ("{level} deals a day", "每天 {level} 单"),
    "rate_per_week": ("{level} deals a week", "每周 {level} 单"),
    "rate_per_month": ("{level} deals a month", "每月 {level} 单"),
    "rate_per_quarter": ("{level} deals a quarter", "每季 {level} 单"),
    "rate_per_year": ("{level} deals a year", "每年 {level} 单"),
    "assume_growth": ("Its rate changes by {growth} a month.", "该来源每月变化 {growth}。"),
    "assume_season": ("Its rate has a season by calendar month.", "该来源按月份有季节性。"),
    "assume_spread": (
        "Its rate itself is uncertain by {cv} (one draw {per}).",
        "该来源的速率本身不确定，变异系数 {cv}（{per}各抽一次）。",
    ),
    "per_horizon": ("for the whole horizon", "整个预测期"),
    "per_month": ("a month", "每月"),
    "assume_source_win_rate": ("Its deals are won with chance {rate}.", "该来源的赢率为 {rate}。"),
    "assume_source_odds": (
        "The odds of each step are {odds} times those of the stages.",
        "该来源各步推进几率为阶段的 {odds} 倍。",
    ),
    "assume_source_amount": ("A won deal of it is worth {law}.", "赢单金额：{law}。"),
    "assume_referral": (
        "A won customer brings {leads} new leads on average, {after} later, entering {stage}.",
        "每位赢单客户平均带来 {leads} 条新线索，间隔 {after}，进入“{stage}”。",
    ),
    "assume_generations": ("Leads of leads are followed for {n} generations.", "转介绍最多跟踪 {n} 代。"),
    "assume_loyalty": (
        "A customer buys again with chance {q}, {after} after the last purchase; otherwise it is gone.",
        "客户在上次成交后 {after}，以 {q} 的概率续约，否则流失。",
    ),
    "assume_customers": ("There are {n} customers already.", "现有客户 {n} 位。"),
    "assume_instalment": (
        "{share} of what is signed is due {lag} after the {trigger}.",
        "签约额的 {share} 在{trigger}后 {lag} 到期。",
    ),
    "trigger_signing": ("signature", "签约"),
    "trigger_previous": ("instalment before it", "上一笔"),
    "assume_never_paid": ("{q} of it is never paid.", "其中 {q} 收不回。"),
    "assume_nothing_paid": ("{q} of the customers pay nothing at all.", "{q} 的客户完全不付款。"),
    "assume_pays_on": ("Money comes in on: {days}.", "到账日：{days}。"),
    "assume_with_new": (
        "Deals open on {day} are counted, and new business from then on.",
        "计算 {day} 在手的商机及其后的新增业务。",
    ),
    "Monday": ("Mondays", "周一"),
    "Tuesday": ("Tuesdays", "周二"),
    "Wednesday": ("Wednesdays", "周三"),
    "Thursday": ("Thursdays", "周四"),
    "Friday": ("Fridays", "周五"),
    "Saturday": ("Saturdays", "周六"),
    "Sunday": ("Sundays", "周日"),
    "month_end": ("the last day of a month", "月末日"),
}
