"""The notes that go with a forecast, in the reader's language where their wording is known.

Notes are written in English where they arise. Known sentences are turned into Chinese by pattern; an unknown
one, such as a user's own, is shown as it is. How many deals are stale is told elsewhere, with their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.clean import one_line
from funnelsim.report.words import Words

_TOLD_ELSEWHERE = re.compile(r"\d+ deals have stayed longer than their stage's law can explain")
_GRAVE = ("too little data:", "little data:", "not supported by history:", "regime change?", "unverified:")
_CHINESE: tuple[tuple[str, str], ...] = (
    (
        r"too little data: (.*) deals were ever won; take this as a first guess, not as a forecast",
        r"数据太少：历史上只赢过 \1 单；以下数字只是初步估计，不能当作预测",
    ),
    (
        r"little data: (.*) deals were ever won; ranges are wide",
        r"数据偏少：历史上共赢 \1 单；区间较宽",
    ),
    (
        r"not supported by history: (.*) of the moves to come are due at stages and ages at which hardly any was seen",
        r"历史不足以支持：预计变动中有 \1 出自几乎没有先例的阶段与停留时间",
    ),
    (
        r"regime change\? the last two windows came out far (above|below) what was expected of them",
        r"规律可能已变：最近两个窗口的结果与预期相差很大",
    ),
    (
        r"unverified: history holds (.*) windows of this length that do not overlap, and 8 are needed to tell whether "
        r"intervals hold",
        r"无法验证：历史中互不重叠的同长窗口只有 \1 个，至少需要 8 个才能判断区间是否可靠",
    ),
    (
        r"no stay is stated: the forecast has no dates and an unlimited horizon",
        "未给定用时：预测不含日期，且预测期不限",
    ),
    (
        r"the same stay serves advance and loss in (.*): there age moves dates, not chances",
        r"\1 的推进与输单共用同一用时：停留时间只影响日期，不影响概率",
    ),
    (r"stated win rates are averages over the shared shock", "给定赢率为对共同冲击取平均的值"),
    (r"stated conversions are averages over the shared shock", "给定推进率为对共同冲击取平均的值"),
    (
        r"(\d+) deals stand in stages that are not forecast \(in_forecast: no\)",
        r"\1 单处于不计入预测的阶段（in_forecast: no）",
    ),
    (
        r"(\d+) of (\d+) deals in (.*) have no date of entry; missing_entered gives them an age of (.*) days",
        r"\3 的 \2 单中有 \1 单缺进入日期；按 missing_entered 视为已停留 \4 天",
    ),
    (
        r"(\d+) of (\d+) deals in (.*) are in the first stage without a date of entry; "
        r"the date they were created stands for it",
        r"\3 的 \2 单中有 \1 单处于首阶段且缺进入日期；以创建日期代替",
    ),
    (
        r"(.*) holds (\d+) open deals, (\d+) more than the (\d+) it can work at a time; "
        r"they keep their places, and the next wait the longer",
        r"\1 期初在手 \2 单，比同时可办的 \4 单多 \3 单；这些商机继续占用，后来者等待更久",
    ),
    (
        r"deals that never decide in (.*) have no time-out: they hold their places for ever",
        r"\1 中始终未决的商机没有超时关闭：将一直占用名额",
    ),
    (
        r"opinions on (\d+) deals are pooled in log odds; weights earned by score: (.*)",
        r"\1 单的各方意见按对数几率合并；权重按得分取得：\2",
    ),
    (
        r"opinions on (\d+) deals are pooled in log odds; weights as stated: (.*)",
        r"\1 单的各方意见按对数几率合并；权重为给定值：\2",
    ),
    (
        r"calls of (.*) are recalibrated by (\d+) past calls: (.*)",
        r"\1 的判断按其 \2 次过往判断校准：\3",
    ),
    (
        r"calls below (.*) or above (.*) count as (.*) or (.*)",
        r"低于 \1 或高于 \2 的判断按 \3 或 \4 计",
    ),
    (
        r"(\d+) of (\d+) past calls are dated as_of or later and are left out",
        r"\2 次过往判断中有 \1 次日期不早于 as_of，未计入",
    ),
    (
        r"(\d+) buyer roles shift the log odds of (\d+) deals; strengths: (.*)",
        r"\1 个采购角色改变 \2 单的对数几率；强度：\3",
    ),
    (
        r"(\d+) deals state a win rate of their own, which a better stage does not move",
        r"\1 单给定单笔赢率，不随阶段推进率变化",
    ),
    (
        r"(.*) is changed: the other win rates are kept, and the conversions follow",
        r"\1 已更改：其余赢率不变，推进率随之推算",
    ),
    (
        r"(.*) is changed: the other conversions are kept, and the win rates follow",
        r"\1 已更改：其余推进率不变，赢率随之推算",
    ),
)


def notes(forecast: Forecast, say: Words) -> list[str]:
    """Return each note once, in the language of `say`."""
    told = dict.fromkeys((*forecast.notes, *forecast.case.notes))
    return [one_line(_in_language(note, say)) for note in told if not _TOLD_ELSEWHERE.match(note)]


def grave_notes(forecast: Forecast, say: Words) -> list[str]:
    """Return the notes that say what history does not bear; they are among the others as well."""
    told = dict.fromkeys((*forecast.notes, *forecast.case.notes))
    return [one_line(_in_language(note, say)) for note in told if note.startswith(_GRAVE)]


def notes_in_words(texts: Iterable[str], say: Words) -> list[str]:
    """Return each of these notes once, in the language of `say`."""
    return [one_line(_in_language(note, say)) for note in dict.fromkeys(texts)]


def _in_language(note: str, say: Words) -> str:
    if say.language == "zh":
        for pattern, chinese in _CHINESE:
            if found := re.fullmatch(pattern, note):
                return found.expand(chinese)
    return note
