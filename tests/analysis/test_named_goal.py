"""Goals in any input of a config, and the last day for new prospects, against binomial tails."""

import json
from datetime import date, timedelta
from math import exp

import pytest
from scipy.stats import binom

from funnelsim.analysis.named import Range
from funnelsim.cli import main
from funnelsim.errors import InputError

CONFIG = """\
case: thirty
currency: CNY
unit: 万元
as_of: 2026-10-01
horizon: {periods: 1, of: quarter}
stages: [{name: 接洽, win_rate: 40%, stay: {law: exponential, mean: 40 d}}]
pipeline: [{stage: 接洽, deals: 30, amount: 50, age: 0 d}]
trials: 2000
seed: 7
"""
DAYS = 92


@pytest.fixture
def solved(tmp_path, capsys):
    path = tmp_path / "thirty.yaml"
    path.write_text(CONFIG, encoding="utf-8")

    def call(*options):
        with pytest.raises(SystemExit) as caught:
            main(["goal", str(path), *map(str, options)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return call


def answer_of(told):
    code, out, err = told
    assert (code, err) == (0, "")
    return json.loads(out)


def in_time(rate=0.4, mean=40.0, days=DAYS):
    return rate * (1 - exp(-days / mean))


def test_a_rate_is_solved_to_a_thousandth_of_its_range(solved):
    told = answer_of(
        solved("--wins", 12, "--chance", "90%", "--solve", "stages.接洽.win_rate", "--between", "10%:90%", "--json")
    )
    shares = [0.1 + 0.8 * k / 1000 for k in range(1001)]
    least = next(p for p in shares if binom.sf(11, 30, in_time(p)) >= 0.9)
    assert told["answer"] == f"{100 * least:.10g}%"
    made = told["solutions"][0]["certificate"]
    assert made["at"]["chance"] == pytest.approx(binom.sf(11, 30, in_time(least)), abs=1e-5)
    assert made["before"]["chance"] < 0.9 <= made["at"]["chance"]
    assert told["solve"]["input"] == "stages.接洽.win_rate"


def test_an_input_that_hurts_is_solved_from_its_other_end(solved):
    told = answer_of(
        solved("--wins", 9, "--chance", "60%", "--solve", "stages.接洽.stay.mean", "--between", "10 d:110 d", "--json")
    )
    means = [110 - 0.1 * k for k in range(1001)]
    most = next(m for m in means if binom.sf(8, 30, in_time(mean=m)) >= 0.6)
    # the exact engine rounds stays to its grid of time, a fraction of a day here
    assert float(told["answer"].removesuffix(" d")) == pytest.approx(most, abs=0.3)


def test_a_shock_helps_a_target_above_the_mean_though_it_moves_no_mean(solved):
    told = answer_of(solved("--wins", 16, "--chance", "10%", "--solve", "shock.rho", "--between", "0:0.5", "--json"))
    made = told["solutions"][0]["certificate"]
    assert 0 < float(told["answer"]) < 0.5
    assert made["before"]["chance"] < 0.1 <= made["at"]["chance"]


def test_a_simulated_answer_is_certified_on_fresh_trials(solved):
    told = answer_of(
        solved("--wins", 12, "--chance", "80%", "--solve", "stages.接洽.win_rate", "--between", "10%:90%", "--engine",
               "simulate", "--trials", 1000, "--json")
    )  # fmt: skip
    made = told["solutions"][0]["certificate"]
    assert made["at"]["low"] >= 0.8
    rate = float(told["answer"].removesuffix("%")) / 100
    assert binom.sf(11, 30, in_time(rate)) >= 0.8


def test_the_last_day_for_prospects_is_that_of_the_binomial_with_what_is_open(solved):
    told = answer_of(solved("--wins", 20, "--chance", "75%", "--solve", "latest", "--prospects", 40, "--json"))
    answer = date.fromisoformat(told["answer"])

    def chance(day):
        left = (date(2027, 1, 1) - day).days
        new = [binom.pmf(k, 40, in_time(days=left)) for k in range(41)]
        return sum(p * binom.sf(19 - k, 30, in_time()) for k, p in enumerate(new))

    assert chance(answer) >= 0.75 - 1e-3
    assert chance(answer + timedelta(days=1)) < 0.75 + 1e-3
    assert told["solve"]["prospects"] == 40
    code, out, _ = solved("--wins", 20, "--chance", "75%", "--solve", "latest:接洽", "--prospects", 40, "--lang", "zh")
    assert code == 0
    assert f"最迟须于 {answer}" in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--solve", "stages.接洽.win_rate"), "say between what"),
        (("--solve", "stages.接洽.win_rate", "--between", "90%:10%"), "does not rise"),
        (("--solve", "stages.接洽.win_rate", "--between", "10%:9 d"), "write one unit"),
        (("--solve", "stages.接洽.win_rate", "--between", "some"), "is no range"),
        (("--solve", "stages.接洽.win_rat", "--between", "1%:9%"), "did you mean 'win_rate'?"),
        (("--solve", "pipeline.0.age", "--between", "1 d:50 d"), "does not move the target"),
        (("--solve", "stages.接洽.win_rate", "--between", "1%:9%"), "the most favourable end of the range"),
        (("--solve", "latest"), "say how many with --prospects"),
        (("--solve", "latest", "--prospects", 2), "ask for less, or for more prospects"),
        (("--solve", "latest", "--prospects", 2, "--set", "horizon=unlimited"), "the horizon is unlimited"),
        (("--solve", "tomorrow"), "is nothing to solve for"),
    ],
)
def test_what_is_asked_wrongly_is_told(solved, options, told):
    code, out, err = solved("--wins", 20, "--chance", "90%", *options)
    assert (code, out) == (2, "")
    assert told in err


def test_a_range_keeps_the_words_of_the_config():
    assert Range.read("10%:50%").at(0.25) == "20%"
    assert Range.read("0.1:0.3").at(1.0) == "0.3"
    assert Range.read("1 周:3 周").at(0.5) == "2 周"
    with pytest.raises(InputError):
        Range.read("10%")
