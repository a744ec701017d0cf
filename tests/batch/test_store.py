import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
from batch_cases import content_of

from funnelsim.batch.index import NAME, locked, read_index
from funnelsim.batch.local import Processes, Threads
from funnelsim.batch.run import run_batch
from funnelsim.batch.store import case_file, read_store
from funnelsim.config.sweep import load_sweep
from funnelsim.errors import InputError, OutputError


@pytest.fixture
def sweep(folder):
    return load_sweep(folder / "sweep.yaml")


@pytest.fixture
def store(sweep, folder):
    run_batch(sweep, folder / "store", workers=Threads(1))
    return folder / "store"


def test_any_number_of_threads_or_processes_gives_the_same_bytes(sweep, store, folder):
    run_batch(sweep, folder / "two", workers=Threads(2))
    run_batch(sweep, folder / "apart", workers=Processes(2))
    assert content_of(store) == content_of(folder / "two") == content_of(folder / "apart")
    assert len(content_of(store)) == 12 + 2


def test_another_seed_gives_other_bytes(folder, store):
    """The negative control of the test above."""
    run_batch(load_sweep(folder / "sweep.yaml", seed=8), folder / "other", workers=Threads(1))
    assert content_of(store) != content_of(folder / "other")


def test_a_batch_goes_on_where_it_was_stopped(sweep, store, folder):
    part = folder / "part"
    first = run_batch(sweep, part, workers=Threads(1), time_limit=0.0)
    second = run_batch(sweep, part, workers=Threads(1))
    third = run_batch(sweep, part, workers=Threads(1))
    assert first.n_left == 12 - first.n_done > 0
    assert (second.n_found, second.n_done, second.n_left) == (first.n_done, 12 - first.n_done, 0)
    assert (third.n_found, third.n_done) == (12, 0)
    assert content_of(part) == content_of(store)


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_worked_out_again_and_no_other(sweep, store, harm):
    before = content_of(store)
    path = case_file(store, 5)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes({"cut": bytes(content)[:100], "flipped": bytes(content), "empty": b""}[harm])
    outcome = run_batch(sweep, store, workers=Threads(1))
    assert (outcome.damaged, outcome.n_done, outcome.n_found) == ((5,), 1, 11)
    assert content_of(store) == before


@pytest.mark.parametrize("harm", ["removed", "damaged"])
def test_a_lost_index_is_made_again_from_the_files(sweep, store, harm):
    before = content_of(store)
    index = store / NAME
    index.unlink() if harm == "removed" else index.write_bytes(b"nothing of the kind" * 100)
    outcome = run_batch(sweep, store, workers=Threads(1))
    assert (outcome.n_found, outcome.n_done) == (12, 0)
    assert read_store(store).finished == tuple(range(12))
    assert content_of(store) == before


def test_a_damaged_file_is_told_where_the_index_is_lost_too(sweep, store):
    path = case_file(store, 3)
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xFF
    path.write_bytes(content)
    (store / NAME).unlink()
    outcome = run_batch(sweep, store, workers=Threads(1))
    assert (outcome.damaged, outcome.n_found) == ((3,), 11)


def test_leftovers_of_a_killed_run_are_removed(sweep, store):
    part = case_file(store, 3).with_name(".00000003.parquet.part")
    part.write_bytes(b"half")
    run_batch(sweep, store, workers=Threads(1))
    assert not part.exists()


def test_another_batch_is_not_mixed_in(folder, store):
    with pytest.raises(InputError, match="holds another batch: trials differ; give another folder"):
        run_batch(load_sweep(folder / "sweep.yaml", trials=400), store)


def test_changed_data_are_another_batch(folder, store):
    base = folder / "base.yaml"
    base.write_text(base.read_text("utf-8") + "# a remark\n", encoding="utf-8")
    with pytest.raises(InputError, match="base_sha256 differ"):
        run_batch(load_sweep(folder / "sweep.yaml"), store)


def test_a_folder_of_something_else_is_left_alone(sweep, folder):
    mine = folder / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match="holds no store"):
        run_batch(sweep, mine)
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]


def test_a_store_is_held_by_one_process_at_a_time(sweep, store):
    code = (
        "import sys\nfrom pathlib import Path\nfrom funnelsim.batch.index import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match="another process is at work on this store"):
            run_batch(sweep, store)
        assert len(read_index(store)) == 12  # reading goes on
        other.kill()
    assert run_batch(sweep, store).n_found == 12  # a dead process holds nothing


def test_what_holds_the_store_lets_go_of_it(store):
    with locked(store):
        pass
    with locked(store):
        pass


def test_a_folder_that_cannot_be_written_is_told(sweep, folder):
    if os.geteuid() == 0:
        target = folder / "base.yaml" / "store"  # root may write anywhere, but not below a file
    else:
        (folder / "shut").mkdir(mode=0o500)
        target = folder / "shut" / "store"
    with pytest.raises((OutputError, InputError), match=r"not written|holds no store"):
        run_batch(sweep, target)


@contextmanager
def no_file_above(n_bytes):
    """Let no file of this process grow further, as on a disk that is nearly full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("n_bytes", [0, 1_000])
def test_where_no_more_can_be_written_what_was_kept_stays(sweep, store, n_bytes):
    before = content_of(store)
    case_file(store, 5).unlink()
    with (
        no_file_above(n_bytes),
        pytest.raises(OutputError, match=r"written \(.+\); what .* is untouched"),
    ):
        run_batch(sweep, store, workers=Threads(1))
    assert set(content_of(store).items()) < set(before.items())
    assert not list(store.glob("*.damaged"))
    assert len(read_index(store)) == 12  # all times are known still
    outcome = run_batch(sweep, store, workers=Threads(1))
    assert (outcome.n_found, outcome.n_done) == (11, 1)
    assert content_of(store) == before


@pytest.mark.slow
def test_a_full_disk_is_told_and_with_more_room_the_same_command_ends_with_the_same_bytes(store, folder):
    """A disk of 200 kB, nearly half of it taken, in a name space of its own; then 64 MB."""
    disk, copy = folder / "disk", folder / "copy"
    disk.mkdir()
    go_on = f"{sys.executable} -m funnelsim sweep sweep.yaml --workers 1 --out {disk}/store"
    script = f"""
        mount -t tmpfs -o size=200k tmpfs {disk} && mkdir {disk}/store && head -c 90000 /dev/zero > {disk}/ballast
        {go_on}; echo "ended with $?" >&2
        cp -r {disk}/store {copy} && mount -o remount,size=64m {disk} && {go_on} && cp -r {disk}/store {copy}2
    """
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    told = subprocess.run([*alone, "sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    print(told.stderr)
    assert "No space left on device); what was there before is untouched" in told.stderr
    assert "ended with 1" in told.stderr
    assert "Traceback" not in told.stderr
    kept = content_of(copy)
    assert 2 < len(kept) < 12 + 2
    assert set(kept.items()) < set(content_of(store).items())
    assert content_of(folder / "copy2") == content_of(store)


def test_a_case_without_an_answer_is_told_and_the_others_are_kept(written, folder):
    """The fourth value makes the win rate fall, which no single row of an axis shows."""
    path = written(
        "base: base.yaml\naxes:\n  first: {set: stages.接洽.win_rate, values: [20%, 48%]}\n"
        "  quote: {set: stages.报价.win_rate, values: [50%, 45%]}\n"
    )
    outcome = run_batch(load_sweep(path), folder / "store", workers=Threads(1))
    assert outcome.n_done == 3
    assert list(outcome.problems) == [3]
    assert "win_rate" in outcome.problems[3]
    assert read_store(folder / "store").problems == outcome.problems


def test_the_exact_engine_answers_batches_too(written, folder):
    from funnelsim.batch.reading import results

    path = written((folder / "sweep.yaml").read_text("utf-8") + "engine: exact\n", "exact.yaml")
    run_batch(load_sweep(path), folder / "exact")
    frame = results(folder / "exact")
    assert (frame["mean_se"] == 0).all()
    assert len(frame) == 12


def test_what_the_index_knows_has_times_and_memory(store):
    with sqlite3.connect(store / NAME) as connection:
        rows = connection.execute("select seconds, peak_mib, problem from cases").fetchall()
    assert all(seconds > 0 and peak > 0 and problem == "" for seconds, peak, problem in rows)
    entries = read_index(store)
    assert replace(entries[0], seconds=0.0).number == 0
