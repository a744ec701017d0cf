"""The least that two cases on shared random numbers can differ: the best coupling, deal by deal (model page, M9).

Where deals are independent, a deal won with chance w in one case and w' in the other ends differently in at least
|w' - w| of the futures, however its luck is shared. So the variance of the difference is at least the sum over deals of
a^2 |w' - w| (1 - |w' - w|); a deal of one case alone brings its own variance.
"""

from __future__ import annotations

from funnelsim.engine.exact import exact
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case


def least_variance(first: Case, second: Case) -> float | None:
    """Return the least variance of the difference of bookings, in squared units; None where deals hang together.

    Examples
    --------
    >>> import funnelsim as fs
    >>> stated = fs.load("configs/whose_win_rates.yaml")
    >>> round(least_variance(stated, fs.load("configs/whose_win_rates.yaml", scenario="1-3-5-7-10")) ** 0.5, 2)
    135.83
    """
    if _hangs_together(first) or _hangs_together(second):
        return None
    try:
        one, other = _chances(first), _chances(second)
    except RefusedError:
        return None
    found = 0.0
    for name in {**one, **other}:
        (a, w), (b, v) = one.get(name, other.get(name, (0.0, 0.0))), other.get(name, one.get(name, (0.0, 0.0)))
        if a != b:
            return None
        apart = abs(v - w) if name in one and name in other else w
        found += a**2 * apart * (1.0 - apart)
    return found


def _hangs_together(case: Case) -> bool:
    """Tell whether anything but a deal's own luck decides what it signs."""
    parts = (case.beliefs, case.has_business, case.capacity, case.communication, case.fitted, case.realisation)
    return any(parts) or case.shock.moves_chances or case.shock.stays is not None


def _chances(case: Case) -> dict[str, tuple[float, float]]:
    """Return amount and chance to be won in the window of every deal that is forecast."""
    law = exact(case)
    chances, _ = law.deal_chances()
    return {deal.id: (deal.amount, float(p)) for deal, p in zip(law.program.deals, chances, strict=True)}
