import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import summary_of

from funnelsim.report import numbers
from funnelsim.report.clean import for_spreadsheet, one_line


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (2684.37, 0.77, "2,684.4"),  # a tenth is the finest at this size
        (2684.37, 12.3, "2,684"),
        (2684.37, 123.0, "2,680"),
        (26_853_412.0, 12_345.0, "26,853,000"),
        (26_853_412.0, 0.0, "26,853,412"),  # exact figures lose no whole unit
        (0.1234, 0.0, "0.12"),
        (-0.0001, 0.0, "0.00"),
    ],
)
def test_a_figure_keeps_what_its_error_supports(value, error, told):
    assert numbers.figure(value, numbers.decimals(value, error)) == told


@given(st.floats(1e-6, 1e9), st.floats(1e-6, 1e9))
def test_rounding_moves_a_figure_by_less_than_a_tenth_of_its_error_or_a_half_hundredth(value, error):
    shown = round(value, numbers.decimals(value, error))
    finest = 0.5 * 10.0 ** -numbers.decimals(value)
    assert abs(shown - value) <= max(0.051 * error, finest) + 1e-9 * value


def test_commit_likely_and_stretch_share_the_place_of_the_worst_known_and_the_mean_has_its_own():
    coarse = summary_of(np.random.default_rng(1).normal(5000.0, 900.0, 100))
    assert coarse.quantiles_se["p90"] > 100 > coarse.mean_se > 10
    assert numbers.places_of(coarse) == -1
    assert numbers.mean_places(coarse) == 0


@pytest.mark.parametrize(
    ("share", "error", "n_trials", "told"),
    [
        (0.5012, 0.0016, 100_000, "50.1%"),
        (0.42, 0.05, 100, "42%"),
        (0.0, 0.0, 10_000, "<0.03%"),
        (1.0, 0.0, 10_000, ">99.97%"),
        (1.0, 0.0, None, "100.0%"),  # the exact engine knows
        (0.0, 0.0, 2, "<100%"),
    ],
)
def test_a_chance_is_never_more_certain_than_its_trials(share, error, n_trials, told):
    assert numbers.chance(share, error, n_trials) == told


def test_the_bound_of_a_chance_without_hits_is_rounded_up():
    assert numbers.chance(0.0, 0.0, 70_000) == "<0.01%"  # 3 / 70,000 is 0.0043 %


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", '=HYPERLINK("x")', "\x1b=1".replace("\x1b", "")]
)
def test_a_formula_reaches_a_spreadsheet_as_text(text):
    assert for_spreadsheet(text).startswith("'")


def test_an_ordinary_name_reaches_a_spreadsheet_as_it_is():
    assert for_spreadsheet("华东 = east") == "华东 = east"


@given(st.text())
def test_one_line_leaves_no_control_character_and_no_turn_of_writing(text):
    shown = one_line(text)
    assert len(shown) == len(text)
    assert not set(shown) & {"\x1b", "\n", "\r", "\x07", "\u202e", "\u2066"}
    assert shown.isprintable() or any(not c.isprintable() and ord(c) > 0x9F for c in shown)
