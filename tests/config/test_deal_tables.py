"""Tables of deals: CSV files in several charsets -> deals, every bad row told as file:line."""

from __future__ import annotations

import gzip
import hashlib
import time
from datetime import date
from pathlib import Path

import pytest
from config_cases import TIMED, problems, write

from funnelsim.config import load
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.law import Empirical
from funnelsim.model.pipeline import Deal

HEAD = TIMED[: TIMED.index("pipeline:")]
PIPELINE = """\
pipeline:
  file: deals.csv
  columns: {id: 编号, stage: 阶段, entered: 进入, amount: 金额, owner: 负责人, win_rate: 赢率,
    expected_close: 预计}
"""
CSV = """\
编号,阶段,进入,金额,负责人,赢率,预计
A1,demo,2026-09-21,50,李雷,,2026-12-01
A2,offer,2026-09-30,80.5,"Han, Mei",35%,
"""


def case_of(folder: Path, csv: str = CSV, pipeline: str = PIPELINE, encoding: str = "utf-8") -> Case:
    (folder / "deals.csv").write_bytes(csv.encode(encoding))
    return load(write(folder, HEAD + pipeline))


def bad(folder: Path, csv: str = CSV, pipeline: str = PIPELINE) -> list[tuple[str, str]]:
    (folder / "deals.csv").write_text(csv, encoding="utf-8")
    return problems(folder, HEAD + pipeline)


def test_a_table_becomes_deals_with_ages(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    assert case.pipeline.deals == (
        Deal("A1", "demo", 50.0, 10.0, owner="李雷", expected_close=date(2026, 12, 1)),
        Deal("A2", "offer", 80.5, 1.0, owner="Han, Mei", win_rate=0.35),
    )
    assert case.origin.data_sha256 == {"deals.csv": hashlib.sha256(CSV.encode()).hexdigest()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_usual_charset_gives_the_same_deals(tmp_path: Path, encoding: str) -> None:
    assert case_of(tmp_path, encoding=encoding).pipeline.deals[0].owner == "李雷"


def test_a_gzipped_table_is_read_alike(tmp_path: Path) -> None:
    (tmp_path / "deals.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    case = load(write(tmp_path, HEAD + PIPELINE.replace("deals.csv", "deals.csv.gz")))
    assert len(case.pipeline) == 2


def test_stamps_are_put_into_the_timezone_of_the_case(tmp_path: Path) -> None:
    csv = CSV.replace("2026-09-21", "2026-09-29T16:00:00Z").replace("2026-09-30,", "2026-09-30 12:00:00,")
    assert [deal.age_days for deal in case_of(tmp_path, csv).pipeline.deals] == [1.0, 0.5]


def test_a_date_format_reads_other_dates(tmp_path: Path) -> None:
    csv = CSV.replace("2026-09-21", "21-09-26").replace("2026-09-30", "30-09-26").replace("2026-12-01", "01-12-26")
    case = case_of(tmp_path, csv, PIPELINE + '  date_format: "%d-%m-%y"\n')
    assert [deal.age_days for deal in case.pipeline.deals] == [10.0, 1.0]


def test_rows_are_chosen_renamed_and_priced(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("sku,price\nGTX Pro,12000\n", encoding="utf-8")
    csv = "id,phase,product\n1,Engaging,GTXPro\n2,Won,GTXPro\n3,Engaging,GTX Pro\n"
    pipeline = """\
pipeline:
  file: deals.csv
  columns: {id: id, stage: phase, segment: product}
  where: {stage: Engaging, product: [GTXPro, GTX Pro]}
  stages: {Engaging: demo}
  amount: {lookup: prices.csv, on: product, key: sku, value: price, aliases: {GTXPro: GTX Pro}}
  unit: 元
  missing_entered: 0 d
"""
    case = case_of(tmp_path, csv, pipeline)
    assert [(deal.id, deal.stage, deal.amount) for deal in case.pipeline.deals] == [
        ("1", "demo", 1.2),
        ("3", "demo", 1.2),
    ]
    assert case.notes == (
        "2 of 2 deals in deals.csv have no date of entry; missing_entered gives them an age of 0 days",
    )


def test_an_age_column_holds_days_or_durations(tmp_path: Path) -> None:
    csv = CSV.replace("2026-09-21", "12").replace("2026-09-30", "2 周")
    case = case_of(tmp_path, csv, PIPELINE.replace("entered:", "age:"))
    assert [deal.age_days for deal in case.pipeline.deals] == [12.0, 14.0]


def test_the_date_created_stands_for_entry_in_the_first_stage_only(tmp_path: Path) -> None:
    pipeline = PIPELINE.replace("entered:", "created:")
    found = bad(tmp_path, pipeline=pipeline)
    assert found == [
        ("deals.csv:3", "no date of entry into its stage; fill it in, or state missing_entered: 0 d"),
    ]
    case = case_of(tmp_path, pipeline=pipeline + "  missing_entered: 3 d\n")
    assert [deal.age_days for deal in case.pipeline.deals] == [10.0, 3.0]
    assert "1 of 2 deals in deals.csv are in the first stage" in case.notes[1]


def test_lines_and_tables_can_stand_together(tmp_path: Path) -> None:
    table = PIPELINE.replace("pipeline:\n  file", "pipeline:\n- file")
    case = case_of(tmp_path, pipeline=table + "- {stage: demo, amount: 1, age: 1 d}\n")
    assert [deal.id for deal in case.pipeline.deals] == ["A1", "A2", "demo#1"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("A2,", "A1,", 3, "'A1' appears twice"),
        ("A2,", ",", 3, "no id"),
        ("offer", "ofer", 3, "did you mean 'offer'"),
        ("offer", "", 3, "no stage"),
        ("80.5", "", 3, "no amount"),
        ("80.5", "-80.5", 3, "0 or more"),
        ("80.5", "nan", 3, "finite"),
        ("80.5", '"1,080"', 3, "plain number"),
        ("2026-09-30", "2026-10-01", 3, "not before as_of"),
        ("2026-09-30", "2026-09-30T16:00:00Z", 3, "not before as_of"),
        ("2026-09-30", "30/9/26", 3, "no date"),
        ("2026-09-30", "", 3, "no date of entry"),
        ("35%", "35", 3, "write 35%"),
        ("35%", "135%", 3, "outside"),
        (",2026-12-01", ",soon", 2, "no date"),
        (",2026-12-01", "", 2, "6 cells where the header has 7"),
        ('"Han, Mei"', '"Han, Mei', 3, "not readable as CSV"),
        ("李雷", '"李\n雷"', 4, "did you mean"),
    ],
)
def test_a_bad_row_is_told_by_its_line(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    csv = CSV.replace(old, new, 1)
    found = bad(tmp_path, csv if "\n" not in new else csv.replace("offer", "ofer"))
    assert [place for place, _ in found] == [f"deals.csv:{line}"]
    assert told in found[0][1]


def test_another_currency_is_told_in_every_row(tmp_path: Path) -> None:
    csv = "id,stage,amount,currency,age\n1,demo,5,CNY,1\n2,demo,5,USD,1\n3,demo,5,,1\n"
    columns = "{id: id, stage: stage, amount: amount, currency: currency, age: age}"
    pipeline = f"pipeline: {{file: deals.csv, columns: {columns}}}\n"
    found = bad(tmp_path, csv, pipeline)
    assert [(place, message[:14]) for place, message in found] == [
        ("deals.csv:3", "currency USD w"),
        ("deals.csv:4", "currency nothi"),
    ]


def test_the_config_comes_before_the_table_and_all_is_told(tmp_path: Path) -> None:
    found = bad(tmp_path, CSV.replace("80.5", "x"), PIPELINE + "trials: no\n")
    assert [place for place, _ in found] == ["case.yaml:20:9", "deals.csv:3"]


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("amount: 金额", "amount: 金額", "18:53", "did you mean '金额'"),
        ("amount: 金额, ", "", "17:3", "states neither"),
        ("stage: 阶段, ", "", "18:12", "no `stage`"),
        ("{id: 编号", "{ident: 编号", "18:13", "did you mean 'id'"),
        ("deals.csv", "absent.csv", "absent.csv", "no such file"),
        ("deals.csv", "$HOME/deals.csv", "17:9", "only ${FUNNELSIM_DATA}"),
        ("deals.csv", "~/deals.csv", "17:9", "only ${FUNNELSIM_DATA}"),
        ("deals.csv", ".", ".", "regular file"),
        ("deals.csv", "/dev/zero", "/dev/zero", "regular file"),
        ("deals.csv", "deals.csv\n  where: {stag: [demo]}", "18:17", "no column 'stag'"),
        ("deals.csv", "deals.csv\n  stages: {x: dmo}", "18:15", "did you mean 'demo'"),
        ("deals.csv", "deals.csv\n  unit: 百元", "18:9", "no unit"),
    ],
)
def test_a_bad_mapping_is_told_where_it_stands(tmp_path: Path, old: str, new: str, place: str, told: str) -> None:
    found = bad(tmp_path, pipeline=PIPELINE.replace(old, new, 1))
    assert len(found) == 1, found
    assert told in found[0][1]
    assert found[0][0].removeprefix("case.yaml:") == place


def test_the_price_list_is_checked_too(tmp_path: Path) -> None:
    amount = "{lookup: p.csv, on: product, value: price}"
    pipeline = f"pipeline: {{file: deals.csv, columns: {{id: id, stage: stage, age: age}}, amount: {amount}}}\n"
    (tmp_path / "p.csv").write_text("product,price\nA,5\nA,6\nB,x\n", encoding="utf-8")
    found = bad(tmp_path, "id,stage,age,product\n1,demo,1,A\n", pipeline)
    assert found == [
        ("p.csv:3", "'A' appears twice; keep one"),
        ("p.csv:4", "amount 'x' is no plain number; write digits and a point, such as 1234.5"),
    ]
    (tmp_path / "p.csv").write_text("product,price\nGTX Pro,5\n", encoding="utf-8")
    found = bad(tmp_path, "id,stage,age,product\n1,demo,1,GTXPro\n", pipeline)
    assert found[0][0] == "deals.csv:2"
    assert "aliases: {GTXPro: GTX Pro}" in found[0][1]


def test_the_data_folder_is_the_only_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = PIPELINE.replace("deals.csv", "${FUNNELSIM_DATA}/deals.csv")
    monkeypatch.delenv("FUNNELSIM_DATA", raising=False)
    assert "FUNNELSIM_DATA is not set" in bad(tmp_path, pipeline=pipeline)[0][1]
    monkeypatch.setenv("FUNNELSIM_DATA", str(tmp_path))
    assert list(case_of(tmp_path, pipeline=pipeline).origin.data_sha256) == ["${FUNNELSIM_DATA}/deals.csv"]


def test_a_binary_an_empty_and_a_broken_table_are_refused(tmp_path: Path) -> None:
    for content, told in (
        (b"a,b\0c\n", "binary"),
        ("编号\n".encode("utf-16"), "UTF-16"),
        (b"", "empty table"),
        (b"\x1f\x8bnonsense", "gzip"),
        (gzip.compress(CSV.encode(), mtime=0)[:40], "cut short"),
        (b"a,a\n1,2\n", "two columns"),
    ):
        (tmp_path / "deals.csv").write_bytes(content)
        with pytest.raises(InputError, match=told):
            load(write(tmp_path, HEAD + PIPELINE))


def test_a_table_above_512_mb_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "deals.csv").open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(InputError, match="600 MB is more than the 512 MB"):
        load(write(tmp_path, HEAD + PIPELINE))


def test_no_open_deal_left_is_an_empty_pipeline(tmp_path: Path) -> None:
    found = bad(tmp_path, pipeline=PIPELINE + "  where: {stage: [lost]}\n")
    assert [message for _, message in found] == ["no open deals; a forecast needs at least one"]


def test_an_empirical_stay_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text("days,who\n3,a\n5.5,b\n", encoding="utf-8")
    text = TIMED.replace("{median: 30 d, p90: 90 d}", "{empirical: {file: sample.csv, column: days}}", 1)
    case = load(write(tmp_path, text))
    assert case.funnel.stages[0].exits[1].stay == Empirical((3.0, 5.5))
    (tmp_path / "sample.csv").write_text("days,who\n3,a\n-5,b\n", encoding="utf-8")
    assert [place for place, _ in problems(tmp_path, text)] == ["sample.csv:3"]


def test_a_hundred_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    rows = "".join(f"D{n},demo,2026-0{1 + n % 8}-1{n % 10},{n % 500}.5,o{n % 50},,\n" for n in range(100_000))
    started = time.perf_counter()
    case = case_of(tmp_path, "编号,阶段,进入,金额,负责人,赢率,预计\n" + rows)
    assert len(case.pipeline) == 100_000
    # 1 to 2 s on a quiet machine; ten times that is a change of algorithm
    assert time.perf_counter() - started < 20
