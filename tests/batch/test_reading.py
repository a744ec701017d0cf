import duckdb
import numpy as np
import pandas as pd
import pytest

from funnelsim.analysis.answer import forecast
from funnelsim.batch.local import Threads
from funnelsim.batch.reading import Question, chosen, pivot, points, results, rows_of
from funnelsim.batch.run import run_batch
from funnelsim.batch.store import read_store
from funnelsim.config.sweep import load_sweep
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError

FIRST, QUOTE = "stages.接洽.win_rate", "stages.报价.win_rate"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    from batch_cases import BASE, SWEEP

    folder = tmp_path_factory.mktemp("sweep")
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    run_batch(load_sweep(folder / "sweep.yaml"), folder / "store", workers=Threads(1))
    return read_store(folder / "store")


def test_a_row_is_the_forecast_of_its_case(kept):
    sweep = load_sweep(kept.folder.parent / "sweep.yaml")
    told = forecast(simulate(sweep.case(7), trials=500, seed=7))
    row = results(kept).loc[7]
    total = told.measures["bookings"].total
    assert (row["mean"], row["sd"], row["p10"], row["p90"]) == (
        total.mean, total.sd, total.quantiles["p10"], total.quantiles["p90"]
    )  # fmt: skip
    assert row["chance bookings 150 total"] == told.targets[0].chance
    assert row["chance bookings 100 by 2026-12-31"] == told.targets[1].chance


def test_periods_and_groups_are_asked_for_by_name(kept):
    north = results(kept, Question("bookings", "total", "segment", "north"))
    south = results(kept, Question("bookings", "total", "segment", "south"))
    np.testing.assert_allclose(north["mean"] + south["mean"], results(kept)["mean"], rtol=1e-12)
    quarters = [results(kept, Question("wins", label))["mean"] for label in ("2026Q4", "2027Q1")]
    np.testing.assert_allclose(sum(quarters), results(kept, Question("wins"))["mean"], rtol=1e-12)


def test_what_varies_is_read_as_numbers(kept):
    frame = points(kept)
    assert frame[FIRST].tolist() == [0.2] * 4 + [0.25] * 4 + [0.3] * 4
    assert frame[QUOTE].tolist() == [0.45, 0.5, 0.55, 0.6] * 3


def test_shared_seeds_make_a_better_rate_better_in_every_case(kept):
    table = pivot(results(kept), FIRST, QUOTE, "mean")
    assert (np.diff(table.to_numpy(), axis=1) > 0).all()
    assert table.shape == (3, 4)


def test_rows_are_chosen_by_value(kept):
    assert chosen(results(kept), {FIRST: "0.25"})["case_number"].tolist() == [4, 5, 6, 7]
    with pytest.raises(InputError, match=r"no case has stages.接洽.win_rate = 0.99; there are 0.2, 0.25, 0.3"):
        chosen(results(kept), {FIRST: "0.99"})
    with pytest.raises(InputError, match="no column 'x'"):
        chosen(results(kept), {"x": "1"})


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Question("winz"), "no 'winz'; there are bookings, wins"),
        (Question(period="2030Q1"), "no '2030Q1'; there are 2026Q4, 2027Q1, total"),
        (Question(axis="segment", group="west"), "no 'west'; there are north, south"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(kept, question, told):
    with pytest.raises(InputError, match=told):
        results(kept, question)


def test_duckdb_reads_the_files_as_they_lie(kept):
    rows, varies = (duckdb.read_parquet(f"{kept.folder}/{name}") for name in ("cases/*/*.parquet", "points.parquet"))
    totals = rows.filter("question = 'sum' and measure = 'bookings' and period = 'total' and group_axis is null")
    found = varies.join(totals, "case_number").order("case_number").df()
    assert found["mean"].tolist() == results(kept)["mean"].tolist()
    assert found[QUOTE].tolist() == ["45%", "50%", "55%", "60%"] * 3


def test_every_row_of_every_case_can_be_read(kept):
    frame = rows_of(kept)
    # two measures, in all and in two segments, in two quarters and in total; two targets
    assert len(frame) == 12 * (2 * 3 * 3 + 2)
    assert isinstance(frame, pd.DataFrame)


def test_a_folder_without_a_store_is_told(tmp_path):
    with pytest.raises(InputError, match="holds no store"):
        read_store(tmp_path)


def kept_of(folder, targets):
    from batch_cases import BASE, SWEEP

    base = BASE.replace("targets: [150, {amount: 100, by: 2026-12-31}]\n", targets)
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    run_batch(load_sweep(folder / "sweep.yaml", trials=50), folder / "store", workers=Threads(1))
    return read_store(folder / "store")


def test_a_sweep_without_targets_is_read(tmp_path):
    frame = results(kept_of(tmp_path, ""))
    assert len(frame) == 12
    assert not [name for name in frame if name.startswith("chance")]


def test_targets_that_differ_in_the_last_digit_stay_apart(tmp_path):
    frame = results(kept_of(tmp_path, "targets: [1234567, 1234568, 150, 150.0001]\n"))
    assert [name for name in frame if name.startswith("chance")] == [
        f"chance bookings {amount} total" for amount in ("1234567", "1234568", "150", "150.0001")
    ]


def test_a_pivot_of_one_column_twice_or_of_texts_is_told(kept):
    with pytest.raises(InputError, match="name two columns"):
        pivot(results(kept), FIRST, FIRST, "mean")
    frame = results(kept).assign(word="x")
    with pytest.raises(InputError, match="holds texts"):
        pivot(frame, FIRST, QUOTE, "word")


def test_a_store_without_its_points_is_told(tmp_path):
    kept = kept_of(tmp_path, "")
    (kept.folder / "points.parquet").unlink()
    with pytest.raises(InputError, match=r"points\.parquet: absent or damaged"):
        results(kept)
