"""The Aalen-Johansen estimator against mstate, R's survival, and the estimator written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from clinical import EBMT, PROTHR, aidssi, ebmt4, from_r, printed, prothr, spells

from funnelsim.fitting.exits import CENSORED, Spells, occupation, shares_of

# printed with seven significant figures
PRINTED = 5.1e-8


def slow(those: Spells, initial) -> dict[float, np.ndarray]:
    """The estimator as its formula says: one matrix a time, every spell looked at for every time."""
    n = len(initial)
    share, found = np.array(initial, float), {}
    rows = list(zip(those.state, those.start, those.stop, those.to, strict=True))
    for time in sorted({stop for _, start, stop, to in rows if to != CENSORED and stop > start}):
        step = np.eye(n)
        for origin in range(n):
            here = [row for row in rows if row[0] == origin and row[1] < time <= row[2]]
            for target in range(n):
                moved = sum(1 for row in here if row[2] == time and row[3] == target)
                if moved:
                    step[origin, target] += moved / len(here)
                    step[origin, origin] -= moved / len(here)
        share = share @ step
        found[time] = share
    return found


def wanderers(seed: int, n_subjects: int = 40, *, censor: bool = True) -> Spells:
    """Subjects that go to and fro between three states and end in a fourth; some come late, some are lost."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(n_subjects):
        state, now = int(random.integers(2)), 0.0
        late, lost = random.integers(0, 6), random.integers(8, 30) if censor else np.inf
        while state != 3:
            stop, to = now + float(random.integers(1, 9)), int(random.integers(4))
            if to == state:
                continue
            seen = max(now, float(late) if censor else 0.0), min(stop, lost)
            if seen[0] < seen[1]:
                rows.append((state, *seen, to if stop <= lost else CENSORED))
            if stop > lost:
                break
            state, now = to, stop
    return spells(rows)


@pytest.mark.parametrize("seed", range(5))
def test_the_fast_estimator_is_the_slow_one(seed: int) -> None:
    those = wanderers(seed)
    found = occupation(those, [0.5, 0.5, 0, 0])
    for time, shares in slow(those, [0.5, 0.5, 0, 0]).items():
        assert found.at(time) == pytest.approx(shares, abs=1e-13)


def test_without_censoring_shares_are_those_counted() -> None:
    those = wanderers(7, censor=False)
    starts = np.bincount(those.state[those.start == 0], minlength=4)
    found = occupation(those, starts / starts.sum())
    for time in (0.0, 3.0, 7.0, 12.0, 25.0):
        here = those.state[(those.start <= time) & (time < those.stop)]
        counted = np.bincount(here, minlength=4) / starts.sum()
        counted[3] = 1 - counted.sum()
        assert found.at(time) == pytest.approx(counted, abs=1e-12)


def test_an_open_end_counted_as_an_exit_is_told_apart() -> None:
    """Negative control: taking the censored for moved to the end is not the estimator."""
    those = wanderers(1)
    wrong = Spells(those.state, those.start, those.stop, np.where(those.to == CENSORED, 3, those.to))
    assert abs(occupation(wrong, [0.5, 0.5, 0, 0]).at(15.0)[3] - occupation(those, [0.5, 0.5, 0, 0]).at(15.0)[3]) > 0.05


def test_nobody_appears_or_gets_lost() -> None:
    found = occupation(wanderers(3), [0.5, 0.5, 0, 0], errors=True)
    assert found.shares.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert found.at(-1.0).tolist() == [0.5, 0.5, 0, 0]
    assert found.errors is not None
    assert (found.errors[0] == 0).all()


def test_standard_errors_are_those_of_repeated_samples() -> None:
    """Over 4,000 samples the mean of the estimated variances is the variance, within z = 4 of its standard errors."""
    many, errors = [], []
    for seed in range(4_000):
        found = occupation(_exits(seed), [1, 0, 0], errors=True)
        many.append(found.at(10.0)[1])
        errors.append(found.errors[np.searchsorted(found.times, 10.0, side="right") - 1, 1])
    real, told = np.var(many, ddof=1), np.mean(np.square(errors))
    z_unit = real * np.sqrt(2 / len(many))
    assert abs(told - real) < 4 * z_unit
    assert abs(1.21 * told - real) > 4 * z_unit  # the same test refuses an error 10 % too large


def _exits(seed: int, n: int = 200) -> Spells:
    random = np.random.default_rng(seed)
    stop, lost = np.ceil(random.exponential(8.0, n)), np.ceil(random.uniform(1, 30, n))
    to = np.where(stop <= lost, 1 + (random.random(n) < 0.6), CENSORED)
    return Spells(np.zeros(n, np.int64), np.zeros(n), np.minimum(stop, lost), to)


def test_mstate_prints_the_same_for_aidssi(shared_data) -> None:
    head, tail, by_head, by_tail = printed(shared_data, "cuminc.txt")[:4]
    _check(occupation(aidssi(shared_data), [1, 0, 0], errors=True), head + tail)
    for group in ("WW", "WM"):
        rows = [row for row in by_head + by_tail if row["group"] == group]
        assert len(rows) == 6
        _check(occupation(aidssi(shared_data, group), [1, 0, 0], errors=True), rows)


def test_mstate_prints_the_same_for_its_made_up_data(shared_data) -> None:
    made, told, more, without = printed(shared_data, "cuminc.txt")[4:8]
    stop, status = (np.array([int(row[name]) for row in made]) for name in ("surv", "stat"))
    assert len(told) == len(more) == len(without) == 9
    told = [a | b for a, b in zip(told, more, strict=True)]
    # where no status is 0 the program takes the smallest, 1, for censored
    for those, censored, rows in ((status >= 0, 0, told), (status > 0, 1, without)):
        zeros = np.zeros(int(those.sum()))
        to = np.where(status[those] == censored, CENSORED, status[those])
        found = Spells(zeros.astype(np.int64), zeros, stop[those].astype(float), to)
        _check(occupation(found, [1, 0, 0, 0], errors=True), rows)


def _check(found, rows) -> None:
    names = {"Surv": 0, "CI.1": 1, "CI.2": 2, "CI.3": 3}
    for row in rows:
        place = np.flatnonzero(np.isclose(found.times, float(row["time"])))[-1]
        for name, state in names.items():
            if name in row:
                assert found.shares[place, state] == pytest.approx(float(row[name]), abs=PRINTED)
                assert found.errors[place, state] == pytest.approx(float(row["se" + name]), abs=PRINTED)


def test_mstate_prints_the_same_shares_for_the_hazards_of_its_illness_death_example(shared_data) -> None:
    hazards, ways = _printed_hazards(shared_data)
    shares = shares_of(np.diff(hazards, axis=0, prepend=0), *ways, [1, 0, 0])
    table = printed(shared_data, "probtrans.txt")[-1]
    assert len(table) == len(shares) == 8
    for row, share in zip(table, shares, strict=True):
        assert share == pytest.approx([float(row[f"pstate{k}"]) for k in (1, 2, 3)], abs=PRINTED)


def _printed_hazards(folder):
    (table,) = [rows for rows in printed(folder, "msfit.txt") if rows and set(rows[0]) == {"time", "Haz", "trans"}]
    columns = [[float(row["Haz"]) for row in table if row["trans"] == way] for way in "123"]
    return np.array(columns).T, (np.array([0, 0, 1]), np.array([1, 2, 2]))


@pytest.mark.parametrize("treat", ["Placebo", "Prednisone"])
def test_survfit_of_r_says_the_same_of_prothr_where_patients_go_to_and_fro(shared_data, treat: str) -> None:
    """32 stays (64 rows) have no length: given half a day, as the R script gives them, or left out."""
    stays = prothr(shared_data, treat)
    none = stays.start == stays.stop
    half = Spells(stays.state, stays.start, np.where(none, stays.stop + 0.5, stays.stop), stays.to)
    for name, those in (("prothr", half), ("prothr_dropped", stays)):
        initial = np.bincount(those.state[those.start == 0], minlength=3) / (those.start == 0).sum()
        found, told = occupation(those, initial), from_r(name)
        ours = {key: found.at(key[1])[PROTHR.index(key[2])] for key in told if key[0] == treat}
        assert ours == pytest.approx({key: told[key] for key in ours}, abs=1e-13)
        assert len(ours) == 30


def test_leaving_out_stays_of_no_length_keeps_dead_patients_alive(shared_data) -> None:
    """Negative control of the comparison with R: the two ways are not the same numbers."""
    told, dropped = from_r("prothr"), from_r("prothr_dropped")
    key = ("Prednisone", 365.0, "dead")
    assert told[key] - dropped[key] > 0.01


def test_survfit_of_r_says_the_same_of_ebmt4(shared_data) -> None:
    found, told = occupation(ebmt4(shared_data), [1, 0, 0, 0, 0, 0]), from_r("ebmt4")
    ours = {key: found.at(key[1])[EBMT.index(key[2])] for key in told}
    assert ours == pytest.approx(told, abs=1e-13)
    assert len(ours) == 60
