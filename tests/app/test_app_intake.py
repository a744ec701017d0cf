"""An export is recognised, described, read in memory and fitted; nothing else is read, and nothing is left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from funnelsim.app.intake import Ends, Mapped, Upload, described, record_in
from funnelsim.app.session import Session
from funnelsim.app.start import Record, kind_of
from funnelsim.config import load
from funnelsim.config.history import load_history
from funnelsim.errors import InputError
from funnelsim.fitting.fitted import fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.record import date_of
from funnelsim.model.horizon import Horizon
from funnelsim.report.fit_folder import write_fit

MONTH = Horizon(1, "month")


@pytest.fixture(scope="module")
def upload(export_files: list[Path]) -> Upload:
    return Upload({path.name: path.read_bytes() for path in sorted(export_files)})


def guessed(upload: Upload) -> str:
    preset = upload.preset()
    tables = {name: upload.mapped(name, preset) for name in upload.tables}
    return described(tables, upload.ends(tables), preset, "USD", "1", "UTC")


@pytest.fixture(scope="module")
def record(upload: Upload) -> Record:
    return record_in(upload, guessed(upload))


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let temporary files be made in an empty folder, and fail if any stays there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_recognised_by_its_columns(upload: Upload) -> None:
    assert upload.preset() == "salesforce_api"
    log = upload.mapped("OpportunityHistory.csv", "salesforce_api")
    assert log.kind == "events"
    assert {key: log.columns[key] for key in ("deal", "at", "to")} == {
        "deal": "OpportunityId", "at": "CreatedDate", "to": "StageName",
    }  # fmt: skip
    deals = upload.mapped("Opportunity.csv", "salesforce_api")
    assert (deals.kind, deals.columns["id"]) == ("deals", "Id")
    ends = upload.ends({"OpportunityHistory.csv": log, "Opportunity.csv": deals})
    assert (ends.won, ends.lost) == (("Closed Won",), ("Closed Lost",))
    assert len(ends.stages) == 2


def test_an_unknown_table_is_not_guessed() -> None:
    upload = Upload({"any.csv": b"a,b\n1,2\n"})
    assert upload.mapped("any.csv", upload.preset()) == Mapped("", {})
    assert upload.ends({"any.csv": Mapped("", {})}) == Ends()
    with pytest.raises(InputError, match="empty table"):
        Upload({"empty.csv": b""})


def test_the_description_reads_the_same_from_a_folder(upload: Upload, export_files: list[Path], record: Record) -> None:
    description = export_files[0].parent / "history.yaml"
    description.write_text(guessed(upload), encoding="utf-8")
    _, report = load_history(description)
    description.unlink()
    assert report == record.report
    assert record.report.n_deals > 300


def test_a_fit_on_the_page_is_that_of_the_command_and_leaves_nothing_behind(
    record: Record, private: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    origin = record.fit(MONTH, seed=7)
    session = Session.of(origin, record)
    day = date_of(record.history.as_of)
    end, start = MONTH.periods(day)[-1].end, MONTH.current_period_start(day)
    other = write_fit(
        fit(Forecaster(record.history, 7), day, end, start), MONTH, "upload", tmp_path_factory.mktemp("fit") / "a"
    )
    here, there = origin.content, load(other / "case.yaml").origin.content
    assert here == there
    session.choose("simulate", 200)
    answer = session.answer()
    assert answer is not None
    assert session.problems == ()
    assert answer.bookings.total.mean > 0
    assert {lever.section for lever in session.levers.values()} >= {"lever_targets", "lever_amounts", "lever_business"}


def test_the_track_record_tells_of_past_windows(record: Record, private: Path) -> None:
    record.fit(MONTH, seed=7)
    seen: list[tuple[int, int]] = []
    track = record.try_the_past(lambda done, n: seen.append((done, n)))
    assert track is not None
    assert len(track.origins) > 3
    assert seen[-1][0] == seen[-1][1]
    assert record.try_the_past() is track
    assert [track.hits(measure).windows for measure in MEASURES] == [len(track.origins)] * len(MEASURES)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("{file: /etc/passwd}", "without a folder"),
        ("{file: ../secret.csv}", "without a folder"),
        ("{files: ['*.csv']}", "without a folder"),
        ("{file: '${FUNNELSIM_DATA}/a.csv'}", "without a folder"),
        ("{url: secret.db, table: deals}", "a database is not asked"),
        ("{file: absent.csv}", "is not among the files"),
    ],
)
def test_a_description_leads_nowhere_but_to_the_upload(upload: Upload, table: str, told: str) -> None:
    text = f"preset: salesforce_api\nevents: {table}\nstages: [a]\ncurrency: USD\nunit: 1\n"
    with pytest.raises(InputError, match=told):
        record_in(upload, text)


def test_defects_and_wrong_stages_are_told(upload: Upload) -> None:
    preset = upload.preset()
    tables = {name: upload.mapped(name, preset) for name in upload.tables}
    ends = upload.ends(tables)
    text = described(tables, Ends(ends.stages[:1], ends.won, ends.lost), preset, "USD", "1", "UTC")
    with pytest.raises(InputError, match=ends.stages[1]):
        record_in(upload, text)
    report = record_in(upload, text, allow_unmapped=True).report
    assert sum(sum(table.left_out.values()) for table in report.tables) > 0


def test_what_a_file_is_is_told_by_its_keys(config_path: Path, upload: Upload, tmp_path: Path) -> None:
    assert kind_of(config_path) == "config"
    assert kind_of(tmp_path) == "run"
    (tmp_path / "history.yaml").write_text(guessed(upload), encoding="utf-8")
    assert kind_of(tmp_path / "history.yaml") == "history"


def test_a_backtest_shows_how_often_its_intervals_held(record: Record) -> None:
    record.fit(MONTH, seed=7)
    track = record.try_the_past()
    assert track is not None
    hits = track.hits("open_wins")
    assert f">{hits.hits} of {hits.windows}<" in track._repr_html_()
