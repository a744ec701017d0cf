"""What a visitor takes away: the config of a draft, reports of its forecast, and its figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from funnelsim.analysis.dossier import Dossier, dossier
from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.track import PastHits
from funnelsim.app.answers import command
from funnelsim.app.session import Session
from funnelsim.model.case import Case
from funnelsim.report.clean import for_spreadsheet
from funnelsim.report.track import track_lines
from funnelsim.report.words import Words

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_DEALS = ("id", "stage", "amount", "age_days", "owner", "segment", "source", "win_rate", "expected_close")


def config_file(session: Session, told: Forecast) -> tuple[str, bytes]:
    """Return name and content of the config of the draft: YAML, or a zip of it and the files it names."""
    return packed(session.bench.files(session.draft, command(told, session.bench.name)), session.bench.name)


def scenarios_file(session: Session) -> tuple[str, bytes]:
    """Return name and content of the config with the saved scenarios."""
    return packed(session.bench.with_scenarios(session.saved), session.bench.name)


def packed(files: Mapping[str, bytes], name: str) -> tuple[str, bytes]:
    """Return one file as it is, several as a zip; the same bytes for the same files."""
    if len(files) == 1:
        return name, files[name]
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for one, content in files.items():
            member = ZipInfo(one, _NO_TIME)
            member.compress_type = ZIP_DEFLATED
            archive.writestr(member, content)
    return f"{name.rpartition('.')[0] or name}.zip", out.getvalue()


def workbook(session: Session, say: Words) -> bytes:
    """Return the forecast as a workbook."""
    from funnelsim.report.workbook import workbook_bytes

    return workbook_bytes(_dossier(session), say)


def slides(session: Session, say: Words) -> bytes:
    """Return the forecast as slides."""
    from funnelsim.report.slides import slides_bytes

    return slides_bytes(_dossier(session), say)


def page(session: Session, say: Words) -> bytes:
    """Return the forecast as one self-contained page."""
    from funnelsim.report.page import page_bytes

    return page_bytes(_dossier(session), say)


def figures(told: Forecast) -> bytes:
    """Return the figures of a forecast as CSV."""
    from funnelsim.report.summary_table import summary_csv

    return summary_csv(told)


def deals(case: Case) -> bytes:
    """Return the open deals as CSV that spreadsheets read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_DEALS)
    for deal in case.pipeline.deals:
        writer.writerow([_cell(getattr(deal, name)) for name in _DEALS])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return for_spreadsheet(value) if isinstance(value, str) else "" if value is None else value


def track_of(session: Session, say: Words) -> list[str]:
    """Return the sentences on how forecasts like this one fared, where a history was read."""
    hits = _hits(session)
    return track_lines(hits or (), say) or [say(f"without_track_{'not_given' if hits is None else 'none'}")]


def _hits(session: Session) -> list[PastHits] | None:
    from funnelsim.fitting.windows import MEASURES

    track = session.record.track if session.record else None
    return [track.hits(measure) for measure in MEASURES] if track else None


def _dossier(session: Session) -> Dossier:
    past = session.record.track if session.record else None
    return dossier(session.sealed(), track=_hits(session), backtest=past)
