"""Fitted tables a config names -> the word, and the funnel they imply with the stages' labels and practice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from funnelsim.config.document import FittedForm, StageForm, SupportForm
from funnelsim.config.reading import Files
from funnelsim.config.sections import Sections
from funnelsim.config.stages import practice_of
from funnelsim.errors import InputError, Problem
from funnelsim.model.daily import DailyTables
from funnelsim.model.funnel import Funnel
from funnelsim.model.implied import implied_funnel

_OF_THE_TABLES = ("win_rate", "conversion", "exits", "stay", "stay_lost", "never")


def read_fitted(sections: Sections, files: Files) -> DailyTables | None:
    """Return the tables a config names; what is wrong with them is noted in the sections' findings."""
    form: FittedForm | None = sections.value("fitted")
    if form is None:
        return None
    from funnelsim.fitting.tables import tables_in

    try:
        content = files.read(form.file)
        found = files.sha256[form.file]
        if form.sha256 and form.sha256.lower() != found:
            told = f"'{form.file}' has the SHA-256 {found}, so it is not the file that was fitted"
            raise InputError.of(f"{told}; fit again, or mend the figure", "sha256")
        return tables_in(content, form.file)
    except InputError as error:
        for problem in error.problems:
            where = ("fitted", *(problem.path if problem.path[:1] == ("sha256",) else ("file",)))
            inside = ".".join(map(str, problem.path)) if problem.path[:1] != ("sha256",) else ""
            told = ": ".join(part for part in (problem.place or inside, problem.message) if part)
            sections.findings.add(Problem(where, told))
        return None


def fitted_funnel(tables: DailyTables, forms: list[StageForm | None], sections: Sections) -> Funnel | None:
    """Return the funnel the tables imply, or None where the stages of the config are not those of the tables."""
    findings, n_before = sections.findings, len(sections.findings.problems)
    for i, form in enumerate(forms):
        stated = [key for key in _OF_THE_TABLES if form is not None and getattr(form, key) is not None]
        for key in stated:
            told = f"the tables of `fitted` state what deals of '{form.name if form else ''}' do; leave it out"
            findings.add(Problem(("stages", i, key), told))
        if form is not None and not form.in_forecast:
            findings.add(
                Problem(("stages", i, "in_forecast"), "a fitted stage is always in the forecast; leave it out")
            )
    if None in forms or len(findings.problems) > n_before:
        return None
    known = [form for form in forms if form is not None]
    if (names := tuple(form.name for form in known)) != tables.names:
        there, here = ", ".join(tables.names), ", ".join(names) or "none"
        findings.add(Problem(("stages",), f"the fitted stages are {there}, and here are {here}; name them in order"))
        return None
    funnel = implied_funnel(tables)
    stages = [
        replace(stage, label=form.label, practice=practice_of(form))
        for stage, form in zip(funnel.stages, known, strict=True)
    ]
    return replace(funnel, stages=tuple(stages))


def fitted_notes(tables: DailyTables, form: FittedForm | None = None) -> tuple[str, ...]:
    """Return what is to be said of the tables beside every result, and what their history does not bear."""
    draws = f"{tables.n_draws} posterior draws" if tables.n_draws > 1 else "one draw"
    made = (
        f"what deals do is fitted from history as of {tables.as_of} ({draws}); "
        "the shares and stays of stages shown are those the tables imply"
    )
    return (*(_doubts(form.support) if form and form.support else ()), made)


def _doubts(support: SupportForm) -> Iterator[str]:
    """Yield what a reader must know before the figures, the gravest first; pages know these wordings."""
    from funnelsim.fitting.support import FEWEST_INDEPENDENT, LARGEST_UNSUPPORTED, grade_of

    grade = grade_of(support.wins)
    if grade == "too little":
        yield (f"too little data: {support.wins:,} deals were ever won; take this as a first guess, not as a forecast")
    if grade == "little":
        yield f"little data: {support.wins:,} deals were ever won; ranges are wide"
    if support.unsupported > LARGEST_UNSUPPORTED:
        yield (
            f"not supported by history: {support.unsupported:.0%} of the moves to come are due at stages and ages at "
            "which hardly any was seen"
        )
    if support.regime != "as before":
        yield f"regime change? the last two windows came out far {support.regime} what was expected of them"
    if support.windows < FEWEST_INDEPENDENT:
        yield (
            f"unverified: history holds {support.windows:g} windows of this length that do not overlap, and "
            f"{FEWEST_INDEPENDENT} are needed to tell whether intervals hold"
        )
