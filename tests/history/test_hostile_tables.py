"""Files as they come: wrong encodings, broken rows, doubtful dates, odd names. Everything is told with its place."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from history_files import HEAD, STAGES, deals_of, defects_of, imported, left_out_of, visits_of, write
from test_import_shapes import DEALS, DEALS_PART, ENDS, EVENTS, SHAPES, WANTED

from funnelsim.config.history import load_history
from funnelsim.errors import InputError

TEXT = SHAPES["events"] + STAGES + HEAD
LOG = "deal,at,to\na,{},demo\n"


def problems_of(folder: Path, text: str, **tables: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        imported(folder, text, **tables)
    return str(caught.value).replace(str(folder), "")


# ---- bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-8 crlf", "gzip", "semicolons", "tabs"])
def test_files_of_every_kind_read_alike(encoding: str, tmp_path: Path) -> None:
    table = EVENTS.replace("demo", "接洽")
    written = {
        "utf-8 crlf": lambda: table.replace("\n", "\r\n").encode(),
        "gzip": lambda: gzip.compress(table.encode()),
        "semicolons": lambda: table.replace(",", ";").encode(),
        "tabs": lambda: table.replace(",", "\t").encode(),
    }.get(encoding, lambda: table.encode(encoding))()
    history, _ = imported(tmp_path, TEXT.replace("[demo", "[接洽"), moves=written)
    assert [(row[0], row[1].replace("接洽", "demo"), *row[2:]) for row in visits_of(history)] == WANTED


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "moves.csv:1: an empty file"),
        (b"\n", "moves.csv:1: an empty table"),
        (b"deal,at,to\n", "no deal is left: events 0 rows"),
        (b"deal,at,to\na,2026-01-05,de\0mo\n", "holds NUL bytes"),
        ("deal,at,to\n".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        (b"deal,at,to\n\xff\xff\xff,x,y\n", "neither UTF-8 nor GB18030"),
        (gzip.compress(EVENTS.encode(), mtime=0)[:-9], "the gzip file is cut short"),
        (b"PK\x03\x04nonsense", "not readable as an Excel workbook"),
        (b"PAR1nonsense", "not readable as Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
        (b"deal,at,to\na,2026-01-05\n", "moves.csv:2: 2 cells where the header has 3"),
        (b'deal,at,to\n"x\ny",2026-01-05,demo\nb,2026-01-05,demo,\n', "moves.csv:4: 4 cells where the header has 3"),
        (b'deal,at,to\na,2026-01-05,"demo\nb,2026-01-06,demo\n', "a quote that is opened is never closed"),
        (b"deal,at,at,to\na,2026-01-05,,demo\n", "two columns named 'at'"),
        (b"deal,At,to\na,2026-01-05,demo\n", "has no column 'at'; did you mean 'At'?"),
        (b"Deal Id;When;Target\na;2026-01-05;demo\n", "the columns are Deal Id, When, Target"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(content: bytes, told: str, tmp_path: Path) -> None:
    assert told in problems_of(tmp_path, TEXT, moves=content)


def test_all_problems_of_all_tables_come_together(tmp_path: Path) -> None:
    told = problems_of(
        tmp_path,
        SHAPES["events"] + DEALS_PART + STAGES + HEAD,
        moves="deal,at,to\na,5/1/2026,demo\na,2026-02-30,qoute\n",
        deals="id,created,amount,owner\na,44931,1 000,Ann\n",
    )
    for part in ("deals.csv:2: deals.created: '44931'", "deals.amount: '1 000'", "moves.csv:2: events.at: '5/1/2026'"):
        assert part in told
    assert "moves.csv:3: events.at: '2026-02-30' is not in the calendar" in told
    assert told.startswith("4 problems")


def test_a_path_stays_where_it_points(tmp_path: Path) -> None:
    for written, told in {
        "~/moves.csv": "write the path out",
        "$HOME/moves.csv": "write the path out",
        "none.csv": "no such file",
        ".": "not a regular file",
    }.items():
        assert told in problems_of(tmp_path, TEXT.replace("moves.csv", f'"{written}"'))
    assert "no file matches 'm*.csv'" in problems_of(tmp_path, TEXT.replace("moves.csv", "m*.csv"))


# ---- dates


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("2026-01-05", "2026-01-05"),
        ("2026/1/5", "2026-01-05"),
        ("2026.01.05 9:30", "2026-01-05"),
        ("2026年1月5日 09:30:15", "2026-01-05"),
        ("2026-01-05T23:30:00Z", "2026-01-06"),
        ("2026-01-05 23:30:00.123456789+00:00", "2026-01-06"),
        ("2026-01-05T20:30:00-0500", "2026-01-06"),
        ("2026-01-06 01:00 +14:00", "2026-01-05"),
        ("2026-01-05 23:30:00", "2026-01-05"),
    ],
)
def test_a_stamp_written_year_first_is_a_day_of_the_histories_zone(written: str, wanted: str, tmp_path: Path) -> None:
    history, _ = imported(tmp_path, TEXT + "timezone: Asia/Shanghai\n", moves=LOG.format(written))
    assert visits_of(history)[0][2] == wanted


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("03/04/2026", "does not say which is the day and which the month; state date_format"),
        ("13.04.26 08:00", "does not say which is the day"),
        ("45000", "looks like a day number of Excel"),
        ("45000.25", "looks like a day number of Excel"),
        ("1767571200000", "looks like milliseconds since 1970; then state date_format: epoch_ms"),
        ("1767571200", "looks like seconds since 1970; then state date_format: epoch_s"),
        ("２０２６-01-05", "is no date written year first"),
        ("2026-13-01", "is not in the calendar"),
        ("2026-02-29", "is not in the calendar"),
        ("2026-01-05 25:00", "is not in the calendar"),
        ("0001-01-01", "lies before 1900"),
        ("1899-12-31T23:00:00Z", "lies before 1900"),
        ("5 Jan 2026", "is no date written year first"),
        ("20260105", "is no date written year first"),
        ("=NOW()", "is no date written year first"),
    ],
)
def test_a_doubtful_date_is_refused_with_a_remedy(written: str, told: str, tmp_path: Path) -> None:
    assert f"moves.csv:2: events.at: '{written}' {told}" in problems_of(tmp_path, TEXT, moves=LOG.format(written))


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("'%d/%m/%Y'", "05/01/2026"),
        ("'%m/%d/%Y %H:%M'", "01/05/2026 22:10"),
        ("'%d %b %Y'", "5 Jan 2026"),
        ("'%Y%m%d'", "20260105"),
        ("epoch_ms", "1767571200000"),
        ("epoch_s", "1767571200"),
        ("'%Y-%m-%dT%H:%M:%S%z'", "2026-01-04T22:00:00-0500"),
    ],
)
def test_a_stated_form_of_dates_is_read(form: str, written: str, tmp_path: Path) -> None:
    text = TEXT.replace("at: at", f"at: at, date_format: {form}")
    history, _ = imported(tmp_path, text, moves=LOG.format(written))
    assert visits_of(history)[0][2] == "2026-01-05"
    assert "is no date in the form" in problems_of(tmp_path, text, moves=LOG.format("2026 or so"))


def test_an_hour_that_came_twice_or_never_is_some_hour_of_its_day(tmp_path: Path) -> None:
    log = "deal,at,to\na,2026-03-29 02:30:00,demo\na,2026-10-25 02:30:00,quote\n"
    history, _ = imported(tmp_path, TEXT + "timezone: Europe/Berlin\n", moves=log)
    assert [row[2] for row in visits_of(history)] == ["2026-03-29", "2026-10-25"]


def test_stamps_without_a_zone_are_local_or_of_the_stated_zone_and_both_are_told(tmp_path: Path) -> None:
    text = TEXT + "timezone: Asia/Shanghai\n"
    history, report = imported(tmp_path, text, moves=LOG.format("2026-01-05 20:00:00"))
    assert visits_of(history)[0][2] == "2026-01-05"
    assert [n.values for n in report.notes if n.name == "stamps_without_zone"] == [
        {"part": "events", "n": 1, "zone": ""}
    ]
    history, report = imported(tmp_path, text.replace("at: at", "at: at, zone: UTC"))
    assert visits_of(history)[0][2] == "2026-01-06"
    mixed = LOG.format("2026-01-05 20:00:00") + "a,2026-01-09T08:00:00Z,quote\n"
    assert defects_of(imported(tmp_path, text, moves=mixed)[1])["mixed_zones"] == (1, "kept")


def test_a_record_that_reaches_beyond_today_must_say_where_it_ends(tmp_path: Path) -> None:
    log = LOG.format("2026-01-05") + "a,2026-01-09,quote\nb,2026-01-06,demo\nb,2999-12-31,lost\n"
    assert "stamps up to 2999-12-31, after today; state observed" in problems_of(tmp_path, TEXT, moves=log)
    history, report = imported(tmp_path, TEXT + "observed: 2026-01-01..2026-01-31\n")
    assert deals_of(history)[1] == ("b", "2026-01-06", "open", "", "")
    assert defects_of(report) == {"future_exits": (1, "opened")}


@pytest.mark.parametrize(
    "end", ["9999-12-31", "9999-12-31 23:59:59", "9999-12-31T23:59:59-12:00", "2050-01-01 00:00:00"]
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_day_that_means_never_is_open(end: str, zone: str, tmp_path: Path) -> None:
    text = "visits: {file: m.csv, deal: deal, stage: stage, entered: since, exit: to, left: until}\n" + STAGES + HEAD
    table = f"deal,stage,since,to,until\na,demo,2026-01-05,,{end}\nb,demo,2026-01-05,quote,{end}\n"
    history, report = imported(tmp_path, text + f"observed: ..2026-01-31\ntimezone: {zone}\n", m=table)
    assert visits_of(history) == [(one, "demo", "2026-01-05", "open", "") for one in "ab"]
    assert sum(n for n, _ in defects_of(report).values()) == 2


@pytest.mark.parametrize("written", ["2026", "2026-01-01", "2026-01-01..2026-13-01", "2026-02-01..2026-01-01", ".."])
def test_a_span_that_is_none_is_refused(written: str, tmp_path: Path) -> None:
    assert "observed" in problems_of(tmp_path, TEXT + f'observed: "{written}"\n', moves=EVENTS)


# ---- money


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("currency: EUR\n", ""), "no `currency`; state it"),
        (("unit: 1\n", ""), "no `unit`; state it"),
        (("EUR", "euro"), "is no currency"),
        (("unit: 1", "unit: 百万"), "is no unit; take one of"),
        (("owner: owner", "owner: owner, currency: owner"), "count in Ann, Bob, the history in EUR"),
    ],
)
def test_money_is_never_guessed(change: tuple[str, str], told: str, tmp_path: Path) -> None:
    text = (SHAPES["events"] + DEALS_PART + STAGES + HEAD).replace(*change)
    assert told in problems_of(tmp_path, text, moves=EVENTS, deals=DEALS)


def test_thousands_are_parted_only_where_it_is_stated(tmp_path: Path) -> None:
    deals = 'id,created,amount\na,2026-01-05,"1,234.5"\nb,2026-01-05,1e3\nc,2026-01-05,-5\n'
    text = "deals: {file: deals.csv, id: id, created: created, amount: amount}\n" + HEAD
    assert "'1,234.5' is no plain number" in problems_of(tmp_path, text, deals=deals)
    history, report = imported(tmp_path, text.replace("amount}", 'amount, thousands: ","}'))
    assert history.deals.amount.tolist() == [1234.5, 1000, -5]
    assert defects_of(report)["negative_amounts"] == (1, "kept")
    for wrong in ("nan", "inf", "1e999", "9" * 400, "12 €", "０"):
        assert "is no plain number" in problems_of(
            tmp_path, text, deals=f"id,created,amount\na,2026-01-05,{wrong}\n"
        ), wrong


# ---- ids and names


def test_ids_are_texts_and_kept_as_they_are(tmp_path: Path) -> None:
    ids = ["007", "7", "7.0", "1e5", "=HYPERLINK(1)", "商机-①", "a'b", "\u202eabc", "NA", "nan", "None", "true"]
    log = "deal,at,to\n" + "".join(f"{one},2026-01-05,demo\n" for one in ids)
    deals = "id,created\n" + "".join(f"{one},2026-01-05\n" for one in ids)
    part = "deals: {file: deals.csv, id: id, created: created}\n"
    history, _ = imported(tmp_path, SHAPES["events"] + part + STAGES + HEAD, moves=log, deals=deals)
    assert history.deals.id.tolist() == ids
    assert len(history.visits) == len(ids)


def test_unknown_names_are_listed_with_suggestions(tmp_path: Path) -> None:
    log = EVENTS.replace("quote", "Quote").replace("signed", "signd").replace("close", "审批")
    told = problems_of(tmp_path, TEXT, moves=log)
    assert "moves.csv:3: events: 'Quote' (2 rows) is no stage and no outcome; did you mean 'quote'?" in told
    assert "'signd' (1 rows) is no stage and no outcome; did you mean 'signed'?" in told
    assert "'审批' (1 rows) is no stage and no outcome; add it to stages" in told
    history, report = imported(tmp_path, TEXT, allow_unmapped=True)
    assert left_out_of(report) == {"events unmapped": 4}
    assert deals_of(history)[0] == ("a", "2026-01-05", "open", "", "")


def test_rows_without_an_id_a_stage_or_a_date_are_counted(tmp_path: Path) -> None:
    log = EVENTS + ",2026-01-05,demo\na,,close\nb,2026-01-08,\nx,2026-01-08,demo\n"
    history, report = imported(tmp_path, SHAPES["events"] + DEALS_PART + STAGES + HEAD, moves=log, deals=DEALS)
    assert left_out_of(report) == {"events no_stage": 1, "events no_date": 1, "events no_deal": 2}
    assert defects_of(report)["visits_without_deal"] == (2, "dropped")
    assert visits_of(history) == WANTED


def test_a_name_that_means_two_things_is_refused(tmp_path: Path) -> None:
    told = problems_of(tmp_path, SHAPES["events"] + "stages: [demo, demo]\nwon: [x]\nlost: [x]\n" + HEAD, moves=EVENTS)
    assert "stages: 'demo' appears twice" in told
    assert "lost: 'x' is among won too; a name means one thing: keep it in one of them" in told
    told = problems_of(tmp_path, DEALS_PART + "stages: [open]\nopen: [open]\n" + HEAD, deals=DEALS)
    assert "open: 'open' is among stages too" in told
    assert "call the only stage of deals without moves as you like" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, "no table; state one of"),
        (SHAPES["events"] + SHAPES["milestones"] + STAGES + HEAD, "keep the one that tells the moves"),
        (SHAPES["events"] + HEAD, "no `stages`; list them in order"),
        ("events: {file: moves.csv, deal: deal}\n" + STAGES + HEAD, "no `at`, `to`; name the column"),
        ("events: {deal: deal, at: at, to: to}\n" + STAGES + HEAD, "states no file; state one of file"),
        ("events: moves.csv\nstages: CONFIRM\n" + HEAD, "still says CONFIRM"),
        (TEXT + "timezone: Mars\n", "'Mars' is no timezone"),
        (TEXT.replace("at: at", "at: at, zone: Mars"), "'Mars' is no timezone"),
        (TEXT.replace("at: at", "at: at, date_format: dmy"), "is no form of dates"),
        (TEXT.replace("at: at", "at: at, when: at"), "events.when: no such key"),
        (TEXT + "stage: [a]\n", "no such key; did you mean 'stages'?"),
        (TEXT.replace("at: at", "at: at, where: {kind: x}"), "has no column 'kind'"),
        (TEXT.replace("at: at", "at: at, where: {to: Demo}"), "no row has to Demo; did you mean 'demo'?"),
        ("milestones: {file: moves.csv, id: deal}\n" + STAGES + HEAD, "write columns: {STAGE: column"),
        ("snapshots: {file: moves.csv, deal: deal, stage: to}\n" + STAGES + HEAD, "no `as_of`"),
    ],
)
def test_a_contract_that_says_too_little_or_too_much_is_refused(text: str, told: str, tmp_path: Path) -> None:
    assert told in problems_of(tmp_path, text, moves=EVENTS)


def test_a_stay_that_ended_nobody_knows_where_is_refused(tmp_path: Path) -> None:
    text = "visits: {file: moves.csv, deal: deal, stage: stage, entered: since, left: until}\n" + STAGES + HEAD
    table = "deal,stage,since,until\na,demo,2026-01-05,2026-01-09\n"
    assert "1 deals left their last stage, and nothing says where to (a, ..)" in problems_of(
        tmp_path, text, moves=table
    )
    deals = "deals: {file: deals.csv, id: id, outcome: how}\n"
    history, _ = imported(tmp_path, text + deals, moves=table, deals="id,how\na,won\n")
    assert visits_of(history) == [("a", "demo", "2026-01-05", "won", "2026-01-09")]


# ---- workbooks and Parquet


def workbook(table: str, **more: str) -> bytes:
    """Return an Excel workbook with a sheet of typed cells for each CSV text."""
    sheets = {"log": table, **more}
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{i}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
            f' Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        + '<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"'
        ' Target="styles.xml"/></Relationships>',
        "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        **{f"xl/worksheets/sheet{i}.xml": _sheet(text) for i, text in enumerate(sheets.values(), 1)},
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return held.getvalue()


def _sheet(table: str) -> str:
    def cell(text: str, at: str) -> str:
        day = pd.to_datetime(text, errors="coerce", format="%Y-%m-%d")
        if not pd.isna(day):
            return f'<c r="{at}" s="1"><v>{(day - pd.Timestamp("1899-12-30")).days}</v></c>'
        if text.isdecimal():
            return f'<c r="{at}"><v>{text}</v></c>'
        return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'

    rows = [line.split(",") for line in table.splitlines()]
    body = "".join(
        f'<row r="{i}">' + "".join(cell(text, f"{'ABCDEFG'[j]}{i}") for j, text in enumerate(row)) + "</row>"
        for i, row in enumerate(rows, 1)
    )
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{body}</sheetData></worksheet>"
    )


XLSX = TEXT.replace("moves.csv", "moves.xlsx")


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    log = EVENTS.replace("a,", "17,")
    history, _ = imported(tmp_path, XLSX, **{"moves.xlsx": workbook(log)})
    assert visits_of(history) == [(row[0].replace("a", "17"), *row[1:]) for row in WANTED]


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    two = {"moves.xlsx": workbook(EVENTS, other="x,y\n1,2\n")}
    assert "has the sheets log, other; state sheet: NAME" in problems_of(tmp_path, XLSX, **two)
    assert "has no sheet 'Log'; it has log, other" in problems_of(
        tmp_path, XLSX.replace("at: at", "at: at, sheet: Log")
    )
    history, _ = imported(tmp_path, XLSX.replace("at: at", "at: at, sheet: log"))
    assert visits_of(history) == WANTED


def test_days_that_lost_their_format_in_a_workbook_are_refused(tmp_path: Path) -> None:
    log = LOG.format("46027")
    told = problems_of(tmp_path, XLSX, **{"moves.xlsx": workbook(log)})
    assert "moves.xlsx, row 1: events.at: '46027' looks like a day number of Excel" in told


def test_a_workbook_that_unfolds_too_far_is_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("big", "w") as file:
        for _ in range(520):
            file.write(bytes(2**20))
    assert "unpacks to more than the 512 MB" in problems_of(tmp_path, XLSX, **{"moves.xlsx": held.getvalue()})


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    table = pd.read_csv(io.StringIO(EVENTS))
    held = io.BytesIO()
    stamps = pd.to_datetime(table["at"] + " 12:00").dt.tz_localize("Europe/Berlin")
    columns = {"deal": table["deal"].astype("category"), "at": stamps, "to": table["to"]}
    pa.parquet.write_table(pa.Table.from_pandas(pd.DataFrame(columns)), held)
    history, report = imported(tmp_path, TEXT.replace("moves.csv", "m.parquet"), **{"m.parquet": held.getvalue()})
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS
    assert report.tables[0].rows == 8


def test_several_files_are_one_table_and_places_count_on(tmp_path: Path) -> None:
    head, *rows = EVENTS.splitlines()
    halves = {"m1": "\n".join([head, *rows[:4]]) + "\n", "m2": "\n".join([head, "", *rows[4:], "a,soon,demo"]) + "\n"}
    text = TEXT.replace("file: moves.csv", "files: [m1.csv, m2.csv]")
    assert "m2.csv:7: events.at: 'soon'" in problems_of(tmp_path, text, **halves)
    path = write(tmp_path, text, m2=halves["m2"].replace("a,soon,demo\n", ""))
    assert visits_of(load_history(path)[0]) == WANTED
