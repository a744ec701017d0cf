"""Which inputs move the forecast of a case: those it states, or those of its fitted tables."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.analysis.fitted_inputs import FittedInputs, fitted_inputs
from funnelsim.analysis.stated_inputs import StatedInputs, stated_inputs
from funnelsim.model.case import Case
from funnelsim.model.opening import Range


def inputs_of(case: Case, ranges: Mapping[str, Range] | None = None) -> StatedInputs | FittedInputs:
    """Return the inputs of a case.

    Parameters
    ----------
    case : Case
    ranges : mapping of str to (low, high), optional
        Ranges by the name of an input, in place of a belief or a default.

    Raises
    ------
    InputError
        For an unknown input, a range out of bounds, or a case in which nothing can move.
    """
    if case.fitted is not None:
        return fitted_inputs(case, case.fitted, ranges)
    return stated_inputs(case, ranges)
