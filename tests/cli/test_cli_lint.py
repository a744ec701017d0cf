"""Each rule of the lint trips on a config made to trip it, and on no other; a clean config is let be."""

import json
from math import log

import pytest
from ruamel.yaml import YAML

from funnelsim.analysis.lint import RULES, lint, lint_together, median_cycle_days
from funnelsim.config import load
from funnelsim.config.method import TEXT_RULES
from funnelsim.report.decision_contracts import DECISION_CONTRACTS
from funnelsim.report.lint import PARTS
from funnelsim.report.words import PHRASES

CLEAN = """\
case: clean
currency: CNY
unit: 万元
as_of: 2026-10-01
timezone: Asia/Shanghai
horizon: {periods: 3, of: quarter}
stages:
  - name: 接洽
    win_rate: {beta: {won: 50, of: 200, prior: mean}}
    stay: {median: 20 d, p90: 60 d}
    stay_lost: {median: 40 d, p90: 90 d}
  - name: 报价
    win_rate: 50%
    stay: {median: 20 d, p90: 60 d}
    stay_lost: {median: 40 d, p90: 90 d}
pipeline:
  - {stage: 接洽, deals: 8, amount: 50, age: 3 d}
  - {stage: 报价, deals: 4, amount: 50, age: 3 d}
  - {id: 总部, stage: 报价, amount: 80, age: 3 d, expected_close: 2026-11-30}
shock: {rho: 0.05}
targets: [100]
trials: 20000
seed: 7
"""
SHARED = "    stay_lost: {median: 40 d, p90: 90 d}\n"
# rule -> (what stands in the clean config, what is put in its place, line of the finding or 0 for the section)
TRIPS = {
    "no_unit": ("unit: 万元\n", "", 1),
    "falling_win_rates": ("win_rate: 50%", "win_rate: 20%", 9),
    "beta_per_deal": ("amount: 80,", "amount: 80, win_rate: {beta: {mean: 30%, evidence: 9}},", 19),
    "closed_only": ("deals: 8,", "deals: 60,", 9),
    "target_at_the_mean": ("targets: [100]", "targets: [237]", 21),
    "one_big_deal": ("amount: 80,", "amount: 300,", 19),
    "no_shock": ("shock: {rho: 0.05}", "shock: {rho: 0}", 20),
    "rates_as_known": ("{beta: {won: 50, of: 200, prior: mean}}", "25%", 8),
    "thin_evidence": ("won: 50, of: 200", "won: 3, of: 12", 9),
    "stale_share": ("deals: 8, amount: 50, age: 3 d", "deals: 8, amount: 50, age: 9000 d", 17),
    "short_horizon": ("{periods: 3, of: quarter}", "{periods: 1, of: month}", 6),
    "shared_stay": (SHARED, "", 10),
    "all_just_entered": ("age: 3 d", "age: 0 d", 17),
    "overdue": ("2026-11-30", "2026-09-30", 19),
    "few_trials": ("trials: 20000", "trials: 500", 22),
}


def written(tmp_path, text, name="case.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def found_in(cli, *paths):
    code, out, err = cli("lint", *paths, "--json")
    assert (code, err) == (0, "")
    DECISION_CONTRACTS["lint"].model_validate(json.loads(out), strict=True)
    return [finding for file in json.loads(out)["files"] for finding in file["findings"]]


def test_a_clean_config_is_let_be(cli, tmp_path):
    path = written(tmp_path, CLEAN)
    assert found_in(cli, path) == []
    code, out, _ = cli("lint", path, "--strict")
    assert (code, out.strip()) == (0, f"{path}: nothing found by 16 rules")


@pytest.mark.parametrize("rule", TRIPS)
def test_a_config_made_to_trip_a_rule_trips_it_at_its_line(cli, tmp_path, rule):
    old, new, line = TRIPS[rule]
    assert old in CLEAN
    path = written(tmp_path, CLEAN.replace(old, new))
    findings = found_in(cli, path)
    assert rule in {finding["rule"] for finding in findings}
    found = next(finding for finding in findings if finding["rule"] == rule)
    assert found["place"].startswith(f"{path}:{line}:")
    assert all(len(found[part]) > 10 for part in PARTS)
    # what trips besides follows from the change: a smaller book or a wider one, never an unrelated rule
    besides = {finding["rule"] for finding in findings} - {rule}
    assert besides <= {"target_at_the_mean", "closed_only"}, besides


def test_every_rule_is_tried_and_speaks_two_languages():
    apart = {"table_without_unit", "shared_seed"}
    assert set(TRIPS) | apart == set(RULES) | set(TEXT_RULES) | {"shared_seed"}
    for rule in (*TRIPS, *apart):
        for part in PARTS:
            assert all(PHRASES[f"lint_{rule}_{part}"])


def test_a_table_in_another_unit_is_asked_for_it(cli, tmp_path):
    (tmp_path / "deals.csv").write_text(
        "id,stage,age,amount\na,接洽,3,50\nb,报价,3,50\nc,接洽,4,50\nd,报价,3,40\ne,报价,3,90\n", "utf-8"
    )
    tree = YAML(typ="safe").load(CLEAN)
    columns = {"id": "id", "stage": "stage", "age": "age", "amount": "amount"}
    for unit, wanted in (({}, ["table_without_unit", "one_big_deal"]), ({"unit": "万元"}, ["one_big_deal"])):
        tree["pipeline"] = {"file": "deals.csv", "columns": columns, **unit}
        path = tmp_path / "table.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(tree, file)
        findings = found_in(cli, path)
        assert [finding["rule"] for finding in findings] == wanted
    # the big deal is told at its row of the table
    assert findings[-1]["place"] == "deals.csv:6"
    assert findings[-1]["facts"]["share"] == pytest.approx(90 / 280)


def test_cases_meant_to_be_independent_are_told_of_a_shared_seed(cli, tmp_path):
    first = written(tmp_path, CLEAN)
    for name, seed, wanted in (("other", 7, 1), ("other", 8, 0), ("clean", 7, 0)):
        text = CLEAN.replace("case: clean", f"case: {name}").replace("seed: 7", f"seed: {seed}")
        second = written(tmp_path, text, "second.yaml")
        findings = found_in(cli, first, second)
        assert [finding["rule"] for finding in findings] == ["shared_seed"] * wanted
        if wanted:
            assert findings[0]["place"].startswith(f"{second}:23:")
    assert lint_together({"a": load(first)}) == ()


def test_strict_exits_with_one_and_says_what_why_and_what_to_do(cli, tmp_path):
    path = written(tmp_path, CLEAN.replace("amount: 80,", "amount: 300,"))
    code, out, _ = cli("lint", path, "--strict")
    assert code == 1
    for part in ("one_big_deal", "总部 carries 33.3% of the open amount", "why:", "do:", f"{path}:19:5"):
        assert part in out
    assert "总部 占在手金额的 33.3%" in cli("lint", path, "--lang", "zh")[1]


def test_what_no_finding_explains_is_told_as_a_problem(cli, tmp_path):
    bad = CLEAN.replace("win_rate: 50%", "win_rate: 20%").replace("rho: 0.05", "rho: 3").replace("seed: 7", "seeds: 7")
    code, out, err = cli("lint", written(tmp_path, bad), written(tmp_path, "case: [", "worse.yaml"))
    assert (code, out) == (2, "")
    for part in ("3 problems", "shock.rho", "seeds: no such key", "worse.yaml:1:"):
        assert part in err


def test_a_config_that_cannot_be_forecast_says_that_other_rules_wait(cli, tmp_path):
    path = written(tmp_path, CLEAN.replace("unit: 万元\n", ""))
    code, out, _ = cli("lint", path)
    assert code == 0
    assert "the file states no unit" in out
    assert "No forecast can be made of it as it stands" in out


def test_the_chance_told_of_a_target_at_the_mean_is_the_exact_one(tmp_path):
    from funnelsim.engine.exact import exact

    case = load(written(tmp_path, CLEAN.replace("targets: [100]", "targets: [237]")))
    (found,) = [finding for finding in lint(case) if finding.rule == "target_at_the_mean"]
    assert found.facts["chance"] == exact(case).toward(case.targets[0]).chance_at_least(237.0)


def test_the_median_cycle_is_that_of_the_law_of_the_stay(tmp_path):
    # one stage, exponential stays of the same mean whether won or lost: half of the wins come within ln 2 means
    tree = YAML(typ="safe").load(CLEAN)
    tree["stages"] = [{"name": "接洽", "win_rate": 0.25, "stay": {"law": "exponential", "mean": "100 d"}}]
    tree["pipeline"] = [{"stage": "接洽", "amount": 50, "age": "3 d"}]
    path = tmp_path / "one.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(tree, file)
    # standard error of a median of n = 1,000 wins of 4,000 trials: 1 / (2 f sqrt(n)) = 100 / sqrt(1000) = 3.2 days
    assert abs(median_cycle_days(load(path), "接洽") - 100 * log(2)) < 4 * 3.2
