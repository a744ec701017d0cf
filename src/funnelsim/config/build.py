"""A config's tree -> a case, with every problem found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar

from funnelsim.config import roles, stages
from funnelsim.config.beliefs import Stated, read_belief, subject_of
from funnelsim.config.business import business_parts
from funnelsim.config.capacity import read_capacity
from funnelsim.config.clock import Clock
from funnelsim.config.communication import is_chain_alone, read_briefing, read_communication
from funnelsim.config.deals import Book, read_deals
from funnelsim.config.document import (
    BookedForm,
    CorrelationForm,
    HorizonForm,
    ShockForm,
    StageForm,
    TargetForm,
)
from funnelsim.config.document import (
    Target as TargetItem,
)
from funnelsim.config.fitted import fitted_funnel, fitted_notes, read_fitted
from funnelsim.config.laws import Sample
from funnelsim.config.opinions import Panel, callers_of, read_panel, with_calls
from funnelsim.config.reading import Files
from funnelsim.config.sections import Findings, Sections
from funnelsim.config.setting import Setting
from funnelsim.errors import InputError, Problem
from funnelsim.model.beliefs import Belief, Correlation
from funnelsim.model.briefing import Briefing
from funnelsim.model.case import Case
from funnelsim.model.daily import DailyTables
from funnelsim.model.funnel import Funnel
from funnelsim.model.horizon import Horizon
from funnelsim.model.money import Money
from funnelsim.model.opinions import Opinions
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.roles import Roles
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.target import Booked, Target

T = TypeVar("T")


@dataclass
class Builder:
    """Builds cases from trees of one config file; the deals of an unchanged pipeline are read once."""

    files: Files
    sample: Sample
    _books: list[tuple[Any, Book, list[Problem]]] = field(default_factory=list)
    _panels: list[tuple[Any, Panel | None, list[Problem]]] = field(default_factory=list)
    _tables: list[tuple[Any, DailyTables | None, list[Problem]]] = field(default_factory=list)

    def build(self, tree: dict[str, Any], findings: Findings, default_name: str) -> Case | Briefing | None:
        """Return the case, or the chain that stands alone, or None with all its problems noted in `findings`."""
        if is_chain_alone(tree):
            return read_briefing(tree, findings, self.sample, default_name)
        draft = _Draft(Sections(tree, findings, self.sample), self)
        return draft.case(default_name)

    def book(self, sections: Sections, setting: Setting) -> Book:
        """Return the deals of the pipeline section; problems go into its findings."""
        key = (sections.tree.get("pipeline"), setting)
        for known, book, problems in self._books:
            if known == key:
                for problem in problems:
                    sections.findings.add(problem)
                return book
        n_before = len(sections.findings.problems)
        book = read_deals(sections, setting, self.files)
        for problem in book.problems:
            sections.findings.add(problem)
        self._books.append((key, book, sections.findings.problems[n_before:]))
        return book

    def fitted(self, sections: Sections) -> DailyTables | None:
        """Return the fitted tables; their file is read once for all scenarios that leave it alone."""
        key = sections.tree.get("fitted")
        for known, tables, problems in self._tables:
            if known == key:
                for problem in problems:
                    sections.findings.add(problem)
                return tables
        n_before = len(sections.findings.problems)
        tables = read_fitted(sections, self.files)
        self._tables.append((key, tables, sections.findings.problems[n_before:]))
        return tables

    def panel(self, sections: Sections, clock: Clock | None) -> Panel | None:
        """Return the sources of opinion; their track record is fitted once for all scenarios that leave it alone."""
        key = (sections.tree.get("opinions"), clock and (clock.as_of, clock.timezone))
        for known, panel, problems in self._panels:
            if known == key:
                for problem in problems:
                    sections.findings.add(problem)
                return panel
        n_before = len(sections.findings.problems)
        panel = read_panel(sections, self.files, clock)
        self._panels.append((key, panel, sections.findings.problems[n_before:]))
        return panel


@dataclass
class _Draft:
    """One case in the making."""

    sections: Sections
    builder: Builder
    unsure: set[str] = field(default_factory=set)
    subjects: dict[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        return self.sections.findings

    def case(self, default_name: str) -> Case | None:
        sections = self.sections
        sections.check_keys()
        money = self._money()
        as_of: date | None = sections.value("as_of")
        clock = self._clock(as_of)
        names = stages.names_of(sections.tree.get("stages"))
        forms: list[StageForm | None] = sections.items("stages", StageForm)
        is_fitted = sections.tree.get("fitted") is not None
        funnel = (
            stages.read_funnel(forms, names, self.findings) if "stages" in sections.tree and not is_fitted else None
        )
        fitted = self.builder.fitted(sections) if is_fitted else None
        if fitted is not None:
            funnel = fitted_funnel(fitted, forms, sections)
        timed = is_fitted or any(
            form.stay or any(e.stay for e in (form.exits or {}).values()) for form in forms if form
        )
        book = self.builder.book(sections, Setting(names, money, clock, timed, callers_of(sections)))
        people = self._people(book, clock)
        pipeline = self._pipeline(book, people)
        shock = self._shock()
        parts: dict[str, Any] = {
            "name": sections.value("case") or default_name,
            "timezone": sections.value("timezone") or "UTC",
            "horizon": self._horizon(),
            "booked": tuple(self._booked()),
            "shock": shock or Shock(),
            "realisation": sections.value("realisation"),
            "capacity": read_capacity(sections.value("capacity"), self.findings),
            "groups": tuple(sections.value("groups") or ()),
            "targets": tuple(self._targets()),
            "trials": self._or(sections.value("trials"), 1),
            "seed": sections.value("seed"),
            "stale": sections.value("stale") or "lost",
            "due_today": bool(sections.value("due_today")),
            **business_parts(sections, names),
            "opinions": people.opinions,
            "roles": people.roles,
            "communication": read_communication(sections),
            "fitted": fitted if funnel is not None else None,
        }
        if funnel is not None and (shock is not None or not self.findings.touches("shock")):
            parts["beliefs"] = tuple(self._beliefs(funnel, (shock or Shock()).rho, forms))
            parts["correlations"] = tuple(self._correlations(names))
        parts["notes"] = (*book.notes, *people.notes, *self._funnel_notes(funnel, fitted)) if funnel is not None else ()
        core = {"money": money, "as_of": as_of, "funnel": funnel, "pipeline": pipeline}
        self._doubt({name for name, part in core.items() if part is None})
        known = {name: part for name, part in core.items() if part is not None}
        return self._whole({**_stand_ins(names or ()), **parts, **known}, book)

    def _funnel_notes(self, funnel: Funnel, fitted: DailyTables | None) -> tuple[str, ...]:
        if fitted is not None:
            return fitted_notes(fitted, self.sections.value("fitted"))
        if not funnel.has_stays:
            return ("no stay is stated: the forecast has no dates and an unlimited horizon",)
        if funnel.shared_stay:
            where = ", ".join(funnel.shared_stay)
            return (f"the same stay serves advance and loss in {where}: there age moves dates, not chances",)
        return ()

    def _doubt(self, missing: set[str]) -> None:
        """Note the sections nothing can be said of, since a part they rest on is missing."""
        for part in missing:
            self.unsure |= _RESTS_ON.get(part, set())
        self.unsure |= {key for key in ("horizon", "trials", "seed") if self.findings.touches(key)}
        self.unsure |= {"targets", "booked", "fitted"} if "horizon" in self.unsure else set()
        self.unsure |= {"targets"} if self.findings.touches("payment") else set()
        self.unsure |= {"correlations"} if self.findings.touches("beliefs") else set()

    def _whole(self, parts: dict[str, Any], book: Book) -> Case | None:
        """Check the case as a whole, stand-ins included, and say nothing that rests on a stand-in."""
        wrong = {problem.path[:2] for problem in self.findings.problems if problem.path[:1] == ("sources",)}
        if wrong:
            self.unsure |= {"targets.group", "booked.group", "capacity"}
        try:
            case = Case(**parts)
        except InputError as error:
            for problem in error.problems:
                if not self._rests_on_stand_in(problem) and problem.path[:2] not in wrong:
                    self._note(book, problem)
            return None
        return None if self.findings.problems else case

    def _rests_on_stand_in(self, problem: Problem) -> bool:
        section = str(problem.path[0]) if problem.path else ""
        about_group = "group" in problem.path and f"{section}.group" in self.unsure
        return section in self.unsure or about_group

    def _note(self, book: Book, problem: Problem) -> None:
        if problem.path[:1] == ("pipeline",):
            problem = book.place(problem)
            # one line of 65 deals alike is told once
            if not problem.place and any(p.path == problem.path for p in self.findings.problems):
                return
        elif problem.path[:1] == ("beliefs",) and len(problem.path) > 1:
            key = self.subjects.get(str(problem.path[1]), str(problem.path[1]))
            problem = Problem(("beliefs", key), problem.message)
        self.findings.add(problem)

    def _or(self, value: T | None, default: T) -> T:
        return default if value is None else value

    def _made(self, make: Callable[[], T], *prefix: str | int) -> T | None:
        try:
            return make()
        except InputError as error:
            self.findings.extend(error, *prefix)
            return None

    def _money(self) -> Money | None:
        currency, unit = self.sections.value("currency"), self.sections.value("unit")
        money = self._made(lambda: Money(currency or "XXX", unit or "1"))
        return money if currency and unit else None

    def _clock(self, as_of: date | None) -> Clock | None:
        name = self.sections.value("timezone")
        clock = None if name is None else self._made(lambda: Clock(as_of or date(2000, 1, 1), name))
        return clock if as_of is not None else None

    def _people(self, book: Book, clock: Clock | None) -> _People:
        """Return what people say of the deals, and where those on the buyer's side stand."""
        panel = self.builder.panel(self.sections, clock)
        calls = {deal: calls for deal, calls in book.calls.items() if panel is not None}
        said = self._made(lambda: with_calls(panel, calls)) if panel is not None else None
        opinions, notes = said or (None, ())
        known = None if self.findings.touches("pipeline") else [deal.id for deal in book.deals]
        stances = roles.read_roles(self.sections, self.builder.files, known)
        return _People(opinions, stances, (*notes, *(roles.notes_of(stances) if stances else ())))

    def _pipeline(self, book: Book, people: _People) -> Pipeline | None:
        if not book.deals and not self.sections.tree.keys() & {"sources", "loyalty"}:
            if "pipeline" in self.sections.tree and not self.findings.touches("pipeline"):
                self.findings.add(Problem(("pipeline",), "no open deals; a forecast needs at least one"))
            return None
        try:
            return Pipeline(people.applied(book))
        except InputError as error:
            for problem in error.problems:
                self._note(book, problem)
            return None

    def _horizon(self) -> Horizon:
        form: HorizonForm | None = self.sections.value("horizon")
        if form is None:
            return Horizon()
        made = self._made(lambda: Horizon(form.periods, form.of, form.fiscal_start))
        return made or Horizon()

    def _shock(self) -> Shock | None:
        form: ShockForm | None = self.sections.value("shock")
        if form is None:
            return None
        stays = StayShock(form.stays.tau, form.stays.correlation) if form.stays else None
        phi = form.periods.phi if form.periods else None
        try:
            return Shock(form.rho, form.by, phi, stays)
        except InputError as error:
            # a share out of range makes the sum so as well: the share alone is told
            deeper = [problem for problem in error.problems if len(problem.path) > 1]
            self.findings.extend(InputError(deeper or error.problems))
            return None

    def _booked(self) -> Iterable[Booked]:
        forms: list[BookedForm | None] = self.sections.items("booked", BookedForm)
        for i, form in enumerate(forms):
            made = form and self._made(partial(Booked, form.amount, form.since, form.wins, form.group), "booked", i)
            # an item that is wrong keeps its number, so that later ones are told at their place
            yield made or Booked(0.0, self.sections.value("as_of") or date(2000, 1, 1))

    def _targets(self) -> Iterable[Target]:
        forms: list[TargetForm | None] = self.sections.items("targets", TargetItem)
        for i, form in enumerate(forms):
            made = form and self._made(partial(Target, form.amount, form.measure, form.by, form.group), "targets", i)
            yield made or Target(1.0)

    def _beliefs(self, funnel: Funnel, rho: float, forms: list[StageForm | None]) -> Iterable[Belief]:
        raw = self.sections.value("beliefs")
        known = Stated(funnel, rho, {form.name: form.stay for form in forms if form})
        for key, law in (raw or {}).items():
            read = partial(read_belief, key, law, known, self.sections.sample)
            made = self._made(read, "beliefs", key)
            if made is not None:
                self.subjects[str(made.about)] = key
                yield made

    def _correlations(self, names: tuple[str, ...] | None) -> Iterable[Correlation]:
        forms: list[CorrelationForm | None] = self.sections.items("correlations", CorrelationForm)
        for i, form in enumerate(forms):
            if form is None:
                continue
            first, second = (
                self._made(partial(subject_of, path, names), "correlations", i, "between", n)
                for n, path in enumerate(form.between)
            )
            if first and second:
                made = self._made(partial(Correlation, (first[0], second[0]), form.rank), "correlations", i)
                yield from (made,) if made else ()


@dataclass(frozen=True)
class _People:
    """What people say of the deals, where buyers stand, and what is to be said of both beside the results."""

    opinions: Opinions | None
    roles: Roles | None
    notes: tuple[str, ...]

    def applied(self, book: Book) -> tuple[Deal, ...]:
        """Return the deals with their pooled figures and their evidence."""
        deals = tuple(book.deals)
        if self.opinions is not None:
            deals = self.opinions.applied(deals)
        elif book.calls:
            # what was said cannot be pooled, and is told elsewhere: any figure keeps further problems away
            deals = tuple(deal._replace(win_rate=0.5) if deal.id in book.calls else deal for deal in deals)
        return deals if self.roles is None else self.roles.applied(deals)


_RESTS_ON = {
    "as_of": {"booked", "targets", "horizon", "fitted"},
    "funnel": {"horizon", "pipeline", "beliefs", "correlations", "communication", "capacity", "fitted"},
    "pipeline": {"pipeline", "targets.group", "booked.group", "capacity"},
}


def _stand_ins(names: tuple[str, ...]) -> dict[str, Any]:
    """Return harmless parts for those that are wrong, so that the rest can still be checked."""
    funnel = stages.stand_in(names)
    pipeline = Pipeline((Deal("stand-in", funnel.names[0], 1.0),))
    return {"money": Money("XXX"), "as_of": date(2000, 1, 1), "funnel": funnel, "pipeline": pipeline}
