"""What people agreed about a stage: what it means, when a deal moves on, what is done, what improving it costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from funnelsim.errors import InputError, Problem


@dataclass(frozen=True)
class Practice:
    """How a stage is worked. Texts are shown and never computed with.

    Parameters
    ----------
    definition : str
        What it means that a deal is in the stage.
    mark : str
        What must be true before a deal moves on.
    tasks : tuple of str
        What is done in the stage.
    cost_per_point : float, optional
        What one more point of conversion costs, in the case's unit of money (M14.5).

    Raises
    ------
    InputError
        If the cost is not above 0.
    """

    definition: str = ""
    mark: str = ""
    tasks: tuple[str, ...] = ()
    cost_per_point: float | None = None

    def __post_init__(self) -> None:
        cost = self.cost_per_point
        if cost is not None and not (isfinite(cost) and cost > 0):
            raise InputError(
                [Problem(("cost_per_point",), f"{cost:g} must be above 0; leave it out where the cost is not known")]
            )

    @property
    def is_told(self) -> bool:
        """Return whether any text is stated."""
        return bool(self.definition or self.mark or self.tasks)
