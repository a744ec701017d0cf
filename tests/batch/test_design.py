import numpy as np
import pytest

from funnelsim.batch.spread import spread
from funnelsim.config.ramp import evenly, ramp
from funnelsim.errors import InputError
from funnelsim.model.design import Axis, Design


def axis(name, *values):
    return Axis(name, (name,), tuple((v,) for v in values), tuple(f"f:{i}" for i in range(len(values))))


def test_every_combination_appears_once_and_the_last_axis_is_fastest():
    design = Design((axis("a", 1, 2), axis("b", "x", "y", "z")))
    found = [tuple(design.point(n).values.values()) for n in range(len(design))]
    assert found == [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]


def test_a_zipped_axis_moves_its_columns_together():
    zipped = Axis("pair", ("a", "b"), ((1, 10), (2, 20)), ("f:1", "f:2"))
    assert [Design((zipped,)).point(n).values for n in (0, 1)] == [{"a": 1, "b": 10}, {"a": 2, "b": 20}]


def test_a_large_design_is_not_unfolded():
    design = Design(tuple(axis(f"a{i}", *range(100)) for i in range(5)))
    assert len(design) == 10**10
    assert list(design.point(1_234_567_890).values.values()) == [12, 34, 56, 78, 90]


def test_single_steps_show_every_row_of_every_axis():
    design = Design((axis("a", 1, 2), axis("b", "x", "y", "z")))
    shown = [[tuple(point.values.values()) for point in points] for points in design.single_steps()]
    assert shown == [
        [(1, "x"), (1, "y"), (1, "z")],
        [(2, "x"), (2, "y"), (2, "z")],
        [(1, "x"), (1, "x"), (2, "x")],
        [(1, "y"), (1, "y"), (2, "y")],
        [(1, "z"), (1, "z"), (2, "z")],
    ]


def test_the_hash_of_a_design_is_of_its_values_and_not_of_its_places():
    one, two = axis("a", 1, 2), Axis("a", ("a",), ((1,), (2,)), ("g:9", "g:8"))
    assert Design((one,)).sha256 == Design((two,)).sha256 != Design((axis("a", 1, 3),)).sha256


def test_a_latin_hypercube_has_one_point_in_each_slice_of_every_column():
    points = np.array(spread("latin_hypercube", 64, 3, 5))
    slices = np.sort(np.floor(points * 64).astype(int), axis=0)
    assert (slices == np.arange(64)[:, None]).all()


def test_a_sobol_sequence_is_balanced_where_plain_draws_are_not():
    points, plain = np.array(spread("sobol", 64, 2, 5)), np.random.default_rng(5).random((64, 2))
    boxes = [np.histogram2d(*p.T, bins=8, range=[[0, 1], [0, 1]])[0] for p in (points, plain)]
    assert (boxes[0] == 1).all()  # 64 points, one in each of 8 x 8 boxes
    assert not (boxes[1] == 1).all()  # the negative control


def test_spreads_repeat_with_their_seed_and_differ_without():
    assert spread("sobol", 10, 2, 1) == spread("sobol", 10, 2, 1) != spread("sobol", 10, 2, 2)
    assert len(spread("sobol", 10, 2, 1)) == 10


@pytest.mark.parametrize(
    ("low", "high", "middle"),
    [
        (8, 12, 10),
        (0.1, 0.2, 0.15),
        ("5%", "15%", "10%"),
        ("20 d", "40 d", "30 d"),
        ("-3 points", "+5 points", "+1 points"),
        ("x0.9", "x1.1", "x1"),
    ],
)
def test_a_ramp_keeps_the_form_of_its_ends(low, high, middle):
    between = ramp(low, high)
    assert between.at(0.5) == middle
    assert [between.at(s) for s in (0, 1)] == [low, high]


@pytest.mark.parametrize(("low", "high"), [("5%", 0.1), ("20 d", "5 weeks"), ("many", "more"), (True, 2), ([1], 2)])
def test_ends_of_two_forms_are_refused(low, high):
    with pytest.raises(InputError, match="write"):
        ramp(low, high)


def test_even_steps_hold_both_ends():
    assert evenly(1, 3, 3) == [1, 2, 3]
