"""The best split of a budget against a grid and a formula; what money buys against what it says."""

from dataclasses import replace
from itertools import product

import goal_cases as cases
import numpy as np
import pytest
from scipy.stats import binom

import funnelsim as fs
from funnelsim.analysis.act import PARTS, Search, act
from funnelsim.analysis.method import Method, chance_of
from funnelsim.analysis.spending import spendings_of
from funnelsim.config import load
from funnelsim.engine.exact import exact
from funnelsim.engine.laws import curve_of
from funnelsim.errors import InputError
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Shaped
from funnelsim.model.practice import Practice
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Rate, Source
from funnelsim.model.target import Target


def stages_with_costs(costs=(6.0, 9.0, 14.0), **parts):
    practice = [Practice(cost_per_point=cost) for cost in costs]
    steps = [
        fs.Step(f"s{i}", conversion=c, practice=p)
        for i, (c, p) in enumerate(zip((0.5, 0.6, 0.7), practice, strict=True))
    ]
    deals = tuple(fs.Deal(f"d{i}", f"s{i % 3}", 50.0) for i in range(24))
    more = {"targets": (Target(550.0),), "shock": Shock(0.1), **parts}
    return fs.Case("costs", cases.MONEY, cases.AS_OF, fs.Funnel.linear(steps), fs.Pipeline(deals), **more)


def chance_at(case, spendings, money):
    for spending, spent in zip(spendings, money, strict=True):
        case = spending.put(case, spent)
    return chance_of(Method("exact").answer(case), case.targets[0])


@pytest.mark.parametrize("budget", [90.0, 700.0])
def test_the_best_split_is_the_best_of_a_grid(budget):
    case = stages_with_costs()
    told = act(case, budget=budget, engine="exact").split
    spendings, part = spendings_of(case, {}), 4
    best = 0.0
    for a, b in product(range(0, PARTS + 1, part), repeat=2):
        if a + b <= PARTS:
            money = [budget * share / PARTS for share in (a, b, PARTS - a - b)]
            best = max(best, chance_at(case, spendings, money))
    assert told.chance >= best - 1e-12
    # no coarser split is much better than the climb's finer one: it ends where the grid ends
    assert told.chance <= best + 0.01
    assert told.chance == pytest.approx(chance_at(case, spendings, told.money), abs=1e-12)
    assert told.gain.value == pytest.approx(told.chance - act(case, engine="exact").chance, abs=1e-12)
    assert told.even < told.chance
    assert told.evaluations < 45 * 4


def test_a_large_budget_is_spread_and_what_finds_no_room_is_left():
    told = act(stages_with_costs(), budget=700.0, engine="exact").split
    assert sum(money > 0 for money in told.money) >= 2  # 50, 40 and 30 points of room cost 300, 360 and 420
    full = act(stages_with_costs(), budget=2000.0, engine="exact").split
    assert full.chance == pytest.approx(1.0)
    assert full.left > 0


def test_a_climb_crosses_a_valley_between_two_starts():
    # two humps: the higher one is reached from a corner, though the slope of the even split leads to the lower one
    def value(shares):
        return np.exp(-((shares[0] - 30) ** 2) / 8) + 0.5 * np.exp(-((shares[0] - 12) ** 2) / 60)

    ends = {Search(value).climbed(start)[0] for start in ((PARTS, 0), (0, PARTS), (PARTS // 2, PARTS // 2))}
    assert 30 in ends


def test_money_buys_points_of_the_conversion_alone():
    case = cases.one_stage(0.3, None, cases.deals(20))
    case = replace(case, targets=(Target(8, "wins"),))
    told = act(case, budget=50.0, costs={"stage:contact": 5.0}, engine="exact").split
    assert told.spendings[0].bought(50.0) == 10.0
    assert told.chance == pytest.approx(binom.sf(7, 20, 0.4))
    assert told.alone == (told.chance,)


def test_money_buys_deals_of_a_source_in_the_horizon():
    stay = Shaped("exponential", {"mean": 5.0})
    funnel = fs.Funnel.linear([fs.Step("contact", win_rate=0.5, stay=stay)])
    web = Source("web", Entry("contact", Fixed(10.0)), Rate(4.0, "month"))
    case = fs.Case("web", cases.MONEY, cases.AS_OF, funnel, fs.Pipeline(()), horizon=Horizon(3, "month"),
                   sources=(web,), targets=(Target(5, "wins"),))  # fmt: skip
    (spending,) = spendings_of(case, {"source:web": 2.0})
    before, after = (
        exact(one, ("wins", "new_deals")).total("new_deals").mean for one in (case, spending.put(case, 12.0))
    )
    assert before == pytest.approx(12.0, rel=1e-6)
    assert after == pytest.approx(18.0, rel=1e-6)


def test_money_mends_a_hop_on_which_a_stage_hangs():
    case = load("configs/communication_coupled.yaml")
    hop = case.communication.hops[0]
    (spending,) = [s for s in spendings_of(case, {f"hop:{hop.name}": 3.0}) if s.kind == "hop"]
    after = spending.put(case, 6.0)
    assert after.communication.hops[0].remedy.adds == pytest.approx(hop.remedy.adds + 0.02)
    assert spending.put(case, 1e9).communication.hops[0].remedy.adds == pytest.approx(1.0 - curve_of(hop.keeps).mean)
    assert after.communication.baseline == case.communication.baseline


def test_everything_wrong_with_costs_is_told():
    case = stages_with_costs()
    with pytest.raises(InputError) as told:
        spendings_of(case, {"stage:s9": 3.0, "stage:s1": -1.0, "hop:a": 2.0})
    text = str(told.value)
    assert "3 problems" in text
    assert "'stage:s9' is nothing that money moves; there are stage:s0, stage:s1, stage:s2" in text
    with pytest.raises(InputError, match="no stage states cost_per_point"):
        act(cases.one_stage(targets=(Target(1, "wins"),)), budget=5.0)
    with pytest.raises(InputError, match="the case states none"):
        act(stages_with_costs(targets=()), budget=5.0)


def test_simulated_splits_share_their_numbers_and_agree_with_the_exact_answer():
    case = replace(stages_with_costs(), seed=4)
    known = act(case, budget=90.0, engine="exact").split
    drawn = act(case, budget=90.0, engine="simulate", trials=4000).split
    assert abs(drawn.chance - known.chance) < 4.5 * np.sqrt(known.chance * (1 - known.chance) / 4000)
    assert abs(chance_at(case, drawn.spendings, drawn.money) - known.chance) < 0.02
    assert drawn.gain.error < 0.7 * np.sqrt(2 * 0.25 / 4000)
