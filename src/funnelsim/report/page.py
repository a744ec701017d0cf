"""The full page: one file that opens by double click, asks nothing of the network and runs one script of its own.

Everything that comes from data passes the template's escaping; only the pictures, which hold no text of their own
(letters are drawn as outlines), and the sliders' figures, in which nothing can end an element, go in as they are.
"""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from funnelsim.analysis.briefing import Briefing
from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.what_if import WhatIf
from funnelsim.report import page_answers as answers
from funnelsim.report import page_sections as sections
from funnelsim.report.fonts import needs_font, subset_base64
from funnelsim.report.numbers import figure, money, places_of
from funnelsim.report.page_gauges import gauge_bars
from funnelsim.report.page_part import Section
from funnelsim.report.page_slider import grid_of, slider_of, what_if_table
from funnelsim.report.page_warnings import warnings
from funnelsim.report.sentences import error_sentence, headline, provenance, title
from funnelsim.report.words import Words

_HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def page(forecast: Forecast, say: Words) -> str:
    """Return what the forecast alone can tell, as HTML; the same text for the same forecast."""
    return _html(Briefing(forecast), say, None)


def page_bytes(told: Briefing, say: Words) -> bytes:
    """Return the full page: all that is told, and win rates that can be moved."""
    return _html(told, say, grid_of(told.forecast)).encode()


def _html(told: Briefing, say: Words, grid: WhatIf | None) -> str:
    environment = _environment()
    template = environment.get_template("report.html")
    parts = _parts(told, say, grid, environment)
    bare = template.render(parts, font="")
    return template.render(parts, font=subset_base64(bare + say("font_note"))) if needs_font(bare) else bare


@cache
def _loader() -> PackageLoader:
    return PackageLoader("funnelsim.report", "templates")


def _environment() -> Environment:
    return Environment(loader=_loader(), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def _parts(told: Briefing, say: Words, grid: WhatIf | None, environment: Environment) -> dict[str, Any]:
    forecast = told.forecast
    moved = grid is not None and len(grid.grid) > 1
    grid = grid or grid_of(forecast, move_rates=False)
    script = _source(environment, "page.js")
    return {
        "say": say,
        "lang": _HTML_LANGUAGE[say.language],
        "title": title(forecast, say),
        "cutoff": say("data_until", day=forecast.case.as_of.isoformat()),
        "mean_in_unit": say("in_unit", measure=say("mean"), unit=forecast.case.money),
        "headline": headline(forecast, say),
        "warnings": warnings(told, say),
        "gauges": gauge_bars(forecast, say),
        "cards": _cards(forecast, say),
        "slider": slider_of(forecast, grid, say),
        "slider_table": what_if_table(forecast, grid, say) if moved else None,
        "slider_made": _made(grid, say) if moved else "",
        "sections": _sections(told, say),
        "provenance": provenance(forecast, say),
        "error_note": error_sentence(forecast, say),
        "style": Markup(_source(environment, "page.css")),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "script_hash": _hash(script),
    }


def _sections(told: Briefing, say: Words) -> list[Section]:
    forecast = told.forecast
    found = (
        sections.chances_section(forecast, say),
        sections.when_section(forecast, say),
        sections.targets_section(forecast, say),
        sections.groups_section(forecast, say),
        sections.funnel_section(forecast, say),
        sections.deals_section(told, say),
        answers.levers_section(told, say),
        answers.layers_section(told, say),
        answers.changes_section(told, say),
        answers.scenarios_section(told, say),
        sections.money_section(forecast, say),
        answers.chain_section(told, say),
        answers.track_section(told, say),
        sections.assumptions_section(forecast, say),
        sections.notes_section(forecast, say),
        sections.method_section(forecast, say),
    )
    return [one for one in found if one is not None]


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


def _made(grid: WhatIf, say: Words) -> str:
    return say("what_if_exact") if grid.trials is None else say("what_if_trials", trials=f"{grid.trials:,}")


def _source(environment: Environment, name: str) -> str:
    return _loader().get_source(environment, name)[0]


def _hash(script: str) -> str:
    """Return the hash that lets this script run and no other."""
    return "sha256-" + base64.b64encode(sha256(script.encode()).digest()).decode()
