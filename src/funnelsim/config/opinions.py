"""The sources of opinion on deals, their track record, and the figures pooled from their calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from funnelsim.config import figures
from funnelsim.config.clock import Clock, DateReader
from funnelsim.config.document import OpinionsForm, TrackRecordForm
from funnelsim.config.reading import Files
from funnelsim.config.sections import Sections
from funnelsim.config.setting import Callers
from funnelsim.config.tables import Table, read_table
from funnelsim.errors import InputError, Problem
from funnelsim.model.opinions import Opinions, PastCall, Voice, call_problem

_OUTCOMES = {"won": True, "lost": False, "赢单": True, "输单": False}


@dataclass(frozen=True)
class Panel:
    """The sources of opinion as the config states them: their calls are still to come."""

    opinions: Opinions
    notes: tuple[str, ...] = ()


def callers_of(sections: Sections) -> Callers:
    """Return the names of the sources and the surest call heeded; no name is known where the section is wrong."""
    if "opinions" not in sections.tree:
        return Callers(())
    form: OpinionsForm | None = sections.value("opinions")
    return Callers(None) if form is None else Callers(tuple(form.sources), form.no_surer_than)


def read_panel(sections: Sections, files: Files, clock: Clock | None) -> Panel | None:
    """Return the sources with what their track record teaches; None if the section is absent or wrong."""
    form: OpinionsForm | None = sections.value("opinions")
    if form is None:
        return None
    try:
        return _panel(form, files, clock)
    except InputError as error:
        sections.findings.extend(error)
        return None


def notes_of(opinions: Opinions) -> tuple[str, ...]:
    """Return how the opinions on the deals were pooled, in words."""
    n = sum(opinions.pooled(deal) is not None for deal in opinions.calls)
    shares = ", ".join(f"{name} {100 * share:.3g}%" for name, share in opinions.shares.items())
    basis = "earned by score" if opinions.basis == "earned" else "as stated"
    notes = [f"opinions on {n} deals are pooled in log odds; weights {basis}: {shares}"]
    for voice in opinions.voices:
        if (record := voice.record) is not None:
            law = f"logit p' = {record.intercept:.2f} + {record.slope:.2f} logit p"
            notes.append(f"calls of {voice.name} are recalibrated by {record.n_calls} past calls: {law}")
    if opinions.surest is not None:
        low, high = (f"{100 * p:.3g}%" for p in (1 - opinions.surest, opinions.surest))
        notes.append(f"calls below {low} or above {high} count as {low} or {high}")
    return tuple(notes)


def _panel(form: OpinionsForm, files: Files, clock: Clock | None) -> Panel:
    weights = {name: voice.weight for name, voice in form.sources.items()}
    unstated = [name for name, weight in weights.items() if weight is None and len(weights) > 1]
    if unstated and len(unstated) < len(weights):
        told = (
            f"no weight for {', '.join(unstated)} while others state one; state all, or none to let a record earn them"
        )
        raise InputError.of(told, "opinions", "sources")
    if unstated and form.track_record is None:
        raise InputError.of("no weights; state them, or a track_record that earns them", "opinions", "sources")
    voices = tuple(Voice(name, 1.0 if weight is None else weight) for name, weight in weights.items())
    plain = Opinions(voices, basis="earned" if unstated else "stated", surest=form.no_surer_than)
    return Panel(plain) if form.track_record is None else _with_record(plain, form.track_record, files, clock)


def _with_record(plain: Opinions, form: TrackRecordForm, files: Files, clock: Clock | None) -> Panel:
    where, earn = ("opinions", "track_record"), plain.basis == "earned"
    try:
        reader = _CallReader.of(form, read_table(files, form.file), plain, clock)
    except InputError as error:
        raise InputError(p.under(*where) if p.path else p.under(*where, "file") for p in error.problems) from None
    calls = reader.read()
    if earn and (why := _why_nothing_is_earned(form, calls)):
        told = f"the track record {why}, so weights cannot be earned; add such deals, or state weights"
        raise InputError.of(told, *where)
    from funnelsim.fitting.opinions import fit_voices

    voices = fit_voices(calls, plain.voices, earn=earn)
    notes = (
        (f"{reader.n_later} of {reader.n_rows} past calls are dated as_of or later and are left out",)
        if reader.n_later
        else ()
    )
    return Panel(Opinions(voices, basis=plain.basis, surest=plain.surest), notes)


def _why_nothing_is_earned(form: TrackRecordForm, calls: list[PastCall]) -> str:
    if form.columns.deal is None:
        return "names no deals (columns.deal)"
    shared = Counter(call.deal for call in calls)
    return "" if max(shared.values(), default=0) > 1 else "holds no deal on which two sources spoke"


@dataclass
class _CallReader:
    """Reads the rows of a track record; every bad one is told as ``file:line``."""

    form: TrackRecordForm
    table: Table
    opinions: Opinions
    clock: Clock | None
    cells: dict[str, int]
    dates: DateReader
    n_rows: int = 0
    n_later: int = 0
    _won: dict[str, bool] = field(default_factory=dict)
    _spoke: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, form: TrackRecordForm, table: Table, opinions: Opinions, clock: Clock | None) -> _CallReader:
        cells: dict[str, int] = {}
        problems: list[Problem] = []
        for key in type(form.columns).model_fields:
            if (name := getattr(form.columns, key)) is not None:
                try:
                    cells[key] = table.column(name)
                except InputError as error:
                    problems += [problem.under("columns", key) for problem in error.problems]
        if problems:
            raise InputError(problems)
        return cls(form, table, opinions, clock, cells, DateReader(form.date_format))

    def read(self) -> list[PastCall]:
        """Return the calls known at as_of."""
        calls: list[PastCall] = []
        problems: list[Problem] = []
        for line, row in self.table.rows():
            told: list[str] = []
            self.n_rows += 1
            call = self._call(row, told)
            calls += [call] if call is not None else []
            where = ("opinions", "track_record", "file")
            problems += [Problem(where, message, f"{self.table.name}:{line}") for message in told]
        if problems:
            raise InputError(problems)
        return calls

    def _call(self, row: list[str], told: list[str]) -> PastCall | None:
        def of(read: Callable[[str], Any], key: str) -> Any:
            try:
                return read(row[self.cells[key]].strip())
            except InputError as error:
                told.extend(problem.message for problem in error.problems)
                return None

        voice, call, is_won = of(self._voice, "source"), of(self._chance, "call"), of(self._outcome, "outcome")
        later = of(self._is_later, "date") if "date" in self.cells else False
        deal = row[self.cells["deal"]].strip() if "deal" in self.cells else ""
        if "deal" in self.cells and not deal:
            told.append("no deal; fill it in")
        if told or later:
            self.n_later += bool(later)
            return None
        if deal:
            told.extend(self._deal_problems(deal, voice, is_won))
        return PastCall(voice, self.opinions.heeded(call), is_won, deal)

    def _deal_problems(self, deal: str, voice: str, is_won: bool) -> list[str]:
        problems = []
        if (deal, voice) in self._spoke:
            problems.append(f"'{voice}' calls deal '{deal}' a second time; keep one call a deal")
        if self._won.setdefault(deal, is_won) != is_won:
            problems.append(f"deal '{deal}' is won in one row and lost in another; mend one")
        self._spoke.add((deal, voice))
        return problems

    def _voice(self, text: str) -> str:
        names = [voice.name for voice in self.opinions.voices]
        if text not in names:
            close = get_close_matches(text, names, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(names)}"
            raise InputError.of(f"'{text}' is no source of opinion; {hint}")
        return text

    def _chance(self, text: str) -> float:
        try:
            raw: float | str = float(text)
        except ValueError:
            raw = text
        call = figures.probability(raw)
        if problem := call_problem(call, self.opinions.surest):
            raise InputError.of(problem)
        return call

    def _outcome(self, text: str) -> bool:
        outcome = self.form.outcomes.get(text, text)
        if outcome not in _OUTCOMES:
            raise InputError.of(
                f"outcome '{text}' is neither won nor lost; write outcomes: {{{text or '..'}: won}} or lost"
            )
        return _OUTCOMES[outcome]

    def _is_later(self, text: str) -> bool:
        if not text:
            raise InputError.of("no date; fill it in, or leave out columns.date")
        stamp = self.dates(text)
        return self.clock is not None and not self.clock.is_known(stamp)


def with_calls(panel: Panel, calls: dict[str, dict[str, float]]) -> tuple[Opinions, tuple[str, ...]]:
    """Return the opinions on the open deals, and what is to be said of them."""
    opinions = Opinions(panel.opinions.voices, calls, panel.opinions.basis, panel.opinions.surest)
    return opinions, ((*notes_of(opinions), *panel.notes) if calls else ())
