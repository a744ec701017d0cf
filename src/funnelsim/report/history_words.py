"""What an import tells, in English and Chinese."""

from __future__ import annotations

HISTORY_PHRASES: dict[str, tuple[str, str]] = {
    "history_title": ("{history}: history up to {day}", "{history}：截至 {day} 的历史"),
    "history_line": (
        "{deals} deals, {visits} stays in stages; {won} won, {lost} lost, {open} open. Recorded from {first} to {last} "
        "({timezone}); amounts in {unit}.",
        "{deals} 单，{visits} 次阶段停留；赢 {won}，输 {lost}，在手 {open}。记录自 {first} 至 {last}（{timezone}）；"
        "金额单位 {unit}。",
    ),
    "history_gap": (
        "Put together from dated copies: days of moves are known to within {n} days.",
        "由按日快照比对而成：变动日期的误差不超过 {n} 天。",
    ),
    "history_tables": ("Rows read", "读入的行"),
    "table_part": ("table", "表"),
    "table_source": ("read from", "来源"),
    "table_rows": ("rows", "行数"),
    "table_left_out": ("left out", "未采用"),
    "history_stages": ("Stages", "阶段"),
    "stays_count": ("stays", "停留次数"),
    "history_outcomes": ("Outcomes", "结局"),
    "outcome": ("outcome", "结局"),
    "deals_count": ("deals", "单数"),
    "history_defects": ("Defects of the records", "记录中的缺陷"),
    "no_defects": ("No defect was found.", "未发现缺陷。"),
    "defect": ("what was found", "发现"),
    "defect_count": ("times", "次数"),
    "defect_examples": ("such as", "例如"),
    "defect_done": ("what was done", "处理"),
    "done_kept": ("kept", "保留"),
    "done_dropped": ("dropped", "舍弃"),
    "done_sorted": ("sorted by time", "按时间排序"),
    "done_ended": ("ended where the next stay begins", "止于下一次停留开始"),
    "done_opened": ("taken as open", "视为在手"),
    "done_shifted": ("kept; a fit counts them on the next open day", "保留；拟合时计入下一个工作日"),
    "done_unparted": ("kept; a fit does not part deals by amount", "保留；拟合时不按金额区分商机"),
    "done_lost": ("taken as lost", "视为输单"),
    # reasons why rows are left out
    "left_where": ("{n} by `where`", "{n} 行不合 where 条件"),
    "left_no_id": ("{n} without an id", "{n} 行无编号"),
    "left_no_stage": ("{n} without a stage", "{n} 行无阶段"),
    "left_no_date": ("{n} without a date", "{n} 行无日期"),
    "left_no_deal": ("{n} of no known deal", "{n} 行无对应商机"),
    "left_unmapped": ("{n} with an unknown name", "{n} 行名称未知"),
    "left_other_field": ("{n} of other fields", "{n} 行属其他字段"),
    # defects
    "defect_no_amount": ("deals without an amount", "商机无金额"),
    "defect_amounts_at_closing": (
        "deals without an amount, or 0, that were not won: amounts seem to be written at closing",
        "未赢商机无金额或为 0：金额似在结单时才填写",
    ),
    "defect_negative_amounts": ("amounts below zero", "金额为负"),
    "defect_unmapped": ("deals with an unknown outcome or stage", "商机的结局或阶段未知"),
    "defect_duplicate_ids": ("ids that appear again; the first row counts", "编号重复，以首行为准"),
    "defect_no_entry_date": ("stays without a day of entry", "停留无进入日期"),
    "defect_exit_without_date": ("exits without a day", "有去向而无离开日期"),
    "defect_ends_before_it_begins": ("stays that end before they begin", "停留的离开早于进入"),
    "defect_end_without_exit": ("last stays that end without an exit", "末次停留已离开而无去向"),
    "defect_open_with_end": ("open, and yet with a day of ending", "在手却有结束日期"),
    "defect_open_but_followed": ("open stays with a later stay of the same deal", "未结束的停留之后另有停留"),
    "defect_skipped_stages": ("moves that skip a stage", "跳过阶段"),
    "defect_back_moves": ("moves back to an earlier stage", "退回较早阶段"),
    "defect_zero_length": ("stays that end when they begin: the same instant, or day", "停留的进入与离开同时或同日"),
    "defect_overlaps": ("stays that begin before the one before has ended", "停留相互重叠"),
    "defect_reopened": ("deals that go on after they were won or lost", "结束后又重启的商机"),
    "defect_exit_disagrees": ("exits that are not the stage of the next stay", "去向与下一次停留的阶段不符"),
    "defect_out_of_order": ("rows out of order in time", "行未按时间排列"),
    "defect_same_second": ("several moves at the same instant", "同一时刻多次变动"),
    "defect_from_disagrees": ("moves that begin elsewhere than the last one ended", "变动前阶段与上次变动不符"),
    "defect_outcome_disagrees": (
        "outcomes that differ between moves and deals; the later counts",
        "商机表的结局与变动不符，以较晚者为准",
    ),
    "defect_closed_before_last_move": (
        "closed before the last move; closed with it",
        "结束日早于最后变动，取最后变动日",
    ),
    "defect_entered_before_record": (
        "first stays that began before the record; they count from its beginning",
        "首次停留早于记录起点，自起点计",
    ),
    "defect_mixed_zones": ("stamps with and without a time zone in one table", "同表时间有的带时区、有的不带"),
    "defect_first_seen_closed": ("deals first seen closed", "首次出现即已结束的商机"),
    "defect_deals_without_visits": ("deals of which no stage is known", "没有任何阶段记录的商机"),
    "defect_visits_without_deal": ("rows of deals that the deals table lacks", "商机表中没有的商机的行"),
    "defect_created_after_first_stage": ("created after their first stage was entered", "创建晚于进入首个阶段"),
    "defect_closed_before_created": ("closed before they were created", "结束早于创建"),
    "defect_no_created": ("deals without a day of creation", "商机无创建日期"),
    "defect_closed_without_date": ("won or lost without a day", "已赢或已输而无日期"),
    "defect_future_dates": ("deals created after the record ends", "创建于记录终点之后的商机"),
    "defect_future_entries": ("stays that begin after the record ends", "始于记录终点之后的停留"),
    "defect_future_exits": ("stays that end after the record ends", "止于记录终点之后的停留"),
    "defect_moves_on_closed_days": ("moves on days that are stated closed", "发生在已声明休业日的变动"),
    "defect_future_calls": ("calls after the record ends", "记录终点之后的判断"),
    "defect_unknown_calls": (
        "calls that are no forecast category and no chance",
        "既非预测类别也非概率的判断",
    ),
    "defect_amount_changes": ("amounts that changed", "金额变更"),
    "defect_date_changes": ("expected dates that changed", "预计成交日变更"),
    "defect_entered_outside_gap": ("days of entry that do not lie between two copies", "进入日期不在两次快照之间"),
    "defect_vanished": ("open deals that later copies lack", "后续快照中消失的在手商机"),
    "defect_twice_in_a_copy": ("deals twice in one copy", "同一快照中重复的商机"),
    # notes
    "note_stamps_without_zone": (
        "{n} times of `{part}` state no zone; they are taken as {zone}.",
        "`{part}` 中 {n} 个时间未带时区，按 {zone} 计。",
    ),
    "note_stamps_with_zone": (
        "{n} times of `{part}` state a zone; days are those of {timezone}.",
        "`{part}` 中 {n} 个时间带时区，日期按 {timezone} 取。",
    ),
    "note_repeats": (
        "{n} rows repeat the stage the deal was in already; they are no moves.",
        "{n} 行重复原有阶段，不算变动。",
    ),
    "note_closed_by_deals": (
        "{n} deals end as the deals table says; their moves do not tell it.",
        "{n} 单的结局取自商机表，变动中未见。",
    ),
    "note_observed_from_records": (
        "Where the record begins is taken from its first stamp; state observed: FROM..TO to say otherwise.",
        "记录起点取首个时间；如有不同请写明 observed: FROM..TO。",
    ),
    "note_static_amounts": (
        "No changes of amounts and expected dates are on record; they are taken as they stand last.",
        "没有金额与预计成交日的变更记录，一律取最后的值。",
    ),
    "note_amounts_at_closing": (
        "Amounts seem to be written at closing: none, or 0, have {lost_blank} of {lost_deals} lost deals and "
        "{open_blank} of {open_deals} open ones, and {won_blank} of {won_deals} won ones. They tell who was "
        "won, so a fit does not part deals by amount; read amounts that were known while a deal was open.",
        "金额似在结单时才填写：输单 {lost_deals} 单中 {lost_blank} 单、在手 {open_deals} 单中 {open_blank} 单"
        "无金额或为 0，赢单 {won_deals} 单中只有 {won_blank} 单。这样的金额已泄露输赢，拟合时不按金额区分商机；"
        "请改用在手时已知的金额。",
    ),
    "note_dates_overwritten": (
        "{n} expected dates are left out: this system puts the day of closing in their place, and no log of changes is "
        "there to tell what was expected before.",
        "{n} 个预计成交日未采用：该系统会以结单日覆盖预计日，又无变更记录可查当时的预计。",
    ),
    "note_one_stage": (
        "Deals alone tell no moves: all stand in one stage, {stage}; the other names are not used.",
        "仅有商机表，没有阶段变动：全部计入一个阶段 {stage}，其余阶段名未使用。",
    ),
    "note_closed_days": (
        "{n} days of the record are stated closed: no deal ages on them. {ahead} more, weekends apart, lie ahead.",
        "记录期内有 {n} 天声明为休业，商机在这些天不增龄；记录之后另有 {ahead} 天（周末除外）。",
    ),
    "note_calls_dated": (
        "{n} calls of `{by}` on deals have a day of their own; `funnelsim calls` scores them.",
        "`{by}` 对商机的 {n} 次判断带有日期，可用 `funnelsim calls` 评分。",
    ),
    "note_calls_by_export": (
        "{n} deals more state a call of `{by}` without a day: it is known from the last day of the record only.",
        "另有 {n} 单的 `{by}` 判断没有日期，只在记录末日起算作已知。",
    ),
    "note_calls_undated": (
        "{n} calls of `{by}` stand in the table of deals alone: they are dated by the export and cannot be scored for "
        "past days. A log of changes, events, copies or a table of opinions would date them.",
        "`{by}` 的 {n} 次判断只见于商机表，按导出日计，无法对过去的日子评分；"
        "变更记录、阶段变动、快照或判断表可以给出日期。",
    ),
    "note_created_from_moves": (
        "No day of creation is on record; the first stage entered stands for it.",
        "没有创建日期，以进入首个阶段之日代替。",
    ),
}
