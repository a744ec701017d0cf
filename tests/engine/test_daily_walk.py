"""Fitted stages in the walk: path by path as a day-by-day twin has them, and the same bytes however they are run."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import timedelta
from math import exp, log

import numpy as np
import pytest

from funnelsim.engine.lower import lower
from funnelsim.engine.replay import replay
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.model.daily import CLOSED, AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.funnel import WON, is_lost
from tests.engine.daily_cases import AS_OF, SHOCK, deals_of, fitted_case, random_fitted, tables_of, with_sources
from tests.engine.twin import GOLDEN, MASK, VISIT, key, mix64
from tests.engine.twin_daily import daily_exits, shocked

LEAD = 0x510E527FADE682D1


class Twin:
    """One trial of a fitted case, one deal at a time, one day at a time, straight from the words."""

    def __init__(self, case, seed, trial):
        self.case, self.tables, self.names = case, case.fitted, case.funnel.names
        self.trial = mix64((key("seed", seed) + (trial + 1) * GOLDEN) & MASK)
        self.draw = int(self.uniform(key("fitted", "draw")) * self.tables.n_draws)
        self.u = self.tables.shock[int(self.uniform(key("fitted", "shock")) * len(self.tables.shock))]
        self.horizon = (case.end - case.as_of).days
        self.ranks = [self.ranked(i) for i in range(len(self.names))]

    def uniform(self, *address):
        return ((mix64((self.trial + sum(address)) & MASK) >> 12) + 0.5) * 2.0**-52

    def ranked(self, i):
        """Exits from the worst to the best."""
        exits = self.tables.stages[i].exits

        def rank(name):
            if is_lost(name):
                return 0, exits.index(name)
            if name == WON:
                return 4, 0
            to = self.names.index(name)
            return (3 if to > i else 2), to

        return sorted(exits, key=rank)

    def plain(self, i, stratum):
        """The stage as `twin_daily` reads it, of this trial's draw."""
        stage, r, g = self.tables.stages[i], self.draw, stratum
        if isinstance(stage, DatedStage):
            loss = [[stage.loss.at(r, g, d, a) for a in range(len(stage.ages))] for d in range(len(stage.due))]
            return {"due": stage.due, "ages": stage.ages, "chance": loss, "won": stage.won.at(r, g)}
        chance = [[stage.chance.at(r, g, c, e) for e in range(len(stage.exits))] for c in range(len(stage.ages))]
        return {"exits": stage.exits, "ages": stage.ages, "chance": chance}

    def multipliers(self, i, day):
        days = self.tables.days
        stage = self.tables.stages[i]
        if days is None or (stage.name not in days.factor and days.of_day[day] != CLOSED):
            return {}
        kind = days.of_day[day]
        if kind == CLOSED:
            return None
        return {name: days.factor[stage.name].at(kind, e) for e, name in enumerate(stage.exits)}

    def walk(self, entity, stage, age, due, amount, boost, day=0):
        """Return [(stage, exit, day)], the last exit None if the horizon ends first."""
        g, path, visits = self.tables.stratum_of(amount), [], {}
        up, down = exp(self.u) * boost, exp(-self.u)
        is_first = True
        while True:
            n = visits.get(stage, 0)
            visits[stage] = n + 1
            word = mix64((self.trial + entity + key("stage", self.names[stage]) + n * VISIT) & MASK)
            plain = self.plain(stage, g)
            if not is_first and "due" in plain:
                leads = self.tables.stages[stage].leads
                due = leads[int(((mix64((word + LEAD) & MASK) >> 12) + 0.5) * 2.0**-52 * len(leads))]
            needed = -log(((word & 0xFFFFFFFF) + 0.5) / 2**32)
            while day < self.horizon:
                multipliers = self.multipliers(stage, day)
                if multipliers is None:
                    day += 1
                    continue
                exits = daily_exits(plain, age, due, multipliers)
                exits = shocked(exits, self.names, stage, up, down)
                total = sum(exits.values())
                hazard = 1e3 if total >= 1 - 1e-15 else -log(1 - total)
                if needed < hazard:
                    break
                needed, day, age, due = needed - hazard, day + 1, age + 1, due - 1
            else:
                return [*path, (self.names[stage], None, None)]
            u, upto, chosen = ((word >> 32) + 0.5) / 2**32, 0.0, None
            for name in self.ranks[stage]:
                if exits.get(name, 0.0) > 0:
                    upto, chosen = upto + exits[name], name
                    if u * total < upto:
                        break
            path.append((self.names[stage], chosen, day))
            if chosen not in self.names:
                return path
            to = self.names.index(chosen)
            day += to <= stage
            stage, age, due, is_first = to, 0, 0, False


def n_open(case, end):
    """Return how many days before a date are not closed, counted one by one."""
    of_day = case.fitted.days.of_day if case.fitted.days else (0,) * 400
    return sum(kind != CLOSED for kind in of_day[: (end - AS_OF).days])


def told(events):
    """A replayed path as the twin tells it."""
    return [(e.stage, None if e.exit == "open" else e.exit, None if e.exit == "open" else int(e.day)) for e in events]


def traced(simulation, trial, number):
    """A path of the kernel as the twin tells it."""
    program = simulation.program
    path, outcome, _ = simulation.trace(trial, number)
    rows = [(program.case.funnel.names[int(s)], program.targets[int(s)][int(k)], int(day)) for s, k, day in path]
    return rows if outcome else [*rows[:-1], (rows[-1][0], None, None)]


@pytest.mark.parametrize("seed", range(16))
def test_every_path_is_the_twins(seed):
    case = random_fitted(seed)
    simulation = Simulation(case, seed=5, threads=1)
    program = simulation.program
    boost = program.arrays.daily.class_boost[program.arrays.deal_class]
    n_moves = 0
    for trial in range(40):
        twin = Twin(case, 5, trial)
        for d in (trial % 5, trial % 7 + 5, 20 - trial % 6):
            deal = program.deals[d]
            due = n_open(case, deal.expected_close) if deal.expected_close else 0
            stage = case.funnel.names.index(deal.stage)
            mine = twin.walk(key("deal", deal.id, 0), stage, int(deal.age_days), due, deal.amount, boost[d])
            assert traced(simulation, trial, d) == mine, (trial, deal)
            n_moves += len(mine)
    assert n_moves > 130


def test_new_deals_walk_as_the_twins_and_by_the_stratum_of_their_amounts():
    case = with_sources(random_fitted(2, horizon=replace(random_fitted(2).horizon, n_periods=1)))
    case = replace(case, sources=case.sources[1:])
    trials = 60
    ensemble = simulate(case, trials=trials, measures=("bookings", "wins", "new_deals", "losses"))
    program = ensemble.program
    curve = program.curves[program.arrays.business.kind_amount_row[0]]
    boost = program.arrays.daily.kind_boost[0]
    open_wins = simulate(replace(case, sources=()), trials=trials, measures=("wins", "losses"))
    wins = ensemble.total("wins") - open_wins.total("wins")
    losses = ensemble.total("losses") - open_wins.total("losses")
    arrival = key("source", "fair", "cohort")
    strata = set()
    for trial in range(trials):
        twin, won, lost = Twin(case, 5, trial), 0, 0
        for j in range(9):
            entity = mix64((arrival + (j + 1) * GOLDEN) & MASK)
            word = mix64((twin.trial + entity + key("amount")) & MASK)
            amount = np.floor(100 * float(curve.upper(((word & 0xFFFFFFFF) + 0.5) / 2**32)) + 0.5) / 100
            g = case.fitted.stratum_of(amount)
            strata.add(g)
            path = twin.walk(entity, len(case.funnel.names) - 1, 0, 0, amount, boost[g], day=7)
            won += path[-1][1] == "won"
            lost += path[-1][1] is not None and path[-1][1].startswith("lost")
        assert (wins[trial], losses[trial]) == (won, lost), trial
    assert strata == {0, 1} or len(boost) == 1
    assert wins.sum() > 100


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_threads_blocks_and_first_trials_change_no_byte(seed):
    case = with_sources(random_fitted(seed))
    whole = simulate(case, trials=5000, threads=1, measures=(*case.measures, "losses", "open_value"))
    other = simulate(case, trials=5000, threads=3, measures=(*case.measures, "losses", "open_value"))
    for name in ("bookings", "wins", "losses", "closed"):
        assert (getattr(whole, name) == getattr(other, name)).all()
    late = simulate(case, trials=100, first_trial=4900)
    assert (late.total("bookings") == whole.total("bookings")[4900:]).all()


def test_atoms_shared_by_both_exits_leave_30_percent_won():
    """P(won) is .3 and everybody leaves: at each spike the exits split what is left of the deals 3 to 7."""
    stage = AgedStage(
        "only", ("lost", "won"), (0, 10, 11, 20, 21),
        Figures.of((1, 1, 5, 2), [0, 0, 0.35, 0.15, 0, 0, 0.7, 0.3, 0, 0]),
    )  # fmt: skip
    tables = DailyTables(AS_OF, (stage,))
    pipeline = replace(deals_of(0, tables, 1), deals=(deals_of(0, tables, 1).deals[0]._replace(age_days=0.0),))
    trials = 200_000
    ensemble = simulate(fitted_case(tables, pipeline), trials=trials, measures=("wins", "losses"))
    won, lost = ensemble.total("wins").mean(), ensemble.total("losses").mean()
    assert won + lost == 1.0
    assert abs(won - 0.3) < 4.5 * (0.21 / trials) ** 0.5
    assert abs(won - 0.26) > 20 * (0.21 / trials) ** 0.5


def test_a_deal_may_pass_all_stages_on_its_first_day():
    sure = [1.0]
    stages = [
        AgedStage(f"s{i}", (f"s{i + 1}" if i < 3 else "won",), (0,), Figures.of((1, 1, 1, 1), sure)) for i in range(4)
    ]
    tables = DailyTables(AS_OF, tuple(stages))
    deal = deals_of(0, tables, 1).deals[0]._replace(id="x", stage="s0", age_days=5.0)
    case = fitted_case(tables, replace(deals_of(0, tables, 1), deals=(deal,)))
    assert told(replay(case, trial=0, deal="x")) == [
        ("s0", "s1", 0),
        ("s1", "s2", 0),
        ("s2", "s3", 0),
        ("s3", "won", 0),
    ]


def test_an_age_of_hours_counts_as_a_day():
    """A deal that entered yesterday afternoon meets age 1 on the day of as_of: the day of age 0 has passed."""
    stage = AgedStage("only", ("lost", "won"), (0, 1, 2), Figures.of((1, 1, 3, 2), [1, 0, 0, 1, 0, 0]))
    tables = DailyTables(AS_OF, (stage,))
    deal = deals_of(0, tables, 1).deals[0]._replace(id="x", age_days=0.3)
    case = fitted_case(tables, replace(deals_of(0, tables, 1), deals=(deal,)))
    assert told(replay(case, trial=3, deal="x")) == [("only", "won", 0)]


def test_means_are_held_under_the_shock():
    """With the factors the mean of every stage and stratum is that of the tables; without them it is off."""
    tables = tables_of(3, n_draws=1, shock=SHOCK, spike=False, returns=False)
    case = fitted_case(
        tables, deals_of(3, tables, 40), horizon=replace(fitted_case(tables, deals_of(3, tables)).horizon, n_periods=4)
    )
    lanes = lower(case).recentring
    assert {(lane.stage, lane.stratum) for lane in lanes} == {(s, g) for s in range(4) for g in range(2)}
    assert max(abs(lane.shocked / lane.mean - 1) for lane in lanes) > 0.01
    trials = 200_000
    shocked_wins = simulate(case, trials=trials, measures=("wins",)).total("wins")
    plain_wins = simulate(replace(case, fitted=replace(tables, shock=(0.0,))), trials=trials, measures=("wins",)).total(
        "wins"
    )
    se = (shocked_wins.var() / trials + plain_wins.var() / trials) ** 0.5
    assert abs(shocked_wins.mean() - plain_wins.mean()) < 4.5 * se
    assert shocked_wins.std() > 1.1 * plain_wins.std()


def test_dates_decide_on_their_day():
    stage = DatedStage("booked", (1,), (0,), Figures.of((1, 1, 1, 1), [0.0]), Figures.of((1, 1), [1.0]), (3,))
    tables = DailyTables(AS_OF, (stage,))
    deals = [
        deals_of(0, tables, 1).deals[0]._replace(id=f"{n}", expected_close=AS_OF + timedelta(days=n))
        for n in (0, 4, 70)
    ]
    case = fitted_case(tables, replace(deals_of(0, tables, 1), deals=tuple(deals)))
    assert [told(replay(case, trial=1, deal=d.id)) for d in deals] == [
        [("booked", "won", 0)], [("booked", "won", 4)], [("booked", None, None)],
    ]  # fmt: skip
    assert bisect_right([0, 4, 70], 61) == 2
