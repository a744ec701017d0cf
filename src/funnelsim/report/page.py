"""The full page: one file that opens by double click, asks nothing of the network and runs one script of its own.

Everything that comes from data passes the template's escaping; only the pictures, which hold no text of their own
(letters are drawn as outlines), and the sliders' figures, in which nothing can end an element, go in as they are.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.what_if import WhatIf
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


@dataclass(frozen=True)
class Beside:
    """What a full page tells beside the forecast.

    Parameters
    ----------
    grid : WhatIf, optional
        The grid of the sliders; without it only the amount can be moved.
    track : sequence of str
        Sentences on how earlier forecasts fared.
    """

    grid: WhatIf | None = None
    track: Sequence[str] = ()


def page(forecast: Forecast, say: Words, beside: Beside | None = None) -> str:
    """Return the report as HTML; the same text for the same forecast.

    Parameters
    ----------
    beside : Beside, optional
        What is known beyond the forecast; without it the page tells the forecast alone.
    """
    environment = _environment()
    template = environment.get_template("report.html")
    parts = _parts(forecast, say, beside or Beside(), environment)
    bare = template.render(parts, font="")
    return template.render(parts, font=subset_base64(bare + say("font_note"))) if needs_font(bare) else bare


def _environment() -> Environment:
    loader = PackageLoader("funnelsim.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def _parts(forecast: Forecast, say: Words, beside: Beside, environment: Environment) -> dict[str, Any]:
    grid = beside.grid or grid_of(forecast, move_rates=False)
    script = _source(environment, "page.js")
    return {
        "say": say,
        "lang": _HTML_LANGUAGE[say.language],
        "title": title(forecast, say),
        "headline": headline(forecast, say),
        "warnings": warnings(forecast, beside.track, say),
        "gauges": gauge_bars(forecast, say),
        "cards": _cards(forecast, say),
        "slider": slider_of(forecast, grid, say),
        "slider_table": what_if_table(forecast, grid, say) if beside.grid else None,
        "slider_made": _made(grid, say) if beside.grid else "",
        "sections": _sections(forecast, beside, say),
        "provenance": provenance(forecast, say),
        "error_note": error_sentence(forecast, say),
        "style": Markup(_source(environment, "page.css")),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "script_hash": _hash(script),
    }


def _sections(forecast: Forecast, beside: Beside, say: Words) -> list[Section]:
    found = (
        sections.chances_section(forecast, say),
        sections.when_section(forecast, say),
        sections.targets_section(forecast, say),
        sections.groups_section(forecast, say),
        sections.funnel_section(forecast, say),
        sections.deals_section(forecast, say),
        sections.money_section(forecast, say),
        sections.track_section(beside.track, say),
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
    assert environment.loader is not None  # noqa: S101 - it was given above
    return environment.loader.get_source(environment, name)[0]


def _hash(script: str) -> str:
    """Return the hash that lets this script run and no other."""
    return "sha256-" + base64.b64encode(sha256(script.encode()).digest()).decode()
