import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from report_cases import case_of, forecast_of
from rich.cells import cell_len
from rich.console import Console

from funnelsim.model.target import Target
from funnelsim.report import tables
from funnelsim.report.summary_table import HEADS, summary_csv
from funnelsim.report.terminal import print_forecast
from funnelsim.report.words import Words

EN = Words("en")


def column(table, name):
    i = [c.name for c in table.columns].index(name)
    return [row[i] for row in table.rows]


def printed(forecast, say, width=80):
    out = StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False)
    print_forecast(forecast, say, console)
    return out.getvalue()


def test_every_table_is_rectangular(forecasts, say):
    for forecast in forecasts.values():
        found = tables.measure_tables(forecast, say, with_dates=True)
        found += [tables.targets_table(forecast, say), tables.deals_table(forecast, say, 9)]
        found += [tables.group_table(forecast, axis, say) for axis in forecast.groups]
        for table in found:
            assert {len(row) for row in table.rows} <= {len(table.columns)}


def test_booked_to_come_and_total_stand_apart():
    plain, booked = forecast_of(case_of()), forecast_of(case_of(booked=900.0))
    table = tables.measure_table(booked, "bookings", EN)
    assert column(table, "booked") == ["900", "0", "0", "0", "900"]
    assert column(table, "to come, mean") == column(tables.measure_table(plain, "bookings", EN), "mean")
    assert column(table, "mean")[-1] == f"{plain.bookings.total.mean + 900:,.1f}"
    assert column(table, "commit")[-1] == f"{plain.bookings.total.commit + 900:,.1f}"


def test_counts_are_whole_and_carry_no_money(forecast):
    table = tables.measure_table(forecast, "wins", EN)
    assert table.title == "Deals won"
    assert all(cell.isdigit() for cell in column(table, "likely"))


def test_a_target_names_measure_unit_group_and_day(forecast):
    target = replace(
        forecast.targets[0],
        target=Target(500.0, by=date(2026, 12, 31), group={"segment": "east"}),
        chance=0.25,
    )
    table = tables.targets_table(replace(forecast, targets=(target,)), EN)
    assert table.rows[0][:2] == ("Bookings 500 万元 CNY (segment east)", "2026-12-31")
    assert table.rows[0][2] == "25.0%"
    assert table.rows[0][4].endswith(" 万元 CNY")


def test_groups_stand_in_order_of_their_mean_and_the_rest_is_counted(forecast):
    one = forecast.groups["segment"]["east"]
    smaller = {**one, "bookings": replace(one["bookings"], total=replace(one["bookings"].total, mean=1.0))}
    grouped = replace(forecast, groups={"segment": {"a": smaller, "": one, "c": smaller}})
    table = tables.group_table(grouped, "segment", EN, limit=2)
    assert [row[0] for row in table.rows] == ["(none)", "a"]
    assert table.note == "1 more in forecast.json."


def test_deals_stand_in_order_of_their_swing(forecast):
    deals = [replace(deal, swing=swing) for deal, swing in zip(forecast.deals, (0.01, -0.2, 0.1), strict=False)]
    table = tables.deals_table(replace(forecast, deals=tuple(deals), trials=400), EN, 2)
    assert column(table, "swing, points") == ["-20.0", "+10.0"]
    assert "1 more" in table.note
    assert "Its error is at most 2 points." in table.note  # sqrt(0.2 * 0.8 / 400)
    exact = tables.deals_table(replace(forecast, deals=tuple(deals), trials=None), EN, 2)
    assert "Its error" not in exact.note


def test_without_a_target_deals_stand_in_order_of_expected_amount(forecast):
    deals = [replace(deal, swing=None) for deal in forecast.deals[:5]]
    table = tables.deals_table(replace(forecast, deals=tuple(deals)), EN, 2)
    assert "swing, points" not in [c.name for c in table.columns]
    assert table.rows[0][0] == forecast.deals[4].id


def test_no_line_is_wider_than_the_terminal(forecasts, say):
    for forecast in forecasts.values():
        assert max(map(cell_len, printed(forecast, say).splitlines())) <= 80


@pytest.mark.parametrize("name", ["plain", "booked", "weeks"])
def test_no_figure_is_broken_at_80_columns(forecasts, say, name):
    forecast = forecasts[name]
    told = printed(forecast, say)
    found = [*tables.measure_tables(forecast, say), tables.group_table(forecast, "segment", say)]
    for table in found:
        for row in table.rows:
            assert any(all(cell in line for cell in row) for line in told.splitlines()), row


def test_hostile_names_cannot_steer_the_terminal(hostile, say):
    told = printed(hostile, say)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "[red]$x^2$" in told  # shown as it is, not taken for markup


def test_the_terminal_tells_stale_deals_notes_and_provenance(forecast):
    told = printed(forecast, EN, 200)
    for part in ("treated as lost: 初步接洽#0", "age moves dates, not chances", "seed 7", "standard error"):
        assert part in told


def test_the_summary_has_a_row_per_measure_group_and_period(forecast):
    rows = list(csv.DictReader(StringIO(summary_csv(forecast).decode("utf-8-sig"))))
    assert list(rows[0]) == list(HEADS)
    assert len(rows) == 2 * 5 + 2 * 2 * 5
    total = next(r for r in rows if (r["measure"], r["group"], r["period"]) == ("bookings", "", "total"))
    assert float(total["p10"]) == forecast.bookings.total.commit
    assert (total["start"], total["end"]) == ("2026-10-15", "2027-10-01")


def test_the_summary_opens_in_a_spreadsheet_with_chinese_and_without_formulas(hostile):
    content = summary_csv(hostile)
    assert content.startswith(b"\xef\xbb\xbf")
    groups = {row["group"] for row in csv.DictReader(StringIO(content.decode("utf-8-sig")))}
    assert any(group.startswith("'=HYPERLINK") for group in groups)
    assert not any(group.startswith(("=", "+", "-", "@")) for group in groups)


def test_a_stock_is_told_at_the_end_and_not_added_up(forecast):
    stock = replace(forecast, measures={**forecast.measures, "open_value": forecast.bookings})
    table = tables.measure_table(stock, "open_value", EN)
    assert table.rows[-1][0] == "at the end"
    assert table.note == ""
    assert "do not add up" in tables.measure_table(stock, "bookings", EN).note


def test_a_column_without_any_text_is_drawn() -> None:
    from funnelsim.report.tables import Column, Table
    from funnelsim.report.terminal import grid

    table = Table("t", (Column("a", is_number=False), Column("", is_number=False)), (("x" * 90, ""), ("y" * 90, "")))
    assert len(grid(table, 40).columns) == 2
