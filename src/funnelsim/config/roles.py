"""Buyer roles of deals: from the config itself or from a CSV table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from funnelsim.config.document import RolesForm, RoleTableForm
from funnelsim.config.reading import Files
from funnelsim.config.sections import Sections
from funnelsim.config.tables import read_table
from funnelsim.errors import InputError, Path, Problem
from funnelsim.model.roles import STANCE_OF, STANCES, Role, Roles, stance_problem


@dataclass
class _Entries:
    """Roles read so far, and for each the item of the config that made it or, from a table, ``file:line``."""

    roles: list[Role] = field(default_factory=list)
    origins: list[tuple[Path, str]] = field(default_factory=list)

    def place(self, problem: Problem) -> Problem:
        """Return a problem that counts roles, said of the item or row that made the role."""
        if problem.path[:2] != ("roles", "people") or len(problem.path) < 3:
            return problem
        path, row = self.origins[int(problem.path[2])]
        return Problem(path if row else (*path, *problem.path[3:]), problem.message, row)


def read_roles(sections: Sections, files: Files, deals: Iterable[str] | None) -> Roles | None:
    """Return the roles of all deals; None if the section is absent or wrong.

    Parameters
    ----------
    deals : iterable of str
        The ids of the open deals; None if they are not known.
    """
    form: RolesForm | None = sections.value("roles")
    if form is None:
        return None
    n_before = len(sections.findings.problems)
    entries = _Entries()
    for i, person in enumerate(form.people):
        stance = STANCE_OF.get(person.stance, person.stance)
        entries.roles.append(Role(person.deal, person.role, stance, person.influence))
        entries.origins.append((("roles", "people", i), ""))
    if form.table is not None:
        _read_table(entries, form.table, sections, files)
    strengths = _strengths(form, sections)
    known = None if deals is None else set(deals)
    problems = [] if known is None else _deal_problems(entries, known)
    try:
        roles = Roles(strengths, tuple(entries.roles))
    except InputError as error:
        problems += error.problems
    for problem in problems:
        sections.findings.add(entries.place(problem))
    return None if len(sections.findings.problems) > n_before else roles


def notes_of(roles: Roles) -> tuple[str, ...]:
    """Return what the roles do to the deals, in words."""
    if not roles.entries:
        return ()
    strengths = ", ".join(f"{stance} {_signed(roles.strength(stance))}" for stance in STANCES if _counts(roles, stance))
    n_deals = len(roles.evidence())
    return (f"{len(roles.entries)} buyer roles shift the log odds of {n_deals} deals; strengths: {strengths}",)


def _signed(strength: float) -> str:
    return f"{strength:+.3g}" if strength else "0"


def _counts(roles: Roles, stance: str) -> bool:
    return stance in roles.strengths or any(role.stance == stance for role in roles.entries)


def _strengths(form: RolesForm, sections: Sections) -> dict[str, float]:
    found: dict[str, float] = {}
    for written, strength in form.strengths.items():
        stance = STANCE_OF.get(written, written)
        if stance in found:
            told = f"'{stance}' has two strengths; keep one"
            sections.findings.add(Problem(("roles", "strengths", written), told))
        found[stance] = strength
    return found


def _deal_problems(entries: _Entries, known: set[str]) -> list[Problem]:
    problems = []
    for i, role in enumerate(entries.roles):
        if role.deal not in known:
            close = get_close_matches(role.deal, known, 1)
            hint = f"did you mean '{close[0]}'?" if close else "take the id of an open deal"
            problems.append(Problem(("roles", "people", i, "deal"), f"no deal '{role.deal}'; {hint}"))
    return problems


def _read_table(entries: _Entries, form: RoleTableForm, sections: Sections, files: Files) -> None:
    where = ("roles", "table")
    problems = _alias_problems(form)
    cells: dict[str, int] = {}
    try:
        table = read_table(files, form.file)
    except InputError as error:
        sections.findings.extend(InputError([*problems, *(p.under("file") for p in error.problems)]), *where)
        return
    for key in type(form.columns).model_fields:
        if (name := getattr(form.columns, key)) is not None:
            try:
                cells[key] = table.column(name)
            except InputError as error:
                problems += [problem.under("columns", key) for problem in error.problems]
    sections.findings.extend(InputError(problems), *where)
    if problems:
        return
    try:
        for line, row in table.rows():
            _add_row(entries, {key: row[i].strip() for key, i in cells.items()}, f"{form.file}:{line}", form, sections)
    except InputError as error:
        sections.findings.extend(error, *where, "file")


def _alias_problems(form: RoleTableForm) -> list[Problem]:
    return [
        Problem(("stances", written), stance_problem(stance))
        for written, stance in form.stances.items()
        if stance not in STANCE_OF
    ]


def _add_row(entries: _Entries, cells: dict[str, str], place: str, form: RoleTableForm, sections: Sections) -> None:
    told = [f"no {key}; fill it in" for key in ("deal", "role", "stance") if not cells[key]]
    influence, written = 1.0, cells.get("influence", "")
    if written:
        try:
            influence = float(written)
        except ValueError:
            told.append(f"influence '{written}' is no plain number; 1 is the strength as stated")
    for message in told:
        sections.findings.add(Problem(("roles", "table", "file"), message, place))
    if told:
        return
    stance = form.stances.get(cells["stance"], cells["stance"])
    entries.roles.append(Role(cells["deal"], cells["role"], STANCE_OF.get(stance, stance), influence))
    entries.origins.append((("roles", "table", "file"), place))
