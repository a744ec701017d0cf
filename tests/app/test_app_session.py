"""A visitor's session: right answers, the last good one on bad input, and files that give the same figures again."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from served import ROOT

from funnelsim.analysis.answer import forecast
from funnelsim.app import answers, downloads
from funnelsim.app.answers import Answerer, is_quick_exactly
from funnelsim.app.draft import Draft
from funnelsim.app.session import Session
from funnelsim.app.start import origin_of
from funnelsim.cli import commands
from funnelsim.config import load
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.report.words import Words

CONFIGS = ROOT / "configs"
PLAIN, TIMED = CONFIGS / "weighted_pipeline_2685.yaml", CONFIGS / "weighted_pipeline_2685_timed.yaml"
QUOTE = "stages.方案报价.win_rate"


def session_of(path: Path, trials: int | None = None) -> Session:
    session = Session.of(origin_of(path))
    if trials is not None:
        session.choose("simulate", trials)
    return session


def told_by(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(commands, list(words))
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("measures", "groups", "targets", "distribution", "engine", "trials")}


def run_again(session: Session, folder: Path) -> dict[str, Any]:
    """Return what the command line says of the file that is handed out, by the command that stands in it."""
    answer = session.answer()
    assert answer is not None
    name, content = downloads.config_file(session, answer)
    if name.endswith(".zip"):
        ZipFile(io.BytesIO(content)).extractall(folder)
        name = session.bench.name
    else:
        (folder / name).write_bytes(content)
    head = (folder / name).read_text("utf-8").splitlines()[0]
    words = head.removeprefix("# funnelsim ").replace(name, str(folder / name)).split()
    return figures(told_by(*words, "--json"))


@pytest.mark.parametrize(
    ("path", "moved", "edits", "trials"),
    [
        (PLAIN, {QUOTE: 55.0, "targets.0.amount": 2500.0}, (), None),
        (TIMED, {QUOTE: 55.0, "shock.rho": 12.0}, (("初步接洽#1", "amount", 400.0),), 1000),
        (CONFIGS / "consultative_sales.yaml", {}, (("华东-数据平台", "opinions.rep", 0.6),), None),
        (CONFIGS / "consultative_sales.yaml", {"shock.rho": 7.0}, (), 500),
    ],
)
def test_what_is_handed_out_gives_the_same_figures_at_the_command_line(
    path: Path, moved: dict[str, float], edits: tuple[Any, ...], trials: int | None, tmp_path: Path
) -> None:
    session = session_of(path, trials)
    if path.stem == "consultative_sales" and moved:
        session.take("by their record")
    for key, value in moved.items():
        session.move(key, value)
    session.edit(edits)
    answer = session.answer()
    assert answer is not None
    assert session.problems == ()
    assert run_again(session, tmp_path) == figures(json.loads(json.dumps(answer.as_json())))


def test_an_answer_is_that_of_the_same_settings() -> None:
    session = session_of(PLAIN)
    session.move(QUOTE, 55.0)
    told = forecast(exact(load(PLAIN, [f"{QUOTE}=55%"])))
    answer = session.answer()
    assert answer is not None
    assert answer.measures == told.measures
    assert answer.measures != forecast(exact(load(PLAIN))).measures


def test_ten_visitors_at_a_time_get_their_own_answers() -> None:
    together = Barrier(10)

    def visit(n: int) -> float:
        together.wait(240)
        return visit_alone(n)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(visit, range(1, 11)))
    assert found == [visit_alone(n) for n in range(1, 11)]
    assert len(set(found)) == 10


def visit_alone(n: int) -> float:
    session = session_of(PLAIN, trials=500)
    session.move(QUOTE, 60.0 + n)
    told = session.answer()
    assert told is not None
    return told.bookings.total.mean


def test_the_last_good_answer_stays_and_the_problem_stands_at_its_lever() -> None:
    session = session_of(PLAIN)
    good = session.answer()
    session.move(QUOTE, 85.0)  # above the 80 % of the stage after it
    assert session.answer() is good
    assert "would exceed 1" in session.problems_at(QUOTE)[0]
    assert session.problems_at("shock.rho") == session.other_problems() == []
    session.undo()
    assert session.answer() is good
    assert session.problems == ()


def test_a_problem_of_an_edited_deal_is_told_as_well() -> None:
    session = session_of(CONFIGS / "consultative_sales.yaml")
    session.answer()
    session.edit((("华东-数据平台", "opinions.rep", 1.0),))
    assert session.answer() is not None
    assert any("certainty" in told for told in session.other_problems())


def test_reset_and_scenarios_are_steps_that_can_be_undone() -> None:
    session = session_of(TIMED)
    session.move(QUOTE, 55.0)
    changed = session.draft
    session.reset()
    assert session.draft == Draft()
    session.undo()
    assert session.draft == changed
    session.take("better quotes")
    assert session.levers["stages.方案报价.conversion"].base == pytest.approx(80.0)
    session.undo()
    assert session.draft == changed


def test_saved_scenarios_are_compared_in_the_same_futures_as_the_command_does(tmp_path: Path) -> None:
    session = session_of(PLAIN, 2000)
    session.save("as it is")
    session.move(QUOTE, 65.0)
    session.save("better quotes")
    found = session.compared(["as it is", "better quotes"])
    name, content = downloads.scenarios_file(session)
    (tmp_path / name).write_bytes(content)
    told = told_by(
        "compare", str(tmp_path / name), "--against", "as it is", "--trials", "2000", "--seed", "7",
        "--no-waterfall", "--json",
    )  # fmt: skip
    pair = next(one for one in told["against_first"] if one["name"] == "better quotes")
    assert pair["mean"] == found.pairs[0].mean
    assert found.pairs[0].mean == pytest.approx(27 * 50 * 0.05, abs=4 * found.pairs[0].mean_se)
    assert found.pairs[0].gain > 3  # the luck is shared
    with pytest.raises(InputError, match="two or more"):
        session.compared(["as it is"])


def test_a_scenario_needs_a_name() -> None:
    session = session_of(PLAIN)
    with pytest.raises(InputError, match="name"):
        session.save("  ")
    session.save(" two   words ")
    assert list(session.saved) == ["two words"]
    session.forget("two words")
    assert session.saved == {}


def test_exact_laws_answer_where_they_are_quick_and_trials_elsewhere() -> None:
    assert is_quick_exactly(load(PLAIN))
    assert is_quick_exactly(load(CONFIGS / "reference_timed.yaml"))
    assert not is_quick_exactly(load(TIMED))  # beliefs
    assert not is_quick_exactly(load(CONFIGS / "capacity_team.yaml"))
    answer = Answerer(7, "simulate", 300).forecast(load(PLAIN))
    assert (answer.engine, answer.trials, answer.seed) == ("simulate", 300, 7)
    assert answer.measures == forecast(simulate(load(PLAIN), trials=300, seed=7)).measures


def test_as_many_trials_are_run_as_fit_into_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {1: 0.0, 500: 0.05, 1_000: 0.1, 2_000: 0.2, 5_000: 0.5}
    monkeypatch.setattr(answers, "_timed", lambda _case, n, _seed: times[n])
    assert answers.trials_that_fit(load(PLAIN), 7, seconds=0.35) == 2_000
    monkeypatch.setattr(answers, "_timed", lambda _case, _n, _seed: 9.0)
    assert answers.trials_that_fit(load(PLAIN), 7, seconds=0.35) == 500


def test_reports_are_those_of_the_report_room() -> None:
    session = session_of(PLAIN)
    session.move(QUOTE, 55.0)
    session.answer()
    page = downloads.page(session, Words("zh")).decode()
    assert "方案报价" in page
    assert session.sealed().case.origin.config_sha256[:12] in page
    assert downloads.workbook(session, Words("en"))[:2] == downloads.slides(session, Words("en"))[:2] == b"PK"
    answer = session.answer()
    assert answer is not None
    rows = list(csv.DictReader(io.StringIO(downloads.figures(answer).decode("utf-8-sig"))))
    assert answer.bookings.total.mean in {float(row["mean"]) for row in rows}
    assert len(downloads.deals(answer.case).decode("utf-8-sig").splitlines()) == 148


def test_a_formula_in_a_name_stays_a_name() -> None:
    session = session_of(CONFIGS / "consultative_sales.yaml")
    assert downloads._cell("=1+1") == "'=1+1"
    assert downloads._cell(None) == ""
    assert session.base.pipeline.deals[0].id in downloads.deals(session.base).decode("utf-8-sig")
