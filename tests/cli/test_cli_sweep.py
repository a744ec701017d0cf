import json

import pytest

from funnelsim.report.published_schemas import PUBLISHED

SWEEP = """\
sweep: three rates
base: small.yaml
axes:
  first: {set: stages.接洽.win_rate, values: [20%, 25%, 30%]}
  quote: {set: stages.报价.win_rate, values: [50%, 60%]}
trials: 300
"""
FIRST, QUOTE = "stages.接洽.win_rate", "stages.报价.win_rate"


@pytest.fixture
def sweep(config, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


@pytest.fixture
def store(cli, sweep, tmp_path):
    assert cli("sweep", sweep, "--out", tmp_path / "store")[0] == 0
    return tmp_path / "store"


def test_a_sweep_tells_what_it_made_and_what_was_there(cli, sweep, tmp_path):
    first = cli("sweep", sweep, "--out", tmp_path / "store", "--workers", 1)
    assert (first[0], first[2]) == (0, "")
    assert first[1].startswith(f"6 of 6 cases are in {tmp_path / 'store'}: 6 worked out in ")
    assert ", 6 were there" in cli("sweep", sweep, "--out", tmp_path / "store")[1]


def test_a_dry_run_counts_and_times_and_keeps_nothing(cli, sweep, tmp_path):
    before = sorted(tmp_path.iterdir())
    code, out, _ = cli("sweep", sweep, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "6 cases (3 first x 2 quote) of 300 trials")
    assert "3 cases timed" in out.splitlines()[1]
    told = json.loads(cli("sweep", sweep, "--dry-run", "--json")[1])
    assert (told["cases"], told["timed"]) == (6, 3)
    assert told["seconds_each"] > 0
    assert sorted(tmp_path.iterdir()) == before


def test_json_is_a_line_for_each_case_and_one_at_the_end(cli, sweep, tmp_path):
    lines = [json.loads(line) for line in cli("sweep", sweep, "--out", tmp_path / "s", "--json")[1].splitlines()]
    PUBLISHED["sweep-told"].model_validate(lines[-1], strict=True)
    assert sorted(line["case"] for line in lines[:-1]) == list(range(6))
    last = lines[-1]
    assert (last["schema"], last["done"], last["left"], last["problems"]) == ("funnelsim.sweep/1", 6, 0, {})


def test_a_time_limit_leaves_cases_for_the_next_time(cli, sweep, tmp_path):
    code, _, err = cli("sweep", sweep, "--out", tmp_path / "s", "--time-limit", "0s")
    assert (code, err) == (3, "stopped by the time limit; 6 cases are left: the same command goes on\n")
    assert cli("sweep", sweep, "--out", tmp_path / "s")[0] == 0


def test_cases_without_an_answer_are_told_and_end_with_1(cli, config, tmp_path):
    path = tmp_path / "falls.yaml"
    path.write_text(SWEEP.replace("[20%, 25%, 30%]", "[20%, 48%]").replace("[50%, 60%]", "[50%, 45%]"), "utf-8")
    code, out, err = cli("sweep", path, "--out", tmp_path / "s")
    assert (code, out[:12]) == (1, "3 of 4 cases")
    assert err.startswith("case 3: 1 problem\n")
    assert "falls.yaml:4:50: " in err
    assert "win rates must not fall" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--out names the folder"),
        (("--dry-run", "--cluster", "tcp://127.0.0.1:1"), "give --on dask with it"),
        (("--dry-run", "--on", "dask", "--cluster", "x", "--workers", "2"), "leave --workers out"),
        (("--dry-run", "--time-limit", "soon"), "write seconds, minutes or hours"),
    ],
)
def test_options_that_contradict_are_told(cli, sweep, words, told):
    code, _, err = cli("sweep", sweep, *words)
    assert code == 2
    assert told in " ".join(err.split())


def test_a_list_tells_each_store(cli, store):
    code, out, _ = cli("results", "list", store)
    assert (code, out) == (
        0, f"{store}: three rates, 6 of 6 cases of 300 trials, 0 with problems; varies: {FIRST}, {QUOTE}\n"
    )  # fmt: skip
    told = json.loads(cli("results", "list", store, "--json")[1])
    PUBLISHED["results"].model_validate(told, strict=True)
    assert told["stores"][0]["finished"] == 6


def test_cases_are_sorted_and_chosen(cli, store):
    rows = json.loads(cli("results", "show", store, "--sort", "mean", "--json")[1])["rows"]
    assert [row["mean"] for row in rows] == sorted((row["mean"] for row in rows), reverse=True)
    assert rows[0][FIRST] == 0.3
    some = json.loads(cli("results", "show", store, "--where", f"{FIRST}=0.2", "--json")[1])["rows"]
    assert [row["case_number"] for row in some] == [0, 1]
    code, out, _ = cli("results", "show", store, "--top", 2)
    assert code == 0
    assert "2 of 6 cases" in out


def test_a_pivot_is_two_by_two(cli, store):
    rows = json.loads(cli("results", "show", store, "--pivot", f"{FIRST},{QUOTE}", "--json")[1])["rows"]
    assert len(rows) == 3
    assert all(row["0.5"] < row["0.6"] for row in rows)
    assert cli("results", "show", store, "--pivot", "x,y")[0] == 2


def test_cases_stand_side_by_side(cli, store):
    code, out, _ = cli("results", "compare", store, 0, 5)
    assert code == 0
    assert FIRST in out
    assert "less the first" in out
    assert cli("results", "compare", store, 0, 99)[2].count("no finished case 99") == 1


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_every_form_of_export_holds_the_same_figures(cli, store, tmp_path, ending):
    import pandas as pd

    out = tmp_path / f"x.{ending}"
    assert cli("results", "export", store, "--out", out)[0] == 0
    read = {
        "csv": pd.read_csv,
        "xlsx": lambda path: pd.read_excel(path, engine="calamine"),
        "parquet": pd.read_parquet,
    }[ending]
    rows = json.loads(cli("results", "show", store, "--json")[1])["rows"]
    assert read(out)["mean"].tolist() == pytest.approx([row["mean"] for row in rows], rel=1e-12)


def test_an_export_of_everything_holds_periods_and_targets(cli, store, tmp_path):
    import pandas as pd

    assert cli("results", "export", store, "--all", "--out", tmp_path / "all.parquet")[0] == 0
    frame = pd.read_parquet(tmp_path / "all.parquet")
    assert set(frame["question"]) == {"sum", "target"}
    assert set(frame["period"]) == {"2026Q4", "2027Q1", "total"}


def test_names_that_look_like_formulas_stay_texts(cli, config, tmp_path):
    """A segment may be called anything."""
    import pandas as pd

    text = (
        config.read_text("utf-8").replace("amount: 50, age: 3 d}", "amount: 50, age: 3 d, segment: '=1+1'}")
        + "groups: [segment]\n"
    )
    config.write_text(text, encoding="utf-8")
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    assert cli("sweep", tmp_path / "sweep.yaml", "--out", tmp_path / "s")[0] == 0
    assert cli("results", "export", tmp_path / "s", "--all", "--out", tmp_path / "x.csv")[0] == 0
    assert set(pd.read_csv(tmp_path / "x.csv")["group"].dropna()) == {"'=1+1"}
    assert cli("results", "export", tmp_path / "s", "--all", "--out", tmp_path / "x.xlsx")[0] == 0
    assert set(pd.read_excel(tmp_path / "x.xlsx", engine="calamine")["group"].dropna()) == {"=1+1"}


def test_chinese_is_spoken(cli, store):
    shown = cli("results", "show", store, "--lang", "zh")[1]
    for told in ("three rates：签约额, 合计（万元 CNY）", "方案", "承诺值", "6 个方案中的 6 个"):
        assert told in shown
    assert "与首个方案之差" in cli("results", "compare", store, 0, 1, "--lang", "zh")[1]


def test_another_ending_is_refused(cli, store, tmp_path):
    code, _, err = cli("results", "export", store, "--out", tmp_path / "x.docx")
    assert code == 2
    assert "write a name that ends in .csv, .xlsx, .parquet" in err
