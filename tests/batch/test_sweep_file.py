import pytest

from funnelsim.config import load
from funnelsim.config.sweep import load_sweep
from funnelsim.errors import InputError


def problems(path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_sweep(path)
    return [str(problem).removeprefix(str(path.parent) + "/") for problem in caught.value.problems]


def test_a_case_of_a_sweep_is_the_base_with_its_settings(folder):
    sweep = load_sweep(folder / "sweep.yaml")
    alone = load(folder / "base.yaml", ("stages.接洽.win_rate=25%", "stages.报价.win_rate=60%"))
    assert len(sweep.design) == 12
    assert sweep.design.point(7).values == {"stages.接洽.win_rate": "25%", "stages.报价.win_rate": "60%"}
    assert sweep.case(7) == alone


def test_cases_do_not_change_one_another(folder):
    sweep = load_sweep(folder / "sweep.yaml")
    first = sweep.case(0)
    sweep.case(11)
    assert sweep.case(0) == first == load_sweep(folder / "sweep.yaml").case(0)


def test_seeds_are_shared_unless_they_are_to_be_independent(written, folder):
    shared = load_sweep(folder / "sweep.yaml")
    own = load_sweep(
        written((folder / "sweep.yaml").read_text("utf-8") + "seeds: independent\nseed: 100\n", "own.yaml")
    )
    assert {shared.seed_of(n) for n in range(12)} == {7}
    assert [own.seed_of(n) for n in range(3)] == [100, 101, 102]


def test_seed_zero_is_a_seed(folder):
    assert load_sweep(folder / "sweep.yaml", seed=0).seed_of(3) == 0


def test_a_table_of_settings_is_an_axis(written, folder):
    table = 'stages.接洽.win_rate,"stages.报价.stay"\n20%,x1.5\n30%,"{median: 10 d, p90: 20 d}"\n'
    (folder / "rows.csv").write_text(table, encoding="utf-8")
    sweep = load_sweep(written("base: base.yaml\naxes: {rows: {file: rows.csv}}\n", "t.yaml"))
    assert len(sweep.design) == 2
    assert (
        sweep.case(1).funnel.stages[1].exits[0].stay
        == load(folder / "base.yaml", ("stages.报价.stay={median: 10 d, p90: 20 d}",)).funnel.stages[1].exits[0].stay
    )


def test_scenarios_are_an_axis(written, folder):
    sweep = load_sweep(written("base: base.yaml\naxes: {who: {scenarios: [base, better]}}\n", "t.yaml"))
    assert sweep.case(0).funnel == load(folder / "base.yaml").funnel
    assert sweep.case(1).funnel == load(folder / "base.yaml", scenario="better").funnel


def test_paths_that_go_together_are_set_together(written):
    pair = "{set: [stages.接洽.win_rate, stages.报价.win_rate], values: [[10%, 40%], [20%, 60%]]}"
    sweep = load_sweep(written(f"base: base.yaml\naxes: {{pair: {pair}}}\n", "t.yaml"))
    assert [list(sweep.design.point(n).values.values()) for n in (0, 1)] == [["10%", "40%"], ["20%", "60%"]]


def test_a_spread_lies_in_its_ranges(written):
    ranges = "{stages.接洽.win_rate: {from: 10%, to: 20%}, stages.报价.win_rate: {from: 40%, to: 60%}}"
    sweep = load_sweep(written(f"base: base.yaml\naxes: {{d: {{latin_hypercube: 30, ranges: {ranges}}}}}\n", "t.yaml"))
    first = [float(sweep.design.point(n).values["stages.接洽.win_rate"].rstrip("%")) for n in range(30)]
    assert 10 <= min(first) < 10.4  # one point in each thirtieth
    assert 19.6 < max(first) <= 20


def test_every_problem_is_told_with_its_place(written):
    path = written(
        "base: base.yaml\naxes:\n"
        "  one: {set: stages.接洽.win_rate, values: [20%], steps: 3}\n"
        "  two: {values: [1]}\n"
        "  three: {set: [stages.接洽.win_rate, stages.报价.win_rate], values: [10%]}\n"
        "  four: {set: stages.接洽.win_rate, from: 5%, to: 9, steps: 4}\n"
        "  five: {set: stages.接洽.win_rate, from: 5%, to: 9%, steps: 1}\n"
        "  six: {latin_hypercube: 5}\n"
        "  seven: {file: absent.csv}\n",
        "bad.yaml",
    )
    assert problems(path) == [
        "bad.yaml:3:8: axes.one: states values and steps; state one of values, from/to/steps, latin_hypercube, sobol, "
        "file or scenarios",
        "bad.yaml:4:8: axes.two: no `set`; name the path of the base case that this axis sets",
        "bad.yaml:5:67: axes.three.values.0: found '10%'; write a list of 2 values, one for each path of `set`",
        "bad.yaml:6:9: axes.four: from '5%' to 9: write both in the same form, such as 5% and 15%",
        "bad.yaml:7:60: axes.five.steps: 1 steps; give 2 or more: both ends are among them",
        "bad.yaml:8:8: axes.six: no `ranges`; state from and to for each path",
        "absent.csv: axes.seven: no such file; check the name and the folder",
    ]


def test_a_setting_the_base_cannot_take_is_told_where_the_sweep_states_it(written):
    path = written(
        "base: base.yaml\naxes:\n  one: {set: stages.接恰.win_rate, values: [20%, 30%]}\n"
        "  two:\n    set: stages.接洽.win_rate\n    values:\n      - 20%\n      - 60%\n",
        "bad.yaml",
    )
    told = problems(path)
    assert (
        told[0] == "bad.yaml:3:43: no stage '接恰'; the stages are 接洽, 报价 (put a name with a dot in double quotes)"
    )


def test_unknown_keys_get_a_suggestion(written):
    assert problems(written("base: base.yaml\naxis: {}\naxes: {a: {set: seed, valus: [1]}}\n", "bad.yaml")) == [
        "bad.yaml:3:23: axes.a.valus: no such key; did you mean 'values'?",
        "bad.yaml:2:1: axis: no such key; did you mean 'axes'?",
    ]


def test_two_axes_of_one_path_are_refused(written):
    path = written("base: base.yaml\naxes: {a: {set: seed, values: [1]}, b: {set: seed, values: [2]}}\n", "bad.yaml")
    assert problems(path) == ["bad.yaml:2:7: axes: two axes set seed; keep one"]


def test_more_cases_than_anyone_waits_for_are_refused(written):
    axes = ", ".join(f"a{i}: {{set: x{i}, from: 1, to: 9, steps: 1000}}" for i in range(3))
    told = problems(written(f"base: base.yaml\naxes: {{{axes}}}\n", "bad.yaml"))
    assert told == [
        "bad.yaml:2:7: axes: 1,000,000,000 cases, above 10,000,000; shorten an axis, or spread points over ranges"
    ]


def test_a_base_that_is_absent_is_told(written):
    assert problems(written("base: gone.yaml\naxes: {a: {set: seed, values: [1]}}\n", "bad.yaml"))[0].startswith(
        "bad.yaml:1:7: base: no such file: gone.yaml"
    )


def test_trials_and_seeds_out_of_range_are_told(written):
    text = "base: base.yaml\ntrials: 0\nseed: -1\naxes: {a: {set: seed, values: [1]}}\n"
    assert problems(written(text, "bad.yaml")) == [
        "bad.yaml:3:7: seed: seed -1 is out of range; give 0 to 9223372036854775807",
        "bad.yaml:2:9: trials: 0 trials; give 1 to 1,000,000,000",
    ]


def test_a_scenario_that_is_not_there_is_told_where_the_sweep_names_it(written):
    told = problems(written("base: base.yaml\naxes: {who: {scenarios: [base, nope]}}\n", "bad.yaml"))
    assert told == ["bad.yaml:2:32: no scenario 'nope'; there are base, better"]


def test_a_row_that_another_axis_may_heal_is_left_to_its_case(written):
    """A win rate of 48 % falls to the 45 % of the next stage, and does not to 60 %."""
    first = "{set: stages.接洽.win_rate, values: [20%, 48%]}"
    quote = "{set: stages.报价.win_rate, values: [45%, 60%]}"
    sweep = load_sweep(written(f"base: base.yaml\naxes: {{first: {first}, quote: {quote}}}\n", "t.yaml"))
    assert sweep.case(3).funnel.win_rates[0] == pytest.approx(0.48)
    with pytest.raises(InputError, match="must not fall"):
        sweep.case(2)
