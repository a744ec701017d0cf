"""Deals of a case that wait for each other."""

from __future__ import annotations

import pathlib
from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest

from funnelsim.analysis.answer import forecast
from funnelsim.config import load
from funnelsim.engine.exact import exact
from funnelsim.engine.replay import replay
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.capacity import Capacity, Team
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Shaped
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Rate, Source, Spread
from tests.engine.cases import CASES, GRAPH, LINEAR, case, pipeline
from tests.engine.queue_cases import Network, Path, twin

ALL = ("bookings", "wins", "losses", "open_value")
TIMED = sorted(name for name, c in CASES.items() if c.shock.phi is None)
TIGHT = Capacity({"Li": 2}, 1, stages={"c": 2})


def owned(c):
    """Return the case with an owner on every deal."""
    deals = tuple(d if d.owner else d._replace(owner="Li") for d in c.pipeline.deals)
    return replace(c, pipeline=Pipeline(deals))


def limited(c, **changes):
    return replace(owned(c), capacity=replace(TIGHT, stages={c.funnel.names[-1]: 2}, **changes))


@pytest.mark.parametrize("name", TIMED)
def test_with_room_for_everyone_every_byte_is_that_of_the_plain_walk(name):
    c = owned(CASES[name])
    wide = replace(c, capacity=Capacity(each_owner=99, stages=dict.fromkeys(c.funnel.names, 99)))
    free, told = (simulate(x, trials=1500, seed=3, measures=ALL) for x in (c, wide))
    for part in ("bookings", "wins", "losses", "closed"):
        assert (getattr(free, part) == getattr(told, part)).all()
    assert told.waiting.waited.sum() == 0


@pytest.mark.parametrize("open_deals", ["worked", "wait"])
@pytest.mark.parametrize("order", ["first", "value"])
@pytest.mark.parametrize("name", ["linear", "graph", "atoms", "beliefs", "own win rates in a graph"])
def test_every_trial_is_its_replayed_paths_played_by_the_slow_twin(name, order, open_deals):
    free = owned(CASES[name])
    c = limited(CASES[name], order=order, open_deals=open_deals)
    trials = 12
    told = simulate(c, trials=trials, seed=5, measures=ALL)
    walk, stations, bin_ends = Simulation(free, seed=5, threads=1), told.program.stations, told.program.bin_ends_days
    n_homes = stations.n_homes
    slots = stations.slots.tolist()
    network = Network(
        slots[:n_homes], slots[n_homes:], stations.of_stage.tolist(), order == "value", bin_ends[-1], tuple(bin_ends)
    )
    by_id = np.argsort(stations.deal_rank)
    for trial in range(trials):
        paths, outcomes, worth = [], [], []
        for d in by_id:
            visits, outcome, signed = walk.trace(trial, int(d))
            days = np.diff([0.0, *visits[:, 2]])
            paths.append(
                Path(
                    0.0,
                    [(int(v[0]), float(days[i])) for i, v in enumerate(visits)],
                    int(stations.deal_home[d]),
                    float(told.program.arrays.deal_amount[d]),
                    stations.are_standing,
                )
            )
            outcomes.append(outcome)
            worth.append(signed)
        expected = twin(paths, network)
        bookings, losses = np.zeros(len(bin_ends), int), np.zeros(len(bin_ends), int)
        for p, day in enumerate(expected.end):
            if day < inf and outcomes[p]:
                bin_ = int(np.searchsorted(bin_ends, day, side="right"))
                bookings[bin_] += worth[p]
                losses[bin_] += outcomes[p] < 0
        assert told.bookings[0, :, trial].tolist() == bookings.tolist()
        assert told.losses[0, :, trial].tolist() == losses.tolist()
        np.testing.assert_allclose(told.waiting.busy[:, trial], expected.busy, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(told.waiting.waited[:, trial], expected.station_waited, rtol=1e-9, atol=1e-6)
        assert (told.waiting.served[:, trial] == expected.served).all()
        assert (told.waiting.queue[:, :, trial] == expected.waiting).all()


def with_sources(c, **changes):
    entry = c.funnel.names[0]
    dear = Shaped("lognormal", {"median": 50.0, "p90": 120.0})
    sources = (
        Source("web", Entry(entry, dear, win_rate=0.3), rate=Rate(25, "month"), owner="Li", spread=Spread(0.6)),
        Source("fair", Entry(c.funnel.names[1], Fixed(80.0), odds=1.5), cohort=25, since=date(2026, 11, 3), owner="Wu"),
    )
    payment = Payment((Instalment(0.4, Fixed(0.0)), Instalment(0.6, Shaped("exponential", {"mean": 40.0}), "previous")))
    return replace(owned(c), sources=sources, payment=payment, groups=("owner", "source"), **changes)


@pytest.mark.parametrize("name", ["linear", "graph", "atoms", "shocks of segment and stays", "beliefs"])
def test_with_room_for_everyone_new_business_and_cash_are_those_of_the_plain_walk(name):
    c = with_sources(CASES[name])
    measures = (*c.measures, "losses", "open_value")
    for capacity in (Capacity(each_owner=9_999), Capacity(team=Team(2, 9_999, "own"))):
        free, told = (simulate(x, trials=900, seed=3, measures=measures) for x in (c, replace(c, capacity=capacity)))
        for part in ("bookings", "wins", "losses", "closed"):
            assert (getattr(free, part) == getattr(told, part)).all()
        for one, other in zip(free.tally, told.tally, strict=True):
            assert (one == other).all()


def test_with_room_for_everyone_a_chain_of_communication_acts_as_in_the_plain_walk():
    c = load(pathlib.Path(__file__).parents[2] / "configs" / "communication_coupled.yaml")
    free, told = (simulate(x, trials=700, seed=3) for x in (c, replace(c, capacity=Capacity(team=Team(1, 9_999)))))
    assert (free.bookings == told.bookings).all()


def test_very_many_new_deals_are_walked_and_not_counted_out():
    """Without a capacity winners of large numbers are counted first; who waits must be there, winner or not."""
    dear = Shaped("lognormal", {"median": 50.0, "p90": 120.0})
    many = replace(
        case(LINEAR), sources=(Source("web", Entry("meet", dear), rate=Rate(900, "month")),), shock=Shock(rho=0.1)
    )
    free = simulate(many, trials=600, seed=1)
    told = simulate(replace(many, capacity=Capacity(team=Team(1, 100_000))), trials=600, seed=2)
    error = np.sqrt(free.total("wins").var() / 600 + told.total("wins").var() / 600)
    assert abs(free.total("wins").mean() - told.total("wins").mean()) < 4 * error
    assert abs(free.total("wins").mean() * 1.15 - told.total("wins").mean()) > 4 * error
    assert (told.waiting.served[0] == told.total("new_deals")).all()


@pytest.mark.parametrize("capacity", [Capacity(each_owner=4), Capacity(team=Team(3, 3, "own"), order="value")])
def test_with_new_deals_threads_and_company_change_no_byte(capacity):
    c = with_sources(CASES["graph"], capacity=capacity)
    measures = (*c.measures, "losses", "open_value")
    whole = simulate(c, trials=1500, seed=2, threads=1, measures=measures)
    parted = simulate(c, trials=1500, seed=2, threads=3, measures=measures)
    late = simulate(c, trials=400, seed=2, first_trial=1100, measures=measures)
    for part in ("bookings", "wins", "losses", "closed"):
        assert (getattr(whole, part) == getattr(parted, part)).all()
        assert (getattr(whole, part)[..., 1100:] == getattr(late, part)).all()
    for part in ("busy", "waited", "served", "queue"):
        assert (getattr(whole.waiting, part) == getattr(parted.waiting, part)).all()
        assert (getattr(whole.waiting, part)[..., 1100:] == getattr(late.waiting, part)).all()
    assert whole.waiting.waited.sum() > 0


def test_a_trial_with_far_more_new_deals_than_expected_finds_room():
    wild = Source("web", Entry("meet", Fixed(1.0)), rate=Rate(60, "month"), spread=Spread(3.0))
    c = replace(case(LINEAR), sources=(wild,))
    told = simulate(replace(c, capacity=Capacity(team=Team(1, 100_000))), trials=200, seed=1)
    free = simulate(c, trials=200, seed=1)
    assert free.total("new_deals").max() > 10 * free.total("new_deals").mean()
    assert (told.bookings == free.bookings).all()


def test_signed_is_received_outstanding_or_written_off_though_deals_wait():
    c = with_sources(CASES["linear"], capacity=Capacity(each_owner=3))
    told = simulate(c, trials=500, seed=4)
    tally = told.tally
    settled = (tally.cash + tally.written_off).sum(axis=1) + tally.outstanding[:, 0]
    assert (settled == told.bookings.sum(axis=1)).all()


def test_threads_and_company_change_no_byte():
    c = limited(CASES["graph"], open_deals="wait")
    whole = simulate(c, trials=3000, seed=2, threads=1, measures=ALL)
    parted = simulate(c, trials=3000, seed=2, threads=3, measures=ALL)
    late = simulate(c, trials=700, seed=2, first_trial=2300, measures=ALL)
    for part in ("bookings", "wins", "losses", "closed"):
        assert (getattr(whole, part) == getattr(parted, part)).all()
        assert (getattr(whole, part)[..., 2300:] == getattr(late, part)).all()
    for part in ("busy", "waited", "served", "queue"):
        assert (getattr(whole.waiting, part) == getattr(parted.waiting, part)).all()
        assert (getattr(whole.waiting, part)[..., 2300:] == getattr(late.waiting, part)).all()


def test_a_block_with_more_visits_than_expected_is_walked_again_with_room_for_them():
    """Half of the deals go back and forth for a year: far more visits than three a path."""
    from funnelsim.model.funnel import Exit, Funnel, Stage
    from funnelsim.model.law import Fixed

    loop = Funnel(
        (
            Stage("a", (Exit("b", 0.95, Fixed(3.0)), Exit("lost", 0.05, Fixed(3.0)))),
            Stage("b", (Exit("a", 0.95, Fixed(3.0)), Exit("won", 0.05, Fixed(3.0)))),
        )
    )
    c = owned(case(loop, pipeline=pipeline(loop.names, n=30)))
    wide = replace(c, capacity=Capacity(each_owner=99))
    assert (simulate(c, trials=600, seed=1).bookings == simulate(wide, trials=600, seed=1).bookings).all()


@pytest.mark.parametrize("open_deals", ["worked", "wait"])
def test_waiting_takes_wins_from_no_trial_but_to_a_later_day(open_deals):
    c = limited(CASES["linear"], open_deals=open_deals)
    free, told = (simulate(x, trials=2000, seed=4, measures=ALL) for x in (owned(CASES["linear"]), c))
    for bin_ in range(free.wins.shape[1]):
        assert (told.upto("wins", bin_) <= free.upto("wins", bin_)).all()
    assert told.total("wins").sum() < free.total("wins").sum() or open_deals == "worked"
    ended = told.total("wins") + told.total("losses")
    assert (ended <= len(c.pipeline)).all()


def test_groups_still_add_up_in_every_future():
    c = replace(limited(CASES["graph"], open_deals="wait"), groups=("segment", "owner"))
    told = simulate(c, trials=500, seed=4, measures=ALL)
    rows = told.program.rows
    for axis in c.groups:
        parts = [i for i, row in enumerate(rows) if tuple(row.group) == (axis,)]
        assert (told.bookings[parts].sum(axis=0) == told.bookings[0]).all()


def test_without_an_end_everyone_gets_his_turn():
    c = replace(
        limited(case(LINEAR, horizon=Horizon()), open_deals="wait"), capacity=Capacity(each_owner=1, open_deals="wait")
    )
    free = simulate(replace(c, capacity=None), trials=400, seed=1)
    told = simulate(c, trials=400, seed=1)
    # who never decides keeps the place for ever, and those behind wait as long
    assert (told.total("wins") <= free.total("wins")).all()
    fixed = replace(c, funnel=replace(c.funnel, stages=tuple(replace(s, timeout_days=60.0) for s in c.funnel.stages)))
    assert (simulate(fixed, trials=400, seed=1).bookings == free.bookings).all()


def test_a_team_shares_its_queue_or_deals_out_in_turn():
    c = case(GRAPH)
    shared = replace(c, capacity=Capacity(team=Team(2, 2), open_deals="wait"))
    own = replace(c, capacity=Capacity(team=Team(2, 2, "own"), open_deals="wait"))
    one, two = simulate(shared, trials=2000, seed=1), simulate(own, trials=2000, seed=1)
    assert [s.slots for s in one.program.stations.stations] == [4]
    assert [s.slots for s in two.program.stations.stations] == [2, 2]
    # a shared queue leaves nobody idle while a deal waits
    assert one.waiting.busy.sum() >= two.waiting.busy.sum()
    assert one.total("wins").mean() >= two.total("wins").mean()


def test_figures_of_waiting_are_those_of_the_trials():
    c = limited(CASES["graph"], open_deals="wait")
    told = simulate(c, trials=800, seed=6)
    page = forecast(told)
    for s, station in enumerate(page.waiting):
        waited, served = told.waiting.waited[s].sum(), told.waiting.served[s].sum()
        assert station.wait_days.mean == pytest.approx(waited / served)
        assert 0 <= station.utilisation.mean <= 1
        assert len(station.queues) == 3
    assert page.as_json()["waiting"][0]["kind"] == "owner"
    assert "waiting" not in forecast(simulate(CASES["graph"], trials=100)).as_json()


def test_deals_above_the_limit_are_told():
    c = limited(CASES["graph"])
    told = forecast(simulate(c, trials=10, seed=1))
    assert any("more than the" in note for note in told.notes)
    assert any("never decide in c" in note for note in told.notes)


def test_what_a_capacity_cannot_be_asked_is_refused_with_the_reason():
    c = limited(CASES["linear"])
    with pytest.raises(RefusedError, match="wait for each other"):
        exact(c)
    with pytest.raises(RefusedError, match="all others in the trial"):
        replay(c, trial=0, deal="d0")
    with pytest.raises(RefusedError, match="move every deal behind"):
        forecast(simulate(c, trials=10, seed=1), deals=True)


def test_a_capacity_that_says_nothing_or_too_much_is_told_with_all_its_problems():
    with pytest.raises(InputError) as error:
        Capacity(owners={"Li": 0}, team=Team(1, 1), stages={"x": -1}, order="last")
    assert len(error.value.problems) == 4
    with pytest.raises(InputError, match="no limit"):
        Capacity()
    with pytest.raises(InputError) as error:
        Team(0, 0, "any")
    assert len(error.value.problems) == 3


def test_a_capacity_must_fit_its_case():
    deals = Pipeline((Deal("a", "meet", 1.0, owner="Li"), Deal("b", "meet", 1.0)))
    with pytest.raises(InputError) as error:
        case(LINEAR, pipeline=deals, shock=Shock(0.1, phi=0.5), capacity=Capacity({"Wu": 1}, stages={"met": 1}))
    told = str(error.value)
    for part in ("depends on its day", "no such stage", "no deal has this owner; there are Li", "nobody owns deal"):
        assert part in told
