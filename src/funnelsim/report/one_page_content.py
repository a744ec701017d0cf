"""What stands on the one page, as plain values: sentences, figures and pictures, cut so that a page holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from funnelsim.analysis.dossier import Dossier, Part
from funnelsim.analysis.forecast import DealForecast, Forecast
from funnelsim.report import plots
from funnelsim.report.absences import track_told, why_absent
from funnelsim.report.answers import changed
from funnelsim.report.business import loop_sentence
from funnelsim.report.clean import one_line
from funnelsim.report.gauge import gauges
from funnelsim.report.levers import lever_sentences, levers_note
from funnelsim.report.notes import notes
from funnelsim.report.numbers import chance, figure, money, places_of, plain, points
from funnelsim.report.sentences import assumptions, headline, provenance_line, stale_sentence
from funnelsim.report.tables import share_error, swing_error, target_in_words
from funnelsim.report.words import Words

N_DEALS, N_GAUGES, N_WARNINGS, N_ASSUMPTIONS, N_TRACK = 5, 3, 4, 7, 3
_NAME, _LINE, _TITLE = 24, 260, 60


def content(told: Dossier, say: Words) -> dict[str, Any]:
    """Return everything the page shows."""
    forecast = told.forecast
    shown = gauges(forecast, say)
    return {
        "lang": say.language,
        "date": list(forecast.case.as_of.timetuple()[:3]),
        "title": say("page_title", case=one_line(forecast.case.name, _TITLE), day=forecast.case.as_of.isoformat()),
        "headline": short_headline(forecast, say),
        "warnings": _some(_warnings(forecast, say), N_WARNINGS, say),
        "cards": cards(forecast, say),
        "gauge_title": say("gauge_title"),
        "gauges": _gauges(forecast, shown[:N_GAUGES]),
        "more_gauges": say("and_n_more", n=len(shown) - N_GAUGES) if len(shown) > N_GAUGES else "",
        "pictures": _pictures(forecast, say),
        "sections": {
            "levers": _part("levers", _levers(told, say), told, say),
            "deals": _part("deals", _deals(told, say), told, say),
            "changes": _part("changes", changed(told, say), told, say),
            "track": _section(say("part_track"), _some(track_told(told, say), N_TRACK, say)),
            "assumptions": _section(say("sheet_assumptions"), _grounds(forecast, say)),
        },
        "provenance": one_line(provenance_line(forecast, say), 600),
    }


def short_headline(forecast: Forecast, say: Words) -> str:
    """Return commit, and the chance of the first target, in one sentence."""
    total, unit = forecast.bookings.total, forecast.case.money
    commit = money(figure(total.commit + forecast.bookings.booked, places_of(total)), unit)
    if not forecast.targets:
        return say("short_headline", commit=commit)
    first = forecast.targets[0]
    error = points(first.chance_se)
    return say(
        "short_headline_target",
        commit=commit,
        target=one_line(target_in_words(forecast, first, say), 3 * _NAME),
        chance=chance(first.chance, first.chance_se, forecast.trials),
        error="" if error == "0" else say("plus_minus", error=error),
    )


def cards(forecast: Forecast, say: Words) -> list[dict[str, str]]:
    """Return commit, likely and stretch, each with what it means."""
    total, places = forecast.bookings.total, places_of(forecast.bookings.total)
    amounts = {"commit": total.commit, "likely": total.likely, "stretch": total.stretch}
    return [
        {
            "name": say(name),
            "hint": say(f"{name}_hint"),
            "amount": figure(x + forecast.bookings.booked, places),
            "unit": str(forecast.case.money),
        }
        for name, x in amounts.items()
    ]


def _gauges(forecast: Forecast, told: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"told": one_line(sentence, _LINE), "chance": one.chance, "error": one.chance_se}
        for sentence, one in zip(told, forecast.targets, strict=False)
    ]


def _pictures(forecast: Forecast, say: Words) -> list[dict[str, str]]:
    found = [("curve_title", plots.distribution_figure(forecast, say))]
    if forecast.bookings.periods:
        found.append(("fan_of_periods", plots.periods_figure(forecast, say)))
    told = headline(forecast, say)
    return [
        {"title": say(name), "alt": f"{say(name)}. {told}", "svg": svg[svg.index("<svg") :]}
        for name, svg in ((name, plots.svg_text(drawn)) for name, drawn in found)
    ]


def _warnings(forecast: Forecast, say: Words) -> list[str]:
    """Return what must be known before the figures are read."""
    told = [stale_sentence(forecast, say), loop_sentence(forecast, say), *notes(forecast, say)]
    return [one for one in told if one]


def _levers(told: Dossier, say: Words) -> list[str]:
    if told.levers is None:
        return []
    return [*lever_sentences(told.levers, say), levers_note(told.levers, say)]


def _deals(told: Dossier, say: Words) -> list[str]:
    return _some([_deal(one, told.forecast, say) for one in told.deals], N_DEALS, say)


def _deal(one: DealForecast, forecast: Forecast, say: Words) -> str:
    error = share_error(one.win_probability, forecast.trials)
    shown = say(
        "deal_short",
        deal=one_line(one.id, _NAME),
        stage=one_line(one.stage, _NAME),
        amount=money(plain(one.amount), forecast.case.money),
        chance=chance(one.win_probability, error, forecast.trials),
    )
    if one.swing is None:
        return shown
    return shown + say("deal_swing", swing=figure(100 * one.swing, 1), error=points(swing_error(one, forecast)))


def _grounds(forecast: Forecast, say: Words) -> list[str]:
    cut_off = say("data_until", day=f"{forecast.case.as_of.isoformat()} {forecast.case.timezone}")
    return [cut_off, *_some(assumptions(forecast, say), N_ASSUMPTIONS, say)]


def _part(name: Part, lines: list[str], told: Dossier, say: Words) -> dict[str, Any]:
    return _section(say(f"part_{name}"), lines or [why_absent(told, name, say)])


def _section(heading: str, lines: Sequence[str]) -> dict[str, Any]:
    return {"title": heading, "lines": [one_line(line, _LINE) for line in lines]}


def _some(lines: Sequence[str], most: int, say: Words) -> list[str]:
    """Return at most so many lines; what is left out is counted."""
    kept = [one_line(line, _LINE) for line in lines[:most]]
    return [*kept, say("and_n_more", n=len(lines) - most)] if len(lines) > most else kept
