"""Small cases for the tests of comparisons, layers and explanations."""

from __future__ import annotations

from datetime import date

import funnelsim as fs
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Shaped, Uniform
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Rate, Source
from funnelsim.model.target import Target

AS_OF = date(2026, 10, 1)
MONEY = fs.Money("CNY", "万元")
STAGES = ("contact", "offer")


def book(n_first=20, n_second=10, amount=50.0):
    first = [fs.Deal(f"c{i}", "contact", amount) for i in range(n_first)]
    return fs.Pipeline((*first, *(fs.Deal(f"o{i}", "offer", amount) for i in range(n_second))))


def plain(rates=(0.3, 0.6), pipeline=None, **parts):
    """Return two stages without time, known rates and no shock, unless parts say otherwise."""
    steps = [fs.Step(name, win_rate=rate) for name, rate in zip(STAGES, rates, strict=True)]
    parts = {"targets": (Target(400.0),), "trials": 4000, "seed": 5, **parts}
    return fs.Case("plain", MONEY, AS_OF, fs.Funnel.linear(steps), pipeline or book(), **parts)


def learnt(evidence=(40.0, 30.0), **parts):
    """Return the same with win rates learnt from so much evidence."""
    known = [Belief(Subject("win_rate", name), Beta(n)) for name, n in zip(STAGES, evidence, strict=True)]
    return plain(beliefs=tuple(known), **parts)


def full(**parts):
    """Return a case with time, beliefs, a shock, amounts that vary, and a source."""
    stay = Shaped("lognormal", {"median": 15.0, "p90": 45.0})
    steps = [fs.Step(n, win_rate=w, stay=stay) for n, w in zip(STAGES, (0.3, 0.6), strict=True)]
    known = [Belief(Subject("win_rate", "contact"), Beta(40.0))]
    source = Source("web", Entry("contact", Uniform(20.0, 60.0)), Rate(6.0, "month"))
    parts = {"targets": (Target(400.0),), "trials": 4000, "seed": 5, **parts}
    return fs.Case(
        "full", MONEY, AS_OF, fs.Funnel.linear(steps), book(), horizon=Horizon(2, "quarter"), beliefs=tuple(known),
        shock=Shock(0.05), realisation=Uniform(0.7, 1.1), sources=(source,), **parts,
    )  # fmt: skip
