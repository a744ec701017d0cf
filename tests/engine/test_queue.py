"""The queue of one trial against its slow twin, and what must hold of any queue."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.queue_cases import Network, Path, kernel, pooled, twin

_DAYS = st.one_of(st.integers(0, 12).map(float), st.floats(0, 40, allow_nan=False))


@st.composite
def networks(draw):
    """Return any network with its paths; whole days are common, so that much happens at one instant."""
    n_stages = draw(st.integers(1, 4))
    homes = draw(st.lists(st.integers(1, 3), max_size=3))
    limited = draw(st.lists(st.booleans(), min_size=n_stages, max_size=n_stages))
    of_stage, stages = [], []
    for is_limited in limited:
        of_stage.append(len(homes) + len(stages) if is_limited else -1)
        stages += [draw(st.integers(1, 3))] if is_limited else []
    dealt = bool(homes) and draw(st.booleans())
    end = draw(st.sampled_from([inf, 15.0, 40.0]))
    visit = st.tuples(st.integers(0, n_stages - 1), st.one_of(_DAYS, st.just(inf)))
    paths = [
        Path(
            arrival=0.0 if standing else draw(_DAYS),
            visits=draw(st.lists(visit, min_size=0 if standing else 1, max_size=4)),
            home=draw(st.integers(-2 if dealt and not standing else -1, len(homes) - 1)),
            value=float(draw(st.integers(0, 3))),
            is_standing=standing,
        )
        for standing in draw(st.lists(st.booleans(), max_size=14))
    ]
    bin_ends = (15.0, 40.0) if end == 40.0 else (end,)
    return paths, Network(homes, stages, of_stage, draw(st.booleans()), end, bin_ends, dealt)


@given(networks())
@settings(max_examples=400, deadline=None)
def test_the_queue_tells_what_its_slow_twin_tells(found):
    paths, network = found
    fast, slow = kernel(paths, network), twin(paths, network)
    for name in ("start", "end", "waited"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-12, err_msg=name)
    for name in ("busy", "station_waited"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=1e-9, err_msg=name)
    assert (fast.served == slow.served).all()
    assert (fast.waiting == slow.waiting).all()


@given(networks())
@settings(max_examples=200, deadline=None)
def test_who_starts_ends_or_is_open_and_nobody_is_hurried(found):
    paths, network = found
    told = kernel(paths, network)
    for p, path in enumerate(paths):
        work = sum(stay for _, stay in path.visits)
        assert told.start[p] >= path.arrival
        assert told.end[p] >= path.arrival + work - 1e-9
        if told.end[p] < inf:
            assert told.start[p] <= told.end[p]
            assert told.end[p] == pytest.approx(path.arrival + told.waited[p] + work)
    ended, begun = (told.end < inf).sum(), (told.start < inf).sum()
    never = sum(path.arrival >= network.end for path in paths)
    assert ended <= begun <= len(paths) - never


@given(networks())
@settings(max_examples=200, deadline=None)
def test_no_home_ever_holds_more_than_its_slots_or_those_that_stand_there(found):
    paths, network = found
    told = kernel(paths, network)
    for home, slots in enumerate(network.homes):
        mine = [p for p, path in enumerate(paths) if path.home == home and path.visits]
        standing = sum(paths[p].is_standing for p in mine)
        for day in {told.start[p] for p in mine if told.start[p] < inf}:
            at_once = sum(told.start[p] <= day < told.end[p] for p in mine)
            assert at_once <= max(slots, standing)


@given(networks())
@settings(max_examples=200, deadline=None)
def test_first_come_is_first_served_and_a_dearer_deal_does_not_wait_behind_a_cheaper_one(found):
    paths, network = found
    told = kernel(paths, network)
    for home in range(len(network.homes)):
        mine = [p for p, path in enumerate(paths) if path.home == home and not path.is_standing]
        for p in mine:
            for q in mine:
                if network.by_value and paths[p].value > paths[q].value:
                    # q may have begun before p came
                    assert told.start[p] <= told.start[q] or told.start[q] <= paths[p].arrival
                elif not network.by_value and paths[p].arrival < paths[q].arrival:
                    assert told.start[p] <= told.start[q]


@given(networks())
@settings(max_examples=100, deadline=None)
def test_with_room_for_everyone_nothing_is_delayed(found):
    paths, network = found
    network.homes = [99] * len(network.homes)
    network.stages = [99] * len(network.stages)
    told = kernel(paths, network)
    for p, path in enumerate(paths):
        day = path.arrival
        for _, stay in path.visits:
            day += stay
        assert told.end[p] == (day if day < network.end or not path.visits else inf)  # the very bits
        assert told.waited[p] == 0


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_paths_are_listed_does_not_matter(found, chance):
    paths, network = found
    network.dealt = False
    for number, path in enumerate(paths):
        path.value += number / 100  # no two alike
        path.home = max(path.home, -1)
    told = kernel(paths, network)
    order = list(range(len(paths)))
    chance.shuffle(order)
    again = kernel([paths[p] for p in order], network)
    np.testing.assert_array_equal(told.end[order], again.end)


def test_a_deal_that_waits_for_its_stage_keeps_its_owner():
    # two owners of one slot each, one board for one idea at a time
    paths = [Path(0, [(0, 10.0)], 0), Path(1, [(0, 5.0)], 1), Path(2, [(1, 1.0)], 1)]
    told = kernel(paths, Network([1, 1], [1], [2, -1]))
    assert told.start.tolist() == [0, 1, 15]
    assert told.end.tolist() == [10, 15, 16]
    assert told.busy.tolist() == [10, 15, 15]


def test_deals_being_worked_on_keep_their_slots_though_they_are_too_many():
    paths = [Path(0, [(0, 10.0 + i)], 0, is_standing=True) for i in range(3)] + [Path(1, [(0, 1.0)], 0)]
    told = kernel(paths, Network([2]))
    assert told.start.tolist() == [0, 0, 0, 11]  # the newcomer starts when one of two slots is free


def test_a_deal_that_never_decides_holds_its_slot_for_ever():
    told = pooled([0.0, 1.0], [inf, 1.0], 1, end=100.0)
    assert told.start.tolist() == [0, inf]
    assert told.busy[0] == 100
    assert told.waiting[0, 0] == 1
