"""What arrives at each hop (M8.1, M8.2): against a plain simulation, item by item, and against closed forms."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from funnelsim.analysis.communication import binomial, communicate, worth_chances
from funnelsim.analysis.in_time import chance_in_time, mean_days
from funnelsim.engine.laws import curve_of
from funnelsim.model.briefing import Briefing
from funnelsim.model.communication import Communication, Hop, Item, Message, Remedy
from funnelsim.model.law import Beta, Empirical, Fixed, Shaped, Uniform

# about 60 comparisons; 1 seed in 1,000 may err
Z = 4.5
N = 40_000
MINUTE = 1 / 1440
CLASSIC = Communication(
    tuple(Hop(name, Fixed(r)) for name, r in (("said", 0.8), ("heard", 0.75), ("understood", 2 / 3), ("done", 0.5))),
    Message.alike(20),
)
STORY = Message((Item("wife", 1, True), Item("hut", 3), Item("snow", 2), Item("husband", 2, True), Item("soup", 2)))
CHAIN = Communication(
    (
        Hop("said", Beta(12.0, 0.85), Shaped("lognormal", {"median": 2 * MINUTE, "p90": 6 * MINUTE})),
        Hop("heard", Uniform(0.6, 0.9), Fixed(1 * MINUTE), remedy=Remedy(repeat_backs=2, correlation=0.3)),
        Hop("done", Beta(8.0, 0.8), Shaped("gamma", {"mean": 4 * MINUTE, "cv": 0.7}), remedy=Remedy(written=0.7)),
    ),
    STORY,
    time_limit_days=10 * MINUTE,
)


def told_of(chain, **options):
    return communicate(Briefing("a chain", chain), **options)


def played(chain, seed=3, n=N):
    """Hand the message down `n` times; return (trial, hop, item) what is left, and the days each trial took."""
    rng, message = np.random.default_rng(seed), chain.message
    left = np.ones((n, len(message.items)), bool)
    after, days = [left], np.zeros(n)
    for hop in chain.hops:
        remedy = hop.remedy
        r = np.minimum(draw(hop.keeps, rng, n) + remedy.adds, 1.0)
        tried = rng.random((remedy.repeat_backs + 1, n, len(message.items))) < r[:, None]
        alike = rng.random(left.shape) < remedy.correlation
        through = np.where(alike, tried[0], tried.any(axis=0))
        if remedy.written:
            # the brief holds where word of mouth keeps less on average
            kept = r + (1 - remedy.correlation) * (1 - r) * (1 - (1 - r) ** remedy.repeat_backs)
            through = np.where((kept < remedy.written)[:, None], rng.random(left.shape) < remedy.written, through)
        if not remedy.removed:
            left = left & through
            days += draw(hop.takes, rng, n) if hop.takes else 0.0
            for _ in range(remedy.repeat_backs):
                again = remedy.repeat_takes or hop.takes
                days += draw(again, rng, n) if again else 0.0
        after.append(left)
    return np.stack(after, axis=1), days


def draw(law, rng, n):
    return curve_of(law).lower(rng.random(n))


def worth_of(left, message):
    weights = np.array([item.weight for item in message.items])
    critical = np.array([item.critical for item in message.items])
    return (left @ weights) / weights.sum() * left[..., critical].all(axis=-1)


def far(found, sample):
    """Return how many standard errors a figure is from the mean of a sample."""
    sample = np.asarray(sample, float)
    return abs(found - sample.mean()) / max(sample.std() / sqrt(len(sample)), 1e-12)


# ---- closed forms


def test_the_classic_chain_falls_from_100_to_80_60_40_and_20():
    told = told_of(CLASSIC)
    assert [round(arrival.reaches, 12) for arrival in told.arrivals] == [1.0, 0.8, 0.6, 0.4, 0.2]
    assert [round(arrival.items.mean, 9) for arrival in told.arrivals] == [20.0, 16.0, 12.0, 8.0, 4.0]


def test_counts_of_a_fixed_chain_are_binomial():
    for arrival, share in zip(told_of(CLASSIC).arrivals, (1.0, 0.8, 0.6, 0.4, 0.2), strict=True):
        assert arrival.items.probability == pytest.approx(stats.binom.pmf(range(21), 20, share), abs=1e-12)
        for name, p in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
            assert arrival.items.quantiles[name] == stats.binom.ppf(p, 20, share)
        assert arrival.whole == pytest.approx(share**20)
        assert arrival.error == 0.0


@pytest.mark.parametrize("n", [1, 30, 127, 400])
def test_one_hop_learnt_from_few_is_beta_binomial(n):
    chain = Communication((Hop("said", Beta(9.0, 0.7)),), Message.alike(n))
    arrival = told_of(chain).arrivals[-1]
    expected = stats.betabinom.pmf(range(n + 1), n, 6.3, 2.7)
    assert np.abs(arrival.items.probability - expected).max() <= max(10 * arrival.error, 1e-12)
    assert arrival.error < 1e-9
    # negative control: a binomial at the mean is another law
    if n > 1:
        assert np.abs(arrival.items.probability - stats.binom.pmf(range(n + 1), n, 0.7)).max() > 1e-3


def test_removing_a_hop_divides_by_what_it_keeps():
    told = told_of(CLASSIC)
    removed = {change.hop.name: change.worth for change in told.changes if change.kind == "removed"}
    assert removed == pytest.approx({"said": 0.25, "heard": 0.2 / 0.75, "understood": 0.3, "done": 0.4})
    assert told.best.hop.name == "done"
    assert told.best.gain == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("remedy", "keeps"),
    [
        (Remedy(repeat_backs=1), 0.9375),
        (Remedy(repeat_backs=2), 1 - 0.25**3),
        (Remedy(repeat_backs=1, correlation=1.0), 0.75),
        (Remedy(repeat_backs=1, correlation=0.5), 0.75 + 0.5 * 0.25 * 0.75),
        (Remedy(written=0.9), 0.9),
        (Remedy(written=0.6), 0.75),
        (Remedy(adds=0.1), 0.85),
        (Remedy(removed=True), 1.0),
    ],
    ids=str,
)
def test_a_remedy_makes_of_three_quarters(remedy, keeps):
    told = told_of(CLASSIC.with_remedy(1, remedy))
    assert told.arrivals[2].keeps == pytest.approx(keeps)
    assert told.as_told[2].keeps == pytest.approx(0.75)
    assert told.arrivals[-1].reaches == pytest.approx(0.2 * keeps / 0.75)


def test_the_weights_of_what_is_left_by_enumeration():
    share = 0.6
    chances = worth_chances(STORY, np.array([share]))[0]
    expected = np.zeros(STORY.weight + 1)
    for pattern in range(2 ** len(STORY.items)):
        left = [(pattern >> i) & 1 for i in range(len(STORY.items))]
        p = np.prod([share if bit else 1 - share for bit in left])
        void = any(item.critical and not bit for item, bit in zip(STORY.items, left, strict=True))
        expected[0 if void else sum(item.weight * bit for item, bit in zip(STORY.items, left, strict=True))] += p
    assert chances == pytest.approx(expected, abs=1e-14)


def test_a_message_of_critical_items_alone_arrives_whole_or_not_at_all():
    chain = replace(CLASSIC, message=Message((Item("a", 2, True), Item("b", 1, True))))
    last = told_of(chain).arrivals[-1]
    assert last.worth.mean == pytest.approx(0.04)
    assert last.whole == last.critical == pytest.approx(0.04)


def test_binomial_chances_at_the_ends_are_certain():
    assert binomial(3, np.array([0.0, 1.0])).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]


# ---- against a message handed down item by item


def test_a_chain_of_laws_and_remedies_is_the_one_played_item_by_item():
    left, days = played(CHAIN)
    told = told_of(CHAIN)
    for k, arrival in enumerate(told.arrivals[1:], start=1):
        counts = left[:, k].sum(axis=1)
        assert far(arrival.items.mean, counts) < Z
        assert far(arrival.whole, left[:, k].all(axis=1)) < Z
        assert far(arrival.worth.mean, worth_of(left[:, k], STORY)) < Z
        for m in (2, 4):
            assert far(sum(arrival.items.probability[m:]), counts >= m) < Z
    every = next(change for change in told.changes if change.kind == "all_remedies")
    in_time = days <= CHAIN.time_limit_days
    assert far(every.in_time, in_time) < Z
    assert far(every.arrives, worth_of(left[:, -1], STORY) * in_time) < Z
    assert far(every.days, days) < Z


def test_a_hop_that_keeps_a_few_per_cent_less_is_noticed():
    """The negative control."""
    left, _ = played(replace(CHAIN, hops=(replace(CHAIN.hops[0], keeps=Beta(12.0, 0.83)), *CHAIN.hops[1:])))
    assert far(told_of(CHAIN).arrivals[-1].items.mean, left[:, -1].sum(axis=1)) > Z


def test_every_change_is_the_chain_played_with_it():
    told = told_of(CHAIN)
    for change in told.changes:
        chain = CHAIN.baseline
        if change.kind == "all_remedies":
            chain = CHAIN
        elif change.hop is not None:
            number = [hop.name for hop in CHAIN.hops].index(change.hop.name)
            parts = dict(change.hop.remedy.parts)
            chain = chain.with_remedy(number, parts.get(change.part, Remedy(removed=True)))
        left, days = played(chain, seed=17)
        arrives = worth_of(left[:, -1], STORY) * (days <= CHAIN.time_limit_days)
        assert far(change.arrives, arrives) < Z, (change.kind, change.part)
    assert [change.kind for change in told.changes] == ["as_told", "remedy", "remedy", "all_remedies", *["removed"] * 3]


# ---- time


def hops_that_take(*laws):
    return Communication(
        tuple(Hop(f"h{i}", Fixed(0.9), law) for i, law in enumerate(laws)), time_limit_days=10 * MINUTE
    )


def test_fixed_times_that_add_up_to_the_limit_are_in_time():
    tens = hops_that_take(*[Fixed(MINUTE)] * 10)
    assert chance_in_time(tens) == (1.0, 0.0)
    assert chance_in_time(hops_that_take(*[Fixed(MINUTE)] * 11)) == (0.0, 0.0)
    assert mean_days(tens) == pytest.approx(10 * MINUTE)


def test_one_law_of_time_beside_fixed_ones_is_exact():
    law = Shaped("gamma", {"mean": 4 * MINUTE, "cv": 0.5})
    chance, error = chance_in_time(hops_that_take(Fixed(2 * MINUTE), law, Empirical((1 * MINUTE, 5 * MINUTE))))
    curve = curve_of(law)
    expected = 0.5 * (1 - curve.survival(7 * MINUTE)) + 0.5 * (1 - curve.survival(3 * MINUTE))
    assert chance == pytest.approx(float(expected), abs=1e-8)
    assert error == 0.0


def test_gamma_times_of_one_scale_add_up_to_a_gamma_time():
    a, b = (Shaped("gamma", {"mean": m * MINUTE, "cv": (1 / m) ** 0.5}) for m in (3.0, 5.0))
    chance, error = chance_in_time(hops_that_take(a, b))
    assert abs(chance - stats.gamma(8.0).cdf(10.0)) < error + 1e-9
    assert 0 < error < 1e-3


def test_very_many_atoms_are_told_closely_enough():
    few = Empirical(tuple(x * MINUTE for x in (0.1, 0.7, 1.3, 2.2, 3.1)))
    chance, _ = chance_in_time(hops_that_take(*[few] * 7))
    sums = sum(np.random.default_rng(0).choice([0.1, 0.7, 1.3, 2.2, 3.1], (7, 200_000)))
    assert abs(chance - (sums <= 10 + 1e-9).mean()) < Z * sqrt(0.25 / 200_000)


# ---- what is told


def test_other_items_may_be_sent_and_the_json_tells_all():
    told = told_of(CHAIN, items=5)
    content = told.as_json()
    assert (content["schema"], content["items"], content["n_critical"]) == ("funnelsim.communication/1", 5, 0)
    assert [arrival["hop"] for arrival in content["arrivals"]] == [None, "said", "heard", "done"]
    assert content["time_limit_days"] == pytest.approx(10 * MINUTE)
    assert sum(content["arrivals"][-1]["items"]["probability"]) == pytest.approx(1.0)
    assert told_of(CLASSIC).as_json()["time_limit_days"] is None


def test_a_thousand_items_need_no_more_than_a_few_points():
    arrival = told_of(replace(CHAIN, time_limit_days=float("inf")), items=1000).arrivals[-1]
    assert arrival.items.mean == pytest.approx(1000 * arrival.reaches, rel=1e-6)
    assert arrival.error < 1e-3
