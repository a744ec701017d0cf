"""A law of a positive quantity (days, a share, a factor), written in what people can estimate.

Only the statement lives here; its numbers (survival, quantile, mean) are in `funnelsim.engine.laws`.
A law is never stated by the mu and sigma of a logarithm. `delay` shifts the whole law to the right:
S(a) = 1 for a < delay (model page, M1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite
from typing import Literal

from funnelsim.errors import InputError, Problem

Family = Literal["lognormal", "gamma", "weibull", "exponential"]
FAMILIES: tuple[Family, ...] = ("lognormal", "gamma", "weibull", "exponential")
Prior = Literal["jeffreys", "uniform", "mean"]
PRIORS: dict[Prior, float] = {"jeffreys": 0.5, "uniform": 1.0, "mean": 0.0}
SMALLEST_FIGURE, LARGEST_FIGURE = 1e-6, 1e9
SHAPES = {"cv": (0.002, 100.0), "shape": (0.1, 500.0)}
FIGURES = ("mean", "median", "sd", "cv", "p10", "p90", "scale", "shape")


@dataclass(frozen=True)
class Law:
    """A law of a positive quantity. Make one of its children."""

    delay: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if not (isfinite(self.delay) and self.delay >= 0):
            problems.append(Problem(("delay",), f"{self.delay} is not a delay; give 0 or more"))
        if problems:
            raise InputError(problems)

    def _problems(self) -> Iterator[Problem]:
        yield from ()

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and largest value the law can take."""
        return self.delay, inf


@dataclass(frozen=True)
class Shaped(Law):
    """A lognormal, gamma, weibull or exponential law fixed by a sufficient pair of figures.

    Parameters
    ----------
    family : {"lognormal", "gamma", "weibull", "exponential"}
    figures : dict of str to float
        Two of mean, median, sd, cv, p10, p90 (one for the exponential; the weibull also by scale and shape).
        Figures describe the law before its delay.

    Raises
    ------
    InputError
        If the figures are too few, too many or contradict each other.

    Examples
    --------
    >>> Shaped("lognormal", {"median": 20.0, "p90": 60.0}).family
    'lognormal'
    """

    family: Family
    figures: dict[str, float]

    def _problems(self) -> Iterator[Problem]:
        names = tuple(self.figures)
        if self.family not in FAMILIES:
            yield Problem(("law",), f"'{self.family}' is no law; take one of {', '.join(FAMILIES)}")
            return
        for name, value in self.figures.items():
            if name not in FIGURES:
                yield Problem((name,), f"no such figure; a law is stated by {', '.join(FIGURES)}")
            elif not SMALLEST_FIGURE <= value <= LARGEST_FIGURE:
                yield Problem((name,), f"{value:g} must lie between {SMALLEST_FIGURE:g} and {LARGEST_FIGURE:g}")
            elif name in SHAPES and not SHAPES[name][0] <= value <= SHAPES[name][1]:
                low, high = SHAPES[name]
                yield Problem((name,), f"{name} {value:g} must lie between {low:g} and {high:g}")
        n_needed = 1 if self.family == "exponential" else 2
        if len(names) != n_needed:
            found = " and ".join(names) or "nothing"
            yield Problem(
                (),
                f"{self.family} is stated by {found}; it needs exactly {n_needed} of mean, median, sd, cv, p10, p90",
            )
            return
        if self.family == "exponential" and names[0] in {"cv", "shape"}:
            yield Problem((names[0],), "an exponential law always has cv 1; state its mean, median, p10 or p90")
        weibull_form = {"scale", "shape"} & set(names)
        if weibull_form and (self.family != "weibull" or set(names) != {"scale", "shape"}):
            yield Problem(
                (),
                "scale and shape go together and only with weibull; state mean, median, sd, cv, p10 or p90",
            )
        mean, median = (self.figures.get(name) for name in ("mean", "median"))
        if self.family == "lognormal" and mean is not None and median is not None and not mean > median:
            yield Problem(("mean",), f"mean {mean:g} must be above the median {median:g}, as in every lognormal law")
        ordered = [(name, self.figures[name]) for name in ("p10", "median", "p90") if name in names]
        for (below, x), (above, y) in pairwise(ordered):
            if not x < y:
                yield Problem((above,), f"{above} {y:g} must be above {below} {x:g}")


@dataclass(frozen=True)
class Fixed(Law):
    """Always the same value (0 or more; infinite means: never)."""

    value: float

    def _problems(self) -> Iterator[Problem]:
        if not self.value >= 0:
            yield Problem(("fixed",), f"{self.value} must be 0 or more")

    @property
    def support(self) -> tuple[float, float]:
        """Return the value twice."""
        return self.delay + self.value, self.delay + self.value


@dataclass(frozen=True)
class _ThreePoint(Law):
    low: float
    mode: float
    high: float

    def _problems(self) -> Iterator[Problem]:
        if not (0 <= self.low <= self.mode <= self.high and self.low < self.high < inf):
            yield Problem(
                (),
                f"[{self.low:g}, {self.mode:g}, {self.high:g}] must rise: 0 <= low <= likely <= high, low < high",
            )

    @property
    def support(self) -> tuple[float, float]:
        """Return the low and the high end."""
        return self.delay + self.low, self.delay + self.high


@dataclass(frozen=True)
class Triangular(_ThreePoint):
    """Triangular law between `low` and `high` with its peak at `mode`."""


@dataclass(frozen=True)
class Pert(_ThreePoint):
    """PERT law: a beta on [low, high] with mean (low + 4 mode + high) / 6."""


@dataclass(frozen=True)
class Uniform(Law):
    """Every value between `low` and `high` alike."""

    low: float
    high: float

    def _problems(self) -> Iterator[Problem]:
        if not 0 <= self.low < self.high < inf:
            yield Problem((), f"[{self.low:g}, {self.high:g}] must rise: 0 <= low < high")

    @property
    def support(self) -> tuple[float, float]:
        """Return both ends."""
        return self.delay + self.low, self.delay + self.high


@dataclass(frozen=True)
class Counts:
    """`won` of `of` past deals, and the prior they were held against: Beta(k + a, n - k + b).

    Parameters
    ----------
    prior : {"jeffreys", "uniform", "mean"}
        a = b = 1/2, 1, or 0; the last keeps the mean at won / of.

    Raises
    ------
    InputError
        If the counts are no counts, or the prior leaves no doubt (none or all of them won, and the mean kept).

    Examples
    --------
    >>> Counts(2, 20).mean, Counts(2, 20, "mean").mean
    (0.11904761904761904, 0.1)
    """

    won: int
    of: int
    prior: Prior = "jeffreys"

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    @property
    def evidence(self) -> float:
        """Return the number of deals the law is worth, n + a + b."""
        return self.of + 2 * PRIORS[self.prior]

    @property
    def mean(self) -> float:
        """Return the mean of the law, (k + a) / (n + a + b)."""
        return (self.won + PRIORS[self.prior]) / self.evidence

    def _problems(self) -> Iterator[Problem]:
        if self.prior not in PRIORS:
            yield Problem(("prior",), f"'{self.prior}' is no prior; take one of {', '.join(PRIORS)}")
        if self.of < 1:
            yield Problem(("of",), f"{self.of} past deals; give 1 or more")
        elif not 0 <= self.won <= self.of:
            yield Problem(("won",), f"{self.won} won of {self.of}; give 0 to {self.of}")
        elif self.prior == "mean" and self.won in {0, self.of}:
            surely = "never" if self.won == 0 else "always"
            yield Problem(
                ("prior",),
                f"{self.won} of {self.of} with the mean kept would say {surely}, and for certain; "
                "take jeffreys or uniform",
            )


@dataclass(frozen=True)
class Beta(Law):
    """What `evidence` past deals taught about a probability: Beta(n m, n (1 - m)).

    `mean` may be left out where the figure it speaks of is stated elsewhere. `counts` tell where both came from.
    """

    evidence: float
    mean: float | None = None
    counts: Counts | None = None

    def _problems(self) -> Iterator[Problem]:
        if not (isfinite(self.evidence) and self.evidence > 0):
            yield Problem(("evidence",), f"{self.evidence:g} must be above 0: the number of past deals it rests on")
        if self.mean is not None and not 0 <= self.mean <= 1:
            yield Problem(("mean",), f"{self.mean:g} must lie between 0 and 1")

    @property
    def support(self) -> tuple[float, float]:
        """Return 0 and 1."""
        return self.delay, self.delay + 1.0


@dataclass(frozen=True)
class Empirical(Law):
    """A sample: each value as likely as its weight (alike if no weights are given)."""

    values: tuple[float, ...]
    weights: tuple[float, ...] | None = None

    def _problems(self) -> Iterator[Problem]:
        if not self.values:
            yield Problem(("empirical",), "an empty sample; give at least one value")
        for i, value in enumerate(self.values):
            if not value >= 0:
                yield Problem(("empirical", i), f"{value} must be 0 or more")
        if self.weights is not None:
            bad = any(not (isfinite(w) and w >= 0) for w in self.weights) or sum(self.weights) <= 0
            if bad or len(self.weights) != len(self.values):
                yield Problem(("weights",), "weights must be one per value, 0 or more, and not all 0")

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and largest value of the sample."""
        return self.delay + min(self.values), self.delay + max(self.values)
