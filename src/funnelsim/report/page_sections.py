"""The sections of a page that the forecast alone can tell, one builder each."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.analysis.dossier import Dossier
from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.stages import StageStanding, stage_standings
from funnelsim.report import plots
from funnelsim.report.absences import why_absent
from funnelsim.report.business import business_table, loop_sentence
from funnelsim.report.clean import one_line
from funnelsim.report.exceedance import exceedance_table, marks_table
from funnelsim.report.exceedance_picture import exceedance_picture
from funnelsim.report.funnel_picture import stages_figure
from funnelsim.report.method import method_notes
from funnelsim.report.notes import notes
from funnelsim.report.numbers import money, plain, points, rate
from funnelsim.report.page_part import Part, Section, bullets, folded, lines, pair, picture, table
from funnelsim.report.pipeline_tables import days, practice_table
from funnelsim.report.sentences import assumptions, error_sentence, headline
from funnelsim.report.stages import stages_table
from funnelsim.report.tables import deals_table, group_table, measure_table, measure_tables, swing_error, targets_table
from funnelsim.report.waiting import waiting_table
from funnelsim.report.words import Words

_N_DEALS = 20
_N_MAKE_OR_BREAK = 3
_CASH = "cash"


def chances_section(forecast: Forecast, say: Words) -> Section:
    """Return the histogram and the curve of the total, with the figures behind them."""
    told = headline(forecast, say)
    behind = exceedance_table(forecast, say)
    parts = (
        pair(
            picture(plots.distribution_figure(forecast, say), "distribution", say("distribution"), told),
            picture(exceedance_picture(forecast, say), "exceedance", say("exceedance_title"), told),
        ),
        *table(marks_table(forecast, say)),
        folded(behind, say("table_of", title=behind.title)),
        *lines(error_sentence(forecast, say)),
    )
    return Section("chances", say("section_chances"), parts)


def when_section(forecast: Forecast, say: Words) -> Section:
    """Return the fan of the periods and the tables of all measures but money received."""
    parts: list[Part] = []
    if forecast.bookings.periods:
        told = headline(forecast, say)
        parts.append(picture(plots.periods_figure(forecast, say), "periods", say("periods"), told))
    shown = [one for one in measure_tables(forecast, say, with_dates=True) if one.title != _cash_title(forecast, say)]
    for one in shown:
        parts += table(one)
    parts += table(business_table(forecast, say))
    return Section("when", say("section_when"), (*parts, *lines(loop_sentence(forecast, say))))


def money_section(forecast: Forecast, say: Words) -> Section | None:
    """Return what comes in when; None where the case does not say how customers pay."""
    if _CASH not in forecast.measures:
        return None
    return Section("money", say("section_money"), table(measure_table(forecast, _CASH, say, with_dates=True)))


def targets_section(forecast: Forecast, say: Words) -> Section | None:
    """Return each target with its chance; None without targets."""
    return Section("targets", say("section_targets"), table(targets_table(forecast, say))) if forecast.targets else None


def groups_section(forecast: Forecast, say: Words) -> Section | None:
    """Return bookings by segment, owner and source; None where the case groups by none."""
    parts = [part for axis in forecast.groups for part in table(group_table(forecast, axis, say, with_range=True))]
    return Section("groups", say("section_groups"), tuple(parts)) if parts else None


def funnel_section(forecast: Forecast, say: Words) -> Section:
    """Return the funnel as a picture, its stages, what each asks for, and who is how busy."""
    stages = stage_standings(forecast.case, {})
    told = " ".join(_stage_told(one, forecast, say) for one in stages)
    drawn = stages_figure(stages, forecast.case.money, say)
    parts = (
        picture(drawn, "funnel", say("stages"), told),
        *table(stages_table(forecast, say)),
        *table(practice_table(forecast.case.funnel.stages, say)),
        *(table(waiting_table(forecast, say)) if forecast.waiting else ()),
    )
    return Section("funnel", say("section_funnel"), parts)


def deals_section(told: Dossier, say: Words) -> Section | None:
    """Return the deals that matter most, those that move the first target most in words."""
    if not told.deals:
        why = lines(why_absent(told, "deals", say))
        return Section("deals", say("section_deals"), why) if why else None
    sentences, cells = list(_make_or_break(told, say)), deals_table(told.forecast, say, _N_DEALS)
    return Section("deals", say("section_deals"), (*bullets(sentences), *table(cells)))


def assumptions_section(forecast: Forecast, say: Words) -> Section:
    """Return everything that was taken for granted."""
    return Section("assumptions", say("assumptions"), bullets(assumptions(forecast, say)))


def notes_section(forecast: Forecast, say: Words) -> Section | None:
    """Return the notes that go with the forecast; None without any."""
    told = notes(forecast, say)
    return Section("notes", say("notes"), bullets(told)) if told else None


def method_section(forecast: Forecast, say: Words) -> Section:
    """Return how it was worked out, in plain words."""
    return Section("method", say("section_method"), bullets(method_notes(forecast, say)))


def _cash_title(forecast: Forecast, say: Words) -> str:
    return say("in_unit", measure=say(_CASH), unit=forecast.case.money)


def _make_or_break(told: Dossier, say: Words) -> Iterator[str]:
    for deal in told.deals[:_N_MAKE_OR_BREAK]:
        if deal.swing is not None:
            swing, error = f"{100 * deal.swing + 0.0:.1f}", points(swing_error(deal, told.forecast))
            yield say("deal_lifts", deal=one_line(deal.id, 40), swing=swing, error=error)


def _stage_told(one: StageStanding, forecast: Forecast, say: Words) -> str:
    waited = say("funnel_no_days") if one.mean_days is None else say("funnel_days", days=days(one.mean_days))
    return say(
        "funnel_told",
        stage=one_line(one.name, 40),
        n=f"{one.open_deals:,}",
        amount=money(plain(one.open_amount), forecast.case.money),
        conversion=rate(one.conversion),
        days=waited,
    )
