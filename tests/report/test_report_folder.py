import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from funnelsim.errors import OutputError
from funnelsim.report.folder import MANIFEST, SCHEMA, check_folder, written_whole
from funnelsim.report.run_folder import write_run


class Trials:
    """Trials of a run, as a table."""

    def table(self):
        import pyarrow as pa

        return pa.table({"trial": [0, 1, 2], "bookings": [50.0, 0.0, 100.0]})


def put_run(folder, text="one"):
    with written_whole(folder) as hidden:
        (hidden / "a.txt").write_text(text)
        (hidden / MANIFEST).write_text(json.dumps({"schema": SCHEMA, "files": {"a.txt": {}}}))


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_replaces_an_earlier_run_and_leaves_nothing_beside(tmp_path):
    put_run(tmp_path / "deep" / "run")
    put_run(tmp_path / "deep" / "run", "two")
    assert (tmp_path / "deep" / "run" / "a.txt").read_text() == "two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


@pytest.mark.parametrize("content", [{}, {"notes.txt": "mine"}, {MANIFEST: "{}"}, {MANIFEST: "[1]"}, {MANIFEST: "no"}])
def test_a_folder_that_is_no_run_is_refused_and_kept(tmp_path, content):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text)
    before = tree(folder)
    with pytest.raises(OutputError, match="holds no run"):
        check_folder(folder)
    assert tree(folder) == before


def test_a_run_that_someone_added_to_is_refused(tmp_path):
    put_run(tmp_path / "run")
    (tmp_path / "run" / "my notes.txt").write_text("keep")
    with pytest.raises(OutputError, match=r"my notes\.txt, which no run wrote"):
        put_run(tmp_path / "run", "two")
    assert (tmp_path / "run" / "a.txt").read_text() == "one"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(OutputError, match="no folder"):
        check_folder(tmp_path / "run")


def test_no_permission_is_told_before_anything_is_computed(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "run", Path("/proc/funnelsim/run")):
        with pytest.raises(OutputError, match="not written"):
            check_folder(folder)


def fail_half_way(folder, error):
    with written_whole(folder) as hidden:
        (hidden / "half.txt").write_text("half")
        raise error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bug")])
def test_whatever_goes_wrong_the_earlier_run_stays_and_nothing_is_left(tmp_path, error):
    put_run(tmp_path / "run")
    before = tree(tmp_path)
    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        fail_half_way(tmp_path / "run", error)
    assert tree(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 1


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from funnelsim.errors import OutputError
sys.path.insert(0, sys.argv[2])
from report_cases import case_of, forecast_of
from funnelsim.report.run_folder import write_run
forecast = forecast_of(case_of())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    write_run(forecast, Path(sys.argv[1]))
except OutputError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_a_disk_that_fills_up_leaves_the_earlier_run_as_it_was(tmp_path):
    put_run(tmp_path / "run")
    before = tree(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "run"), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "not written (File too large)" in done.stdout
    assert tree(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_run_holds_its_files_and_the_manifest_vouches_for_them(tmp_path, forecast):
    folder = write_run(forecast, tmp_path / "run", ensemble=Trials(), threads=3)
    files = {"forecast.json", "summary.csv", "trials.parquet", "chart.svg", "chart.png", "report.html"}
    assert set(tree(folder)) == files | {MANIFEST}
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["threads"] == 3
    assert manifest["files"] == {
        name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in tree(folder).items()
        if name != MANIFEST
    }
    stated = json.loads((folder / "forecast.json").read_text(encoding="utf-8"))
    assert stated == json.loads(json.dumps(forecast.as_json()))


def test_only_the_manifest_tells_time_and_threads(tmp_path, forecast):
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    one = tree(write_run(forecast, tmp_path / "one", ensemble=Trials(), started=early, threads=1))
    two = tree(write_run(forecast, tmp_path / "two", ensemble=Trials(), started=late, threads=2))
    assert {name for name in one if one[name] != two[name]} == {MANIFEST}


def test_the_exact_engine_leaves_no_trials(tmp_path, forecasts):
    assert "trials.parquet" not in tree(write_run(forecasts["exact"], tmp_path / "run", language="zh"))


def test_others_may_read_the_folder_as_the_umask_says(tmp_path):
    umask = os.umask(0o022)
    try:
        put_run(tmp_path / "run")
    finally:
        os.umask(umask)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755
