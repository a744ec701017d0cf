"""What a hop is worth: the same as the exact laws of the case with that remedy."""

from dataclasses import replace

import pytest
from sensitivity_cases import small, with_chain

import funnelsim as fs
from funnelsim.analysis.conditional import ExactAnswers
from funnelsim.analysis.hops import hops_worth
from funnelsim.analysis.inputs import inputs_of
from funnelsim.model.communication import REMOVED, Remedy


def gain(remedy, number):
    """Return what a remedy at a hop adds to the mean and to the chance of 300."""
    case = with_chain()
    laws = [
        fs.exact(one).total("bookings")
        for one in (case, replace(case, communication=case.communication.with_remedy(number, remedy)))
    ]
    means, chances = ([law.mean for law in laws], [law.chance_at_least(300.0) for law in laws])
    return means[1] - means[0], chances[1] - chances[0]


def test_a_point_more_and_no_loss_are_those_of_the_remedies():
    inputs = inputs_of(with_chain())
    found = hops_worth(inputs, ExactAnswers(inputs))
    assert [hop.hop for hop in found] == ["said", "heard"]
    for number, hop in enumerate(found):
        for change, remedy in ((hop.point, Remedy(adds=0.01)), (hop.removed, REMOVED)):
            assert change[[0, 4]] == pytest.approx(gain(remedy, number), rel=1e-6)
    assert found[1].point[0] > found[0].point[0] > 0  # the weaker hop is worth more


def test_without_a_chain_there_is_nothing_to_tell():
    inputs = inputs_of(small())
    assert hops_worth(inputs, ExactAnswers(inputs)) == ()
