"""Parts of the kernel that only compiled code calls, opened to the tests."""

from __future__ import annotations

from numba import njit

from funnelsim.engine.kernel import chances as chances_
from funnelsim.engine.kernel import normal, thresholds


@njit
def fix_thresholds(plan, chances):
    """Solve the thresholds of what `chances` believe."""
    thresholds.fix_thresholds(plan, chances)


@njit
def draw_beliefs(plan, chances, place):
    """Draw what the trial at `place` believes."""
    chances_.draw_beliefs(plan, chances, place)


@njit
def normal_near(x):
    """Return phi(x), and Phi(x) from it."""
    density = normal.normal_density(x)
    return density, normal.normal_cdf_near(x, density)
