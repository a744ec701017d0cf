"""The sections of a page on what stands around a forecast: what moves it, what changed, who says so."""

from __future__ import annotations

from funnelsim.analysis.briefing import Briefing, Part
from funnelsim.analysis.communication import communicate
from funnelsim.model.briefing import Briefing as Chain
from funnelsim.report.absences import track_told, why_absent
from funnelsim.report.backtest_pictures import calibration_figure, fan_figure
from funnelsim.report.backtest_terminal import backtest_title, coverage_table, skill_table
from funnelsim.report.chain_picture import chain_picture
from funnelsim.report.changes import change_sentences
from funnelsim.report.communication import arrivals_table, chain_headline, changes_table, errors_sentence
from funnelsim.report.compare import (
    assumptions_table,
    compare_headline,
    compare_title,
    differences_table,
    dominance_lines,
)
from funnelsim.report.compare_picture import compare_picture
from funnelsim.report.explain import explain_picture, explain_table, explain_title
from funnelsim.report.layers import layers_line, layers_table, layers_title
from funnelsim.report.levers import lever_sentences, levers_table
from funnelsim.report.numbers import places_of
from funnelsim.report.page_part import Section, bullets, lines, picture, table
from funnelsim.report.sensitivity import answer_in_words
from funnelsim.report.sensitivity_picture import tornado_picture
from funnelsim.report.share_pictures import layers_picture
from funnelsim.report.words import Words


def levers_section(told: Briefing, say: Words) -> Section | None:
    """Return what moves the forecast most: sentences, tornado and table."""
    found = told.levers
    if found is None:
        return _absent(told, "levers", "levers", say)
    sentences = lever_sentences(found, say)
    named = say("sens_tornado", answer=answer_in_words(found, found.answer, say))
    drawn = tornado_picture(found, found.answer, say)
    parts = (
        *bullets(sentences),
        picture(drawn, "tornado", named, " ".join(sentences)),
        *table(levers_table(found, say)),
    )
    return Section("levers", say("section_levers"), parts)


def layers_section(told: Briefing, say: Words) -> Section | None:
    """Return where the spread comes from."""
    found = told.layers
    if found is None:
        return _absent(told, "layers", "layers", say)
    line = layers_line(found, say)
    drawn = picture(layers_picture(found, say), "shares", layers_title(found, say), line)
    return Section("layers", say("section_layers"), (*lines(line), drawn, *table(layers_table(found, say))))


def changes_section(told: Briefing, say: Words) -> Section | None:
    """Return what changed since an earlier run, and why."""
    found = told.changes
    if found is None:
        return _absent(told, "changes", "changes", say)
    sentences = change_sentences(found, say, places_of(told.forecast.bookings.total))
    drawn = picture(explain_picture(found, say), "waterfall", explain_title(found, say), " ".join(sentences))
    return Section("changes", say("section_changes"), (*lines(*sentences), drawn, *table(explain_table(found, say))))


def scenarios_section(told: Briefing, say: Words) -> Section | None:
    """Return the case as stated beside its scenarios, or beside other runs."""
    found = told.comparison
    if found is None:
        return _absent(told, "comparison", "scenarios", say)
    line = compare_headline(found, say)
    parts = (
        *lines(line),
        picture(compare_picture(found, say), "compared", compare_title(found, say), line),
        *table(assumptions_table(found, say)),
        *table(differences_table(found, say)),
        *lines(*dominance_lines(found, say), f"{say('trials')} {found.trials:,} · {say('seed')} {found.seed}"),
    )
    return Section("scenarios", say("section_scenarios"), parts)


def chain_section(told: Briefing, say: Words) -> Section | None:
    """Return what arrives of a message at each hop; None where the case has no chain."""
    case = told.case
    if case.communication is None or not case.communication.hops:
        return None
    found = communicate(Chain(case.name, case.communication, origin=case.origin))
    line = chain_headline(found, say)
    parts = (
        *lines(line),
        picture(chain_picture(found, say), "chain", say("share_left"), line),
        *table(arrivals_table(found, say)),
        *table(changes_table(found, say)),
        *lines(errors_sentence(found, say)),
    )
    return Section("chain", say("section_chain"), parts)


def track_section(told: Briefing, say: Words) -> Section | None:
    """Return how earlier forecasts fared: the log's record, and the backtest's coverage and PIT."""
    if not told.track and told.backtest is None and "track" not in told.absent:
        return None
    parts = bullets([one for one in track_told(told, say) if one])
    if (past := told.backtest) is not None:
        named = backtest_title(past, say)
        parts += (
            picture(calibration_figure(past, say), "calibration", say("calibration_title"), named),
            *lines(say("coverage_note", independent=past.n_independent)),
            *table(coverage_table(past, say)),
            picture(fan_figure(past, say), "windows", say("fan_title"), named),
            *lines(say("fan_note", days=past.plan.n_days)),
            *table(skill_table(past, say)),
        )
    else:
        parts += lines(why_absent(told, "backtest", say))
    return Section("track", say("section_track"), parts)


def _absent(told: Briefing, part: Part, name: str, say: Words) -> Section | None:
    """Return a section that says why it has nothing to tell; None where it was never asked for."""
    why = why_absent(told, part, say)
    return Section(name, say(f"section_{name}"), lines(why)) if why else None
