from __future__ import annotations

from typing import Any

import pytest

from funnelsim.config import figures
from funnelsim.config.laws import mean_of, read_law
from funnelsim.errors import InputError
from funnelsim.model.law import Beta, Empirical, Fixed, Law, Pert, Shaped, Triangular, Uniform


def days(raw: Any) -> Law:
    return read_law(raw, figures.duration, lambda *_: (1.0, 2.0))


@pytest.mark.parametrize(
    ("raw", "law"),
    [
        ({"median": "20 d", "p90": "60 d"}, Shaped("lognormal", {"median": 20.0, "p90": 60.0})),
        ({"law": "gamma", "mean": "2 w", "cv": 0.8}, Shaped("gamma", {"mean": 14.0, "cv": 0.8})),
        ({"law": "weibull", "scale": "25 d", "shape": 1.3}, Shaped("weibull", {"scale": 25.0, "shape": 1.3})),
        (
            {"law": "exponential", "mean": "9 d", "delay": "1 d"},
            Shaped("exponential", {"mean": 9.0}, delay=1.0),
        ),
        ({"fixed": "10 d"}, Fixed(10.0)),
        ({"triangular": ["1 d", "2 d", "4 d"]}, Triangular(1.0, 2.0, 4.0)),
        ({"pert": ["1 d", "2 d", "4 d"], "delay": "3 d"}, Pert(1.0, 2.0, 4.0, delay=3.0)),
        ({"uniform": ["1 d", "4 d"]}, Uniform(1.0, 4.0)),
        ({"beta": {"mean": "10%", "evidence": 50}}, Beta(50.0, 0.1)),
        ({"empirical": ["1 d", "4 d"]}, Empirical((1.0, 4.0))),
        ({"empirical": {"values": ["1 d", "4 d"], "weights": [1, 3]}}, Empirical((1.0, 4.0), (1.0, 3.0))),
        ({"empirical": "sample.csv"}, Empirical((1.0, 2.0))),
    ],
)
def test_every_law_is_read(raw: Any, law: Law) -> None:
    assert days(raw) == law


@pytest.mark.parametrize(
    ("raw", "path", "told"),
    [
        ({"mu": 3, "sigma": 1}, ("mu",), "logarithm"),
        ({"median": "20 d"}, (), "exactly 2"),
        ({"median": 20, "p90": "60 d"}, ("median",), "of what"),
        ({"median": "60 d", "p90": "20 d"}, ("p90",), "above"),
        ({"law": "normal", "mean": "20 d", "sd": "3 d"}, ("law",), "no law"),
        ({"pert": ["1 d", "x", "4 d"]}, ("pert", 1), "duration"),
        ({"pert": ["1 d", "4 d"]}, ("pert",), "list of 3"),
        ({"uniform": ["4 d", "1 d"]}, ("uniform",), "rise"),
        ({"fixed": "1 d", "pert": []}, (), "keep one"),
        ({"fixed": "1 d", "p90": "3 d"}, ("p90",), "no 'p90'"),
        ({"beta": {"mean": "10%"}}, ("beta",), "evidence"),
        ({"beta": {"mean": "10%", "evidence": 0}}, ("beta", "evidence"), "above 0"),
        ({"empirical": []}, ("empirical",), "empty"),
        ("20 d", (), "fixed: 20 d"),
    ],
)
def test_a_law_that_is_wrong_says_where_and_why(raw: Any, path: tuple[Any, ...], told: str) -> None:
    with pytest.raises(InputError) as caught:
        days(raw)
    assert caught.value.problems[0].path == path
    assert told in caught.value.problems[0].message


def test_the_mean_of_a_law_is_its_textbook_formula() -> None:
    pytest.importorskip("scipy")
    from funnelsim.engine.laws import curve_of

    for law in (
        Fixed(3.0),
        Triangular(1.0, 2.0, 6.0),
        Pert(1.0, 2.0, 6.0, delay=2.0),
        Uniform(1.0, 4.0),
        Beta(50.0, 0.1),
        Empirical((1.0, 4.0), (1.0, 3.0)),
        Shaped("lognormal", {"median": 20.0, "p90": 60.0}),
        Shaped("lognormal", {"p10": 5.0, "p90": 60.0}),
    ):
        assert mean_of(law) == pytest.approx(curve_of(law).mean, rel=1e-9)
