"""What can go wrong, said in words a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where, what was found against what is allowed, what to do.

    Parameters
    ----------
    path : tuple of str or int
        The way to the value inside the input, such as ``("stages", 2, "win_rate")``.
    message : str
        What was found, what is allowed, and the remedy.
    place : str
        ``file:line:column``, filled in by whoever read the file.
    """

    path: Path
    message: str
    place: str = ""

    def under(self, *prefix: str | int) -> Problem:
        """Return the same problem as seen from a document that holds the input at `prefix`."""
        return Problem((*prefix, *self.path), self.message, self.place)

    def __str__(self) -> str:
        where = ".".join(str(part) for part in self.path)
        return ": ".join(part for part in (self.place, where, self.message) if part)


class FunnelsimError(Exception):
    """Anything this package raises on purpose. The command line prints it and exits with `exit_code`."""

    exit_code = 1


class InputError(FunnelsimError):
    """An input is wrong: `problems` lists everything that was found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem], source: str = "") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__(self._text())

    @classmethod
    def of(cls, message: str, *path: str | int, place: str = "") -> InputError:
        """Return an error of one problem."""
        return cls([Problem(tuple(path), message, place)])

    def _text(self) -> str:
        n = len(self.problems)
        head = f"{self.source}: " if self.source else ""
        lines = [f"{head}{n} problem{'s' if n != 1 else ''}"]
        return "\n".join([*lines, *(f"  {problem}" for problem in self.problems)])


class RefusedError(FunnelsimError):
    """The question is well put but this engine does not answer it; the message says why and what does.

    Parameters
    ----------
    message : str
        In English.
    reason : str
        The key of the same message in the phrases of reports; empty where there is none.
    **facts
        What fills the blanks of that phrase.
    """

    exit_code = 2

    def __init__(self, message: str, reason: str = "", **facts: object) -> None:
        super().__init__(message)
        self.reason, self.facts = reason, facts


class OutputError(FunnelsimError):
    """A result could not be written; what was there before is untouched."""
