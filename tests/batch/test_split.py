"""One case cut by trials and by deals, and put together again: not a byte may move."""

from dataclasses import replace

import numpy as np
import pytest

import funnelsim as fs
from funnelsim.batch.local import Processes, Threads
from funnelsim.batch.split import cut, parts_of, split_over, walked
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.pipeline import Pipeline

TRIALS = 2_500
CASES = ("weighted_pipeline_2685_timed", "capacity_team", "hourglass")
FED = """\
case: fed
currency: CNY
unit: 万元
as_of: 2026-10-01
horizon: {periods: 3, of: month}
groups: [segment, owner]
stages:
  - {name: demo, conversion: 50%, stay: {median: 20 d, p90: 60 d}}
  - {name: offer, conversion: 60%, stay: {median: 15 d, p90: 40 d}}
pipeline:
  - {stage: demo, deals: 30, amount: 50, age: 3 d, segment: north, owner: a}
  - {stage: offer, deals: 9, amount: 80, age: 3 d, segment: south, owner: b}
  - {stage: offer, deals: 11, amount: 20, age: 9 d, segment: south, owner: a}
sources: [{name: web, rate: 12 per month, amount: {median: 30, p90: 90}, segment: north}]
referral: {leads: 0.4, after: {median: 20 d, p90: 50 d}, enters: demo, amount: 25}
loyalty: {renews: 40%, after: {median: 30 d, p90: 60 d}, customers: [{customers: 9, amount: 10, age: 12 d}]}
payment: {instalments: [{share: 40%, lag: {fixed: 10 d}, never: 5%}, {share: 60%, lag: {median: 30 d, p90: 90 d}}]}
shock: {rho: 0.1, by: {segment: 0.1}}
realisation: {pert: [0.7, 0.95, 1.05]}
beliefs: {stages.demo.conversion: {beta: {won: 5, of: 10}}}
seed: 7
"""


def arrays_of(found):
    """Return every array of an ensemble or of totals."""
    plain = (found.bookings, found.wins, found.losses, found.closed)
    return [*plain, *(found.tally or ()), *(found.waiting or ())]


def same(one, two):
    pairs = zip(arrays_of(one), arrays_of(two), strict=True)
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


@pytest.fixture(scope="module")
def fed(tmp_path_factory):
    path = tmp_path_factory.mktemp("fed") / "fed.yaml"
    path.write_text(FED, encoding="utf-8")
    return fs.load(path)


def simulation(case):
    return Simulation(case, seed=3, threads=1, measures=(*case.measures, "losses", "open_value"))


@pytest.mark.parametrize("name", CASES)
def test_parts_of_any_case_add_up_to_the_bytes_of_the_whole(name):
    run = simulation(fs.load(f"configs/{name}.yaml"))
    whole = run.run(TRIALS, first_trial=5)
    run.walker = split_over(Threads(2), least_deals=10)
    assert same(run.run(TRIALS, first_trial=5), whole)


def test_new_business_payment_and_groups_are_split_too(fed):
    run = simulation(fed)
    whole, parts = run.run(TRIALS), list(parts_of(run.walk, range(TRIALS), 12, least_deals=10))
    assert len({part.walk for part in parts}) > 1 < len({part.trials for part in parts})
    total = run.walk.empty(TRIALS)
    for first, totals in map(walked, reversed(parts)):
        total.add(totals, first)
    assert same(total, whole)
    assert min(int(np.abs(column).sum()) for column in arrays_of(whole)) > 0  # there was something to lose


def test_a_part_left_out_or_put_in_the_wrong_place_is_noticed(fed):
    """The negative control."""
    run = simulation(fed)
    whole, parts = run.run(TRIALS), list(parts_of(run.walk, range(TRIALS), 12, least_deals=10))
    found = [walked(part) for part in parts]

    def merged(found):
        total = run.walk.empty(TRIALS)
        for first, totals in found:
            total.add(totals, first)
        return total

    assert same(merged(found), whole)
    for n in range(len(found)):
        assert not same(merged(found[:n] + found[n + 1 :]), whole)
    firsts = [first for first, _ in found]
    moved = [(firsts[-1 - n], totals) for n, (_, totals) in enumerate(found)]
    assert firsts[0] != firsts[-1]
    assert not same(merged(moved), whole)


def test_two_processes_give_the_bytes_of_one_thread(fed):
    one = fs.simulate(fed, trials=TRIALS, seed=3, threads=1)
    seen = []
    two = fs.simulate(fed, trials=TRIALS, seed=3, walker=split_over(Processes(2), least_deals=10),
                      on_progress=lambda done, of_all: seen.append((done, of_all)))  # fmt: skip
    assert same(one, two)
    assert same(one, fs.simulate(fed, trials=TRIALS, seed=3, threads=2))
    assert seen[-1] == (TRIALS, TRIALS)


def test_a_book_cut_into_cases_of_one_seed_adds_up_to_the_book(fed):
    """What a book too large for one machine is run by: a case each part, `combine` for the sum."""
    book = replace(fed, sources=(), referral=None, loyalty=None, beliefs=())
    parts = [replace(book, pipeline=Pipeline(book.pipeline.deals[n::3])) for n in range(3)]
    whole = fs.simulate(book, trials=500, seed=3)
    found = [fs.simulate(part, trials=500, seed=3) for part in parts]
    for measure in ("bookings", "wins", "cash"):
        assert (sum(one.total(measure) for one in found) == whole.total(measure)).all()
    other = [found[0], found[1], fs.simulate(parts[2], trials=500, seed=4)]  # the negative control
    assert (sum(one.total("bookings") for one in other) != whole.total("bookings")).any()


def test_deals_that_wait_for_each_other_stay_together():
    walk = simulation(fs.load("configs/capacity_team.yaml")).walk
    assert len({part.walk for part in parts_of(walk, range(TRIALS), 4, least_deals=1)}) == 1
    with pytest.raises(RefusedError, match="walked together"):
        walk.of_deals(range(3))


@pytest.mark.parametrize(("whole", "n"), [(range(7, 7), 1), (range(3, 103), 7), (range(5), 5)])
def test_a_cut_range_is_whole(whole, n):
    assert [m for part in cut(whole, n) for m in part] == list(whole)
