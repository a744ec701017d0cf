"""One self-contained page: text, tables and pictures, no script, no request to anywhere.

Everything that comes from data passes the template's escaping; only the pictures, which hold no text of
their own (letters are drawn as outlines), go in as they are.
"""

from __future__ import annotations

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from funnelsim.analysis.forecast import Forecast
from funnelsim.report import plots
from funnelsim.report.business import business_table, loop_sentence
from funnelsim.report.fonts import needs_font, subset_base64
from funnelsim.report.ink import INK
from funnelsim.report.notes import notes
from funnelsim.report.numbers import figure, money, places_of
from funnelsim.report.pipeline_tables import practice_table
from funnelsim.report.sentences import (
    assumptions,
    error_sentence,
    headline,
    provenance,
    stale_sentence,
    title,
)
from funnelsim.report.stages import stages_table
from funnelsim.report.tables import Table, deals_table, group_table, measure_tables, targets_table
from funnelsim.report.waiting import waiting_table
from funnelsim.report.words import Words

_N_DEALS = 50
_HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def page(forecast: Forecast, say: Words) -> str:
    """Return the report as HTML; the same text for the same forecast."""
    template = _environment().get_template("report.html")
    parts = _parts(forecast, say)
    bare = template.render(parts, font="")
    return template.render(parts, font=subset_base64(bare + say("font_note"))) if needs_font(bare) else bare


def _environment() -> Environment:
    loader = PackageLoader("funnelsim.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def _parts(forecast: Forecast, say: Words) -> dict[str, Any]:
    stale = stale_sentence(forecast, say)
    return {
        "say": say,
        "lang": _HTML_LANGUAGE[say.language],
        "title": title(forecast, say),
        "headline": headline(forecast, say),
        "cards": _cards(forecast, say),
        "pictures": _pictures(forecast, say),
        "tables": _tables(forecast, say),
        "assumptions": assumptions(forecast, say),
        "notes": [*(told for told in (stale, loop_sentence(forecast, say)) if told), *notes(forecast, say)],
        "provenance": provenance(forecast, say),
        "error_note": error_sentence(forecast, say),
    }


def _cards(forecast: Forecast, say: Words) -> list[dict[str, str]]:
    total, places = forecast.bookings.total, places_of(forecast.bookings.total)
    amounts = {"commit": total.commit, "likely": total.likely, "stretch": total.stretch}
    return [
        {
            "name": say(name),
            "hint": say(f"{name}_hint"),
            "amount": money(figure(x + forecast.bookings.booked, places), forecast.case.money),
        }
        for name, x in amounts.items()
    ]


def _pictures(forecast: Forecast, say: Words) -> list[dict[str, str]]:
    told = headline(forecast, say)
    found = [("distribution", plots.distribution_figure(forecast, say))]
    if forecast.bookings.periods:
        found.append(("periods", plots.periods_figure(forecast, say)))
    return [{"title": say(n), "svg": _inline(drawn, n, f"{say(n)}. {told}")} for n, drawn in found]


def _inline(drawn: Figure, name: str, told: str) -> Markup:
    """Return a picture as part of the page: ids of its own, the page's ink, its size left to the page."""
    svg = plots.svg_text(drawn)
    svg = _METADATA.sub("", _COMMENT.sub("", svg[svg.index("<svg") :]))
    svg = svg.replace('id="', f'id="{name}-').replace('href="#', f'href="#{name}-')
    svg = svg.replace("url(#", f"url(#{name}-").replace(INK, "currentColor")
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(told)}" ', 1))  # noqa: S704


def _tables(forecast: Forecast, say: Words) -> list[Table]:
    found = measure_tables(forecast, say, with_dates=True)
    if table := business_table(forecast, say):
        found.append(table)
    if forecast.targets:
        found.append(targets_table(forecast, say))
    found += [waiting_table(forecast, say)] * bool(forecast.waiting)
    found += [group_table(forecast, axis, say) for axis in forecast.groups]
    found.append(stages_table(forecast, say))
    found += [table for table in (practice_table(forecast.case.funnel.stages, say),) if table]
    if forecast.deals:
        found.append(deals_table(forecast, say, _N_DEALS))
    return found
