"""Small cases for the tests of goals."""

from datetime import date

import funnelsim as fs
from funnelsim.analysis.goal import Goal
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Shaped
from funnelsim.model.shock import Shock
from funnelsim.model.target import Target

AS_OF = date(2026, 10, 1)
MONEY = fs.Money("CNY", "万元")


def deals(n, stage="contact", amount=50.0, name="open"):
    return tuple(fs.Deal(f"{name}{i}", stage, amount) for i in range(n))


def one_stage(rate=0.1, evidence=None, pipeline=None, **parts):
    """Return prospects that are won at a rate, known or learnt from so much evidence."""
    funnel = fs.Funnel.linear([fs.Step("contact", win_rate=rate)])
    about = Subject("win_rate", "contact")
    beliefs = () if evidence is None else (Belief(about, Beta(evidence)),)
    return fs.Case("one stage", MONEY, AS_OF, funnel, fs.Pipeline(pipeline or deals(3)), beliefs=beliefs, **parts)


def timed(rho=0.1, beliefs=(), pipeline=None, **parts):
    """Return two stages with stays, four months, and a market that moves all deals."""
    stay = Shaped("lognormal", {"median": 15.0, "p90": 45.0})
    lost = Shaped("lognormal", {"median": 30.0, "p90": 70.0})
    steps = [fs.Step("contact", win_rate=0.3, stay=stay, stay_lost=lost)]
    steps += [fs.Step("offer", win_rate=0.6, stay=stay, stay_lost=lost)]
    book = pipeline or (*deals(6), *deals(4, "offer", 80.0, "late"))
    return fs.Case(
        "timed",
        MONEY,
        AS_OF,
        fs.Funnel.linear(steps),
        fs.Pipeline(book),
        horizon=Horizon(4, "month"),
        shock=Shock(rho),
        beliefs=beliefs,
        **parts,
    )


def wins(n, chance=0.9, by=None):
    return Goal(Target(n, "wins", by), chance)


def money(amount, chance=0.9, by=None):
    return Goal(Target(amount, "bookings", by), chance)
