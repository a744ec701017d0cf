"""`funnelsim fit` and `funnelsim forecast`: from a history to a case that runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats

from funnelsim.analysis.record import record_of
from funnelsim.cli import commands
from funnelsim.cli.spans import HorizonOption
from funnelsim.config import load
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError
from funnelsim.fitting import windows
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.fitted import fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.windows import Window, window_at
from funnelsim.history.record import History, day_of
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight
from funnelsim.model.horizon import Horizon
from funnelsim.report.history_folder import tables_of, yaml_of
from funnelsim.report.published_schemas import PUBLISHED

START = day_of(date(2026, 1, 1))
AS_OF = "2026-10-05"


def company() -> History:
    table = straight((0.6, 0.5), [stats.expon(scale=4), stats.gamma(2, scale=8)])
    return make(Company(table, deals_per_day=4, n_days=330, first=START), seed=3)[0]


@pytest.fixture(scope="module")
def history_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pyarrow import parquet

    folder = tmp_path_factory.mktemp("history")
    for name, table in tables_of(company()).items():
        parquet.write_table(table, folder / f"{name}.parquet")
    (folder / "history.yaml").write_text(yaml_of(company(), "made up"), encoding="utf-8")
    return folder / "history.yaml"


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, list(words))


def test_a_fit_writes_a_case_whose_law_is_the_forecasters(history_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit"
    done = call("fit", str(history_file), "--as-of", AS_OF, "--horizon", "1 month", "--seed", "1", "--out", str(out))
    assert done.exit_code == 0, done.output
    case = load(out / "case.yaml")
    seen = Forecaster(company(), 1).outlook(day_of(date(2026, 10, 5)), 27, n_samples=4000)
    assert len(case.pipeline.deals) == len(seen.expected.standing.deal)
    law = exact(replace(case, sources=())).total("wins")
    wins = seen.of("open_wins")
    # two sets of posterior draws: 200 in the case, 100 in the outlook; z = 4 on the error of their means
    between = seen.expected.open_chance[:, len(seen.expected.u) // 2] @ seen.expected.standing.size
    error = between.std() * (1 / 200 + 1 / 100) ** 0.5 + wins.std() / 4000**0.5
    assert abs(law.mean - wins.mean()) < 4 * error
    assert law.sd == pytest.approx(wins.std(), rel=0.15)  # of the same shock, drawn from other posterior draws
    assert abs(law.mean - 0.9 * wins.mean()) > 4 * error  # a tenth off would be seen


def test_what_was_won_in_the_period_already_is_booked(history_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit"
    done = call("fit", str(history_file), "--as-of", AS_OF, "--horizon", "1 quarter", "--seed", "1", "--out", str(out))
    assert done.exit_code == 0
    deals = company().deals
    booked = (deals.outcome == -1) & (deals.closed >= day_of(date(2026, 10, 1))) & (deals.closed < START + 277)
    assert load(out / "case.yaml").booked_total == pytest.approx(np.round(deals.amount[booked], 2).sum(), abs=0.01)


def test_the_same_seed_writes_the_same_tables(history_file: Path, tmp_path: Path) -> None:
    words = ("fit", str(history_file), "--as-of", AS_OF, "--horizon", "1 month", "--out")
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert call(*words, str(tmp_path / name), "--seed", seed).exit_code == 0
    a, b, c = ((tmp_path / name / "tables.parquet").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_forecast_carries_its_track_record_and_what_it_was_made_from(history_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "board"
    done = call(
        "forecast", str(history_file), "--as-of", AS_OF, "--horizon", "1 month", "--trials", "200", "--seed", "1",
        "--out", str(out), "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    PUBLISHED["forecast"].model_validate(told, strict=True)
    assert told["schema"] == "funnelsim.history_forecast/1"
    assert told["forecast"]["as_of"] == told["fit"]["as_of"] == AS_OF
    record = {one["measure"]: one for one in told["track"]}
    assert 13 <= record["open_wins"]["windows"] <= 26
    assert 0 <= record["open_wins"]["hits"] <= record["open_wins"]["windows"]
    assert (out / "case" / "case.yaml").is_file()
    assert (out / "run" / "forecast.json").is_file()


def test_the_track_record_reads_nothing_of_later_days() -> None:
    history, day = company(), START + 200
    told, cut = (record_of(Forecaster(h, 1), day, 30) for h in (history, history.known_at(day)))
    assert told is not None
    assert cut is not None
    assert told.as_json()["origins"] == cut.as_json()["origins"]
    assert max(origin.day for origin in told.origins) == day - 35  # the last that is whole weeks before, and over
    assert record_of(Forecaster(history, 1), START + 40, 30) is None  # no window was over


def test_the_track_record_takes_over_the_past_that_the_fit_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: list[tuple[int, int]] = []

    def counted(chronicle: Chronicle, start: int, n_days: int, seed: int) -> Window:
        worked_out.append((start, n_days))
        return window_at(chronicle, start, n_days, seed)

    monkeypatch.setattr(windows, "window_at", counted)
    history, day = company(), START + 250
    shared, as_of = Forecaster(history, 1), date(2026, 1, 1) + timedelta(250)
    fit(shared, as_of, as_of + timedelta(30), as_of, n_draws=4)
    seen = len(worked_out)
    after = record_of(shared, day, 30, threads=2)
    assert after is not None
    # of its own length only the windows to come of its own days are new, and shorter ones that lie further back
    earliest = min(start for start, n_days in worked_out[:seen] if n_days == 7)
    fresh = set(worked_out[seen:])
    assert {key for key in fresh if key[1] == 30} <= {(origin.day, 30) for origin in after.origins}
    assert all(start < earliest for start, n_days in fresh if n_days < 30)
    assert len(worked_out) == len(set(worked_out))
    alone = record_of(Forecaster(history, 1), day, 30)
    assert alone is not None
    assert alone.as_json() == after.as_json()


@pytest.mark.parametrize(
    ("said", "periods", "span"),
    [("2 quarters", 2, "quarter"), ("1 month", 1, "month"), ("2 季度", 2, "quarter"), ("3个月", 3, "month")],
)
def test_a_horizon_is_a_number_of_periods_in_either_language(said: str, periods: int, span: str) -> None:
    assert HorizonOption().convert(said, None, None) == Horizon(periods, span)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("--horizon 2fortnights", "no horizon"),
        ("--horizon '0 months'", "no horizon"),
        ("--as-of 2020-01-01", "outside the records"),
        ("--as-of soon", "does not match"),
    ],
)
@pytest.mark.parametrize("command", ["fit", "forecast"])
def test_bad_options_are_refused_with_a_reason(
    command: str, options: str, reason: str, history_file: Path, tmp_path: Path
) -> None:
    import shlex

    done = call(command, str(history_file), "--out", str(tmp_path / "out"), *shlex.split(options))
    if isinstance(done.exception, InputError):  # the front door turns these into exit 2
        assert reason in str(done.exception)
    else:
        assert done.exit_code == 2
        assert reason in done.output
    assert not (tmp_path / "out").exists()
