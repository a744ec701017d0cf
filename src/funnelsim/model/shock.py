"""What makes deals rise and fall together within a trial (model page, M5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from funnelsim.errors import InputError, Problem

MAX_RHO = 0.9


@dataclass(frozen=True)
class StayShock:
    """Multiplies every remaining stay by exp(tau W - tau^2 / 2), W correlated with the market's Z."""

    tau: float
    correlation: float = 0.0


@dataclass(frozen=True)
class Shock:
    """Shared shocks: `rho` is the market's share of the latent variance, `by` that of each segment, owner or source.

    `phi` makes the market's shock wander: Z_t = phi Z_(t-1) + sqrt(1 - phi^2) eps_t per 30 days, read at the
    day of exit; None keeps one Z for the whole horizon.
    """

    rho: float = 0.0
    by: dict[str, float] = field(default_factory=dict)
    phi: float | None = None
    stays: StayShock | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("shock") for problem in problems)

    @property
    def total_rho(self) -> float:
        """Return the share of the latent variance that all shocks of one deal carry together."""
        return self.rho + sum(self.by.values())

    @property
    def moves_chances(self) -> bool:
        """Return whether any shock acts on the exits."""
        return self.total_rho > 0

    def _problems(self) -> Iterator[Problem]:
        for name, rho in {"rho": self.rho, **self.by}.items():
            if not 0 <= rho <= MAX_RHO:
                yield Problem((name,), f"{rho:g} is outside 0..{MAX_RHO}")
        if self.total_rho > MAX_RHO:
            yield Problem((), f"shares add up to {self.total_rho:g}; they may reach {MAX_RHO} together")
        if self.phi is not None and not 0 <= self.phi < 1:
            yield Problem(("periods", "phi"), f"{self.phi:g} is outside 0..1 (1 excluded)")
        if self.phi is not None and not self.rho > 0:
            yield Problem(("periods",), "a shock per period needs rho above 0; state rho")
        if self.stays is not None and not 0 < self.stays.tau <= 2:
            yield Problem(("stays", "tau"), f"{self.stays.tau:g} is outside 0..2")
        if self.stays is not None and not -1 <= self.stays.correlation <= 1:
            yield Problem(("stays", "correlation"), f"{self.stays.correlation:g} is outside -1..1")
