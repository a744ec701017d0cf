"""One page over the reports of many cases: a row a case, its interval and the chance of its first target, and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import chance, error_figure, figure, mean_places, places_of, points
from funnelsim.report.tables import target_in_words
from funnelsim.report.words import Words

OVERVIEW = "overview.html"
_HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}
_LONGEST = 80


@dataclass(frozen=True)
class CaseRow:
    """A case of the overview.

    Parameters
    ----------
    name : str
        Of its reports, without the ending.
    varies : mapping of str to str
        What is set in this case.
    """

    name: str
    varies: Mapping[str, str]
    forecast: Forecast


def overview_bytes(title: str, rows: Sequence[CaseRow], formats: Sequence[str], problems: Mapping[int, str],
                   say: Words) -> bytes:  # fmt: skip
    """Return the page as HTML, without a script and without a request to anywhere.

    Parameters
    ----------
    rows : sequence of CaseRow
        One at least.
    formats : sequence of str
        The endings of the reports that lie beside the page.
    problems : mapping of int to str
        Why a case has no forecast.
    """
    loader = PackageLoader("funnelsim.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    page = environment.get_template(OVERVIEW).render(
        lang=_HTML_LANGUAGE[say.language],
        say=say,
        title=one_line(title, _LONGEST),
        heads=_heads(rows[0], say),
        rows=[(_links(row, formats), list(row.varies.values()), _figures(row.forecast, say)) for row in rows],
        problems=[say("case_problem", number=n, problem=one_line(told, 300)) for n, told in sorted(problems.items())],
    )
    return page.encode()


def _heads(first: CaseRow, say: Words) -> list[tuple[str, str]]:
    varies = [(one_line(name, _LONGEST), "") for name in first.varies]
    amounts = [(say(name), say(f"{name}_hint")) for name in ("commit", "likely", "stretch")]
    mean = (say("mean"), str(first.forecast.case.money))
    return [*varies, *amounts, mean, (say("target"), ""), (say("chance"), "")]


def _links(row: CaseRow, formats: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    return row.name, [(ending, f"{row.name}.{ending}") for ending in formats]


def _figures(forecast: Forecast, say: Words) -> list[str]:
    total, booked, places = forecast.bookings.total, forecast.bookings.booked, places_of(forecast.bookings.total)
    error = error_figure(total.mean_se or total.mean_error or 0.0)
    mean = figure(total.mean + booked, mean_places(total))
    amounts = [figure(x + booked, places) for x in (total.commit, total.likely, total.stretch)]
    return [*amounts, mean if error == "0" else f"{mean} ± {error}", *_target(forecast, say)]


def _target(forecast: Forecast, say: Words) -> tuple[str, str]:
    if not forecast.targets:
        return "–", "–"
    first = forecast.targets[0]
    reached, error = chance(first.chance, first.chance_se, forecast.trials), points(first.chance_se)
    return target_in_words(forecast, first, say), reached if error == "0" else f"{reached} ± {error}"
