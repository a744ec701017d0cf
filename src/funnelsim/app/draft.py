"""What is changed on the page, and the way back: both frozen, so that any earlier state is still there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from funnelsim.app.lever import Value

Edit = tuple[str, str, Value | str]
DROPPED = "dropped"
MOST_STEPS = 200


@dataclass(frozen=True)
class Draft:
    """Changes of a config.

    Parameters
    ----------
    moved : tuple of (key of a lever, value)
    edits : tuple of (deal, field, value)
        Fields ``stage``, ``amount``, ``win_rate``, ``opinions.NAME`` and ``dropped``.
    scenario : str
        A scenario of the config that is put in before all of them; empty if none.
    """

    moved: tuple[tuple[str, Value], ...] = ()
    edits: tuple[Edit, ...] = ()
    scenario: str = ""

    def value(self, key: str, base: Value) -> Value:
        """Return where a lever stands."""
        return dict(self.moved).get(key, base)

    def with_lever(self, key: str, value: Value, base: Value) -> Draft:
        """Return the draft with a lever moved; one that is moved back is as if it had never been moved.

        Examples
        --------
        >>> Draft().with_lever("shock.rho", 10.0, 5.0).with_lever("shock.rho", 5.0, 5.0) == Draft()
        True
        """
        moved = {**dict(self.moved), key: value}
        if value == base:
            del moved[key]
        return replace(self, moved=tuple(sorted(moved.items())))

    def with_edits(self, edits: tuple[Edit, ...]) -> Draft:
        """Return the draft with these edits of deals, in place of those it has."""
        return replace(self, edits=tuple(sorted(edits, key=lambda edit: edit[:2])))

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is changed."""
        return self == Draft()


@dataclass(frozen=True)
class Trail:
    """The draft as it is, and all drafts before it."""

    draft: Draft = field(default_factory=Draft)
    past: tuple[Draft, ...] = ()

    def to(self, draft: Draft) -> Trail:
        """Return the trail one step on; the same trail if nothing is changed by the step."""
        if draft == self.draft:
            return self
        return Trail(draft, (*self.past, self.draft)[-MOST_STEPS:])

    def back(self) -> Trail:
        """Return the trail one step back.

        Examples
        --------
        >>> Trail().to(Draft(scenario="better")).back() == Trail()
        True
        """
        return Trail(self.past[-1], self.past[:-1]) if self.past else self
