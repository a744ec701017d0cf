"""A forecast as slides: the headline with its chart, periods and targets, what moves it, and what it rests on."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from funnelsim.analysis.briefing import Briefing
from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.swings import Swings
from funnelsim.report.absences import track_told, why_absent
from funnelsim.report.answers import changed
from funnelsim.report.clean import one_line
from funnelsim.report.fan import fan
from funnelsim.report.gauge import gauges
from funnelsim.report.levers import lever_sentences, levers_note
from funnelsim.report.notes import notes
from funnelsim.report.numbers import figure, places_of, plain
from funnelsim.report.office_file import without_clock
from funnelsim.report.sensitivity import answer_in_words, input_in_words
from funnelsim.report.sentences import (
    assumptions,
    error_sentence,
    headline,
    provenance_line,
    stale_sentence,
    title,
)
from funnelsim.report.slide_parts import Box, draw_bars, draw_ends, draw_fan, write_table, write_text, write_title
from funnelsim.report.tables import Table, measure_table, targets_table
from funnelsim.report.words import Words

_WIDTH, _HEIGHT = 13.333, 7.5
_LEFT, _ACROSS = 0.5, 12.3
_TITLE_ONLY = 5
_MOST_PERIODS, _MOST_TARGETS, _MOST_GAUGES, _MOST_LEVERS = 9, 5, 3, 6


def slides_bytes(told: Briefing, say: Words) -> bytes:
    """Return three slides as pptx, and one on levers and changes where told; the same bytes for the same briefing."""
    from pptx import Presentation
    from pptx.util import Inches

    deck, forecast = Presentation(), told.forecast
    deck.slide_width, deck.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    deck.core_properties.title = one_line(title(forecast, say), 200)
    deck.core_properties.author = "funnelsim"
    _headline_slide(_new(deck, title(forecast, say), say), forecast, say)
    _tables_slide(_new(deck, say("ask_periods"), say), forecast, say)
    if told.levers is not None or told.changes is not None:
        _answers_slide(_new(deck, say("ask_levers"), say), told, say)
    _grounds_slide(_new(deck, say("ask_assumptions"), say), told, say)
    out = BytesIO()
    deck.save(out)
    return without_clock(out.getvalue(), forecast.case.as_of)


def _new(deck: Any, heading: str, say: Words) -> Any:
    """Return a slide whose heading is its title, so that a screen reader finds it."""
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    write_title(slide, (_LEFT, 0.25, _ACROSS, 0.75), heading, say.language)
    return slide


def _headline_slide(slide: Any, forecast: Forecast, say: Words) -> None:
    write_text(slide, (_LEFT, 1.05, _ACROSS, 0.9), [headline(forecast, say)], (20, 11), say.language, bold=True)
    told = gauges(forecast, say)[:_MOST_GAUGES] + _warnings(forecast, say)
    write_text(slide, (_LEFT, 1.95, _ACROSS, 1.05), told, (14, 9), say.language)
    _picture(slide, (_LEFT, 3.0, _ACROSS, 4.0), forecast, say)
    write_text(slide, (_LEFT, 7.0, _ACROSS, 0.4), [error_sentence(forecast, say)], (10, 8), say.language)


def _picture(slide: Any, box: tuple[float, float, float, float], forecast: Forecast, say: Words) -> None:
    told = headline(forecast, say)
    if forecast.bookings.periods:
        bands, periods = fan(forecast, say), forecast.bookings.periods
        likely = [figure(x, places_of(p.to_come)) for x, p in zip(bands.likely, periods, strict=True)]
        named = say("bands_title", measure=say("bookings"), unit=forecast.case.money)
        draw_fan(slide, box, bands, named, told, likely)
    else:
        law, booked = forecast.distribution, forecast.bookings.booked
        edges = [plain(edge + booked) for edge in law.edges[:-1]]
        named = say(
            "card", name=say("share_within"), hint=say("in_unit", measure=say("bookings"), unit=forecast.case.money)
        )
        draw_bars(slide, box, edges, law.probability, named, told)


def _tables_slide(slide: Any, forecast: Forecast, say: Words) -> None:
    end = _titled(slide, 1.05, measure_table(forecast, "bookings", say), _MOST_PERIODS, say)
    if forecast.targets:
        end = _titled(slide, end, targets_table(forecast, say), _MOST_TARGETS, say)
    write_text(slide, (_LEFT, 7.0, _ACROSS, 0.4), [error_sentence(forecast, say)], (10, 8), say.language)


def _titled(slide: Any, top: float, table: Table, most: int, say: Words) -> float:
    more = [say("more_in_workbook", n=len(table.rows) - most)] if len(table.rows) > most else []
    told = " · ".join([table.title, *more])
    write_text(slide, (_LEFT, top, _ACROSS, 0.35), [told], (12, 9), say.language, bold=True)
    return write_table(slide, (_LEFT, top + 0.35, _ACROSS, 0.0), table, most, say)


def _answers_slide(slide: Any, told: Briefing, say: Words) -> None:
    """Draw the levers at both ends, and tell what changed."""
    end = 1.05
    if told.levers is not None:
        sentences = [*lever_sentences(told.levers, say), levers_note(told.levers, say)]
        write_text(slide, (_LEFT, end, _ACROSS, 1.75), sentences, (14, 9), say.language)
        _draw_levers(slide, (_LEFT, 2.85, _ACROSS, 2.75), told.levers, say)
        end = 5.65
    lines = changed(told, say) or [why_absent(told, "changes", say)]
    write_text(slide, (_LEFT, end, _ACROSS, 0.35), [say("part_changes")], (12, 9), say.language, bold=True)
    write_text(slide, (_LEFT, end + 0.35, _ACROSS, 1.0), lines, (14, 8), say.language)


def _draw_levers(slide: Any, box: Box, found: Swings, say: Words) -> None:
    kept, answer = found.order[:_MOST_LEVERS], found.answer
    name = answer_in_words(found, answer, say)
    ends = {
        say(end, what=name): [float(x[i, answer]) for i in kept]
        for end, x in (("at_low_end", found.tornado.low), ("at_high_end", found.tornado.high))
    }
    labels = [input_in_words(found.inputs.inputs[i], found, say) for i in kept]
    number_format = "0.0%" if found.outputs[answer].startswith("target_") else "#,##0"
    draw_ends(slide, box, labels, ends, number_format, name, " ".join(lever_sentences(found, say)))


def _grounds_slide(slide: Any, briefing: Briefing, say: Words) -> None:
    forecast = briefing.forecast
    write_text(slide, (_LEFT, 1.05, _ACROSS, 4.2), assumptions(forecast, say), (14, 8), say.language)
    told = [say("card", name=say("track_title"), hint=one) for one in track_told(briefing, say)]
    write_text(slide, (_LEFT, 5.25, _ACROSS, 1.1), told, (14, 8), say.language)
    write_text(slide, (_LEFT, 6.4, _ACROSS, 0.9), [provenance_line(forecast, say)], (10, 7), say.language)


def _warnings(forecast: Forecast, say: Words) -> list[str]:
    stale = stale_sentence(forecast, say)
    return [stale] * bool(stale) + [say("note_line", note=note) for note in notes(forecast, say)]
