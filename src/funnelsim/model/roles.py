"""Buyer roles: who takes part in a purchase, where each stands, and what that says of the deal (model page, M12.5).

Stages speak of things; roles speak of people. A stance is evidence, in log odds: with strengths s and influences v

    logit w' = logit w + sum_roles v_role s(stance of the role),

w the deal's own figure, or else what its stage and age say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite

from funnelsim.errors import InputError, Problem
from funnelsim.model.pipeline import Deal

SUPPORTS, NEUTRAL, AGAINST, NO_INTEREST = STANCES = ("supports", "neutral", "against", "no interest")
STANCE_OF = {
    **{stance: stance for stance in STANCES},
    "支持": SUPPORTS,
    "中立": NEUTRAL,
    "反对": AGAINST,
    "无兴趣": NO_INTEREST,
}
LARGEST_STRENGTH = 10.0


@dataclass(frozen=True)
class Role:
    """One role on the buyer's side of one deal.

    Parameters
    ----------
    influence : float
        Factor on the strength of its stance; 1 as stated.
    """

    deal: str
    name: str
    stance: str
    influence: float = 1.0

    def turned(self, stance: str) -> Role:
        """Return the same role with another stance."""
        return replace(self, stance=stance)


@dataclass(frozen=True)
class Roles:
    """The roles of all deals, and the strength of each stance.

    Parameters
    ----------
    strengths : mapping of str to float
        Stance -> shift of the log odds of a win. ``neutral`` is 0 unless stated.
    entries : tuple of Role

    Raises
    ------
    InputError
        For an unknown stance, one without a strength, strengths out of order, or a role named twice for one deal.
    """

    strengths: Mapping[str, float]
    entries: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("roles") for problem in problems)

    def strength(self, stance: str) -> float:
        """Return the shift in log odds that a stance of influence 1 makes."""
        return self.strengths.get(stance, 0.0)

    def shift(self, role: Role) -> float:
        """Return the shift in log odds that a role makes."""
        return role.influence * self.strength(role.stance)

    def of(self, deal: str) -> tuple[Role, ...]:
        """Return the roles of a deal."""
        return tuple(role for role in self.entries if role.deal == deal)

    def evidence(self) -> dict[str, float]:
        """Return the sum of the shifts of each deal that has roles.

        Examples
        --------
        >>> roles = Roles({"supports": 0.8, "against": -1.0}, (Role("A", "buyer", "supports", 2.0),))
        >>> roles.evidence()
        {'A': 1.6}
        """
        found: dict[str, float] = {}
        for role in self.entries:
            found[role.deal] = found.get(role.deal, 0.0) + self.shift(role)
        return found

    def applied(self, deals: Iterable[Deal]) -> tuple[Deal, ...]:
        """Return the deals, each that has roles with their evidence."""
        evidence = self.evidence()
        return tuple(deal._replace(evidence=evidence[deal.id]) if deal.id in evidence else deal for deal in deals)

    def turned(self, role: Role, stance: str) -> Roles:
        """Return all roles, one of them with another stance."""
        return replace(self, entries=tuple(e.turned(stance) if e is role else e for e in self.entries))

    def _problems(self) -> Iterator[Problem]:
        for stance, strength in self.strengths.items():
            if stance not in STANCES:
                yield Problem(("strengths", stance), f"'{stance}' is no stance; take {', '.join(STANCES)}")
            elif not (isfinite(strength) and abs(strength) <= LARGEST_STRENGTH):
                yield Problem(
                    ("strengths", stance),
                    f"a shift of {strength:g} in log odds; give one from -{LARGEST_STRENGTH:g} to {LARGEST_STRENGTH:g} "
                    "(0.7 doubles the odds)",
                )
        for stance in (SUPPORTS, AGAINST):
            if stance not in self.strengths:
                yield Problem(("strengths",), f"no strength of '{stance}'; state its shift in log odds")
        if self.strength(SUPPORTS) <= self.strength(AGAINST) and {SUPPORTS, AGAINST} <= set(self.strengths):
            yield Problem(("strengths",), "'supports' must shift the odds further up than 'against'")
        seen: set[tuple[str, str]] = set()
        for i, role in enumerate(self.entries):
            yield from (problem.under("people", i) for problem in self._role_problems(role, seen))
            seen.add((role.deal, role.name))

    def _role_problems(self, role: Role, seen: set[tuple[str, str]]) -> Iterator[Problem]:
        if (role.deal, role.name) in seen:
            yield Problem(("role",), f"'{role.name}' stands twice for deal '{role.deal}'; keep one")
        if role.stance not in STANCES:
            yield Problem(("stance",), stance_problem(role.stance))
        elif role.stance != NEUTRAL and role.stance not in self.strengths:
            yield Problem(("stance",), f"no strength of '{role.stance}' is stated; add it to strengths, in log odds")
        if not (isfinite(role.influence) and role.influence >= 0):
            yield Problem(("influence",), f"influence {role.influence:g} must be 0 or more and finite")


def stance_problem(stance: str) -> str:
    """Return what to say of an unknown stance."""
    return f"'{stance}' is no stance; take {', '.join(STANCE_OF)}"
