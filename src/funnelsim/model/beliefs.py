"""What is believed about the inputs: laws drawn once per trial and shared by all deals (model page, M5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from funnelsim.errors import InputError
from funnelsim.model.law import Law

SubjectKind = Literal["win_rate", "conversion", "exit", "stay", "rho", "realisation"]


@dataclass(frozen=True)
class Subject:
    """The number a belief speaks of.

    ``win_rate`` and ``conversion`` of a stage both are drawn on its conversion, so that win rates never fall;
    ``exit`` is one exit's probability, the others keep their proportions; ``stay`` scales all stays of a stage;
    ``rho`` is the market's share in the shock; ``realisation`` scales every amount.
    """

    kind: SubjectKind
    stage: str = ""
    exit: str = ""

    def __str__(self) -> str:
        if self.kind == "exit":
            return f"stages.{self.stage}.exits.{self.exit}.probability"
        if self.stage:
            return f"stages.{self.stage}.{self.kind}"
        return "shock.rho" if self.kind == "rho" else self.kind


@dataclass(frozen=True)
class Belief:
    """A law in place of a number.

    Parameters
    ----------
    about : Subject
    law : Law
        For a probability: a law within 0..1, or `Beta` without a mean, which takes the stated figure as its mean.
        For a stay or a realisation: the law of the figure whose stated value is `base`; stays and amounts are
        scaled by draw / base.
    base : float
        The stated value that a draw is divided by; 1 if the law is that of a factor.
    """

    about: Subject
    law: Law
    base: float = 1.0


@dataclass(frozen=True)
class Correlation:
    """A rank correlation between two beliefs, carried by a Gaussian copula."""

    between: tuple[Subject, Subject]
    rank: float

    def __post_init__(self) -> None:
        if not -1 < self.rank < 1:
            raise InputError.of(f"rank correlation {self.rank:g} must lie between -1 and 1, both excluded", "rank")
        if self.between[0] == self.between[1]:
            raise InputError.of(f"'{self.between[0]}' is correlated with itself; name two beliefs", "between")
