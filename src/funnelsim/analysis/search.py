"""The smallest whole number at which something reaches its level, where it only rises."""

from __future__ import annotations

from collections.abc import Callable

N_LINES = 2


def smallest(height: Callable[[int], float], first: int, last: int, guess: int, stride: int = 1) -> int | None:
    """Return the smallest number in first..last whose height is 0 or more, or None if even that of `last` is not.

    Gallops away from the guess with doubled strides, then takes the place where a straight line between the two ends
    would cross 0, or the middle where that did not halve what lies between twice in a row. The number before the one
    that is returned was tried and is too small, also if `height` is not as monotone as it should be.

    Examples
    --------
    >>> smallest(lambda n: n * n - 50, 0, 100, 3)
    8
    """
    below, above = _bracket(height, first, last, min(max(guess, first), last), stride)
    if above is None or below is None:
        return above
    n_slow = 0
    while above - below > 1:
        width, is_line = above - below, n_slow < N_LINES
        at = _crossing(below, height(below), above, height(above)) if is_line else (below + above) // 2
        below, above = (below, at) if height(at) >= 0 else (at, above)
        n_slow = n_slow + 1 if is_line and 2 * (above - below) > width else 0
    return above


def _bracket(
    height: Callable[[int], float], first: int, last: int, at: int, stride: int
) -> tuple[int | None, int | None]:
    """Return a number too small and one large enough; None where there is none."""
    if height(at) >= 0:
        while at > first:
            lower = max(at - stride, first)
            if height(lower) < 0:
                return lower, at
            at, stride = lower, 2 * stride
        return None, at
    while at < last:
        upper = min(at + stride, last)
        if height(upper) >= 0:
            return at, upper
        at, stride = upper, 2 * stride
    return at, None


def _crossing(below: int, low: float, above: int, high: float) -> int:
    share = -low / (high - low)
    return min(max(below + round(share * (above - below)), below + 1), above - 1)
