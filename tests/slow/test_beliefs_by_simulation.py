"""What k of n deals taught is the right belief: the wins to come fall anywhere in their forecasts, by no more."""

import numpy as np
import pytest

import funnelsim as fs
from tests.slow.ranks import Z, rank, z_of

N, N_PAST, N_OPEN, TRIALS = 200, 12, 60, 199
CASE = f"""
case: one stage
currency: CNY
unit: 1
as_of: 2026-01-01
horizon: unlimited
stages: [{{name: offer, conversion: 50%, stay: {{fixed: 10 d}}}}]
pipeline: [{{stage: offer, deals: {N_OPEN}, amount: 1, age: 0 d}}]
trials: {TRIALS}
seed: 1
"""


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    """Ranks of wins to come by belief: as learnt, and as known at its mean."""
    place = tmp_path_factory.mktemp("beliefs") / "case.yaml"
    place.write_text(CASE, encoding="utf-8")
    rng, found = np.random.default_rng(1), {"learnt": [], "known": []}
    for seed in range(N):
        p = rng.random()
        won, comes, luck = rng.binomial(N_PAST, p), rng.binomial(N_OPEN, p), rng.random()
        for name, figure in (
            ("learnt", f"{{beta: {{won: {won}, of: {N_PAST}, prior: uniform}}}}"),
            ("known", f"{(won + 1) / (N_PAST + 2)}"),
        ):
            case = fs.load(place, (f"stages.offer.conversion={figure}",))
            wins = fs.simulate(case, seed=seed).total("wins")
            found[name].append(rank(wins, comes, luck))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.slow
def test_wins_to_come_fall_anywhere_in_their_forecasts(ranks):
    assert z_of(ranks["learnt"]) < Z
    # negative control: the same mean, taken as known
    assert z_of(ranks["known"]) > 2 * Z
