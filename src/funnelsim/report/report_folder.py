"""Reports of runs in the formats people pass on, in one folder: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Words

_Maker = Callable[[Forecast, Sequence[str], Words], bytes]


def write_reports(
    forecasts: Mapping[str, Forecast],
    formats: Sequence[str],
    folder: Path,
    say: Words,
    *,
    track: Sequence[str],
    started: datetime | None = None,
) -> list[str]:
    """Write NAME.xlsx and NAME.pptx of each named forecast and one manifest.json, and return their names.

    Parameters
    ----------
    formats : sequence of str
        Of ``xlsx`` (a workbook) and ``pptx`` (three slides).
    track : sequence of str
        Sentences on how earlier forecasts fared.

    Raises
    ------
    OutputError
        If the folder holds something else, or may not be written; what was there before is untouched.
    """
    begun, makers = started or datetime.now(UTC), {name: _maker(name) for name in formats}
    with written_whole(folder) as hidden:
        for name, forecast in forecasts.items():
            for ending, make in makers.items():
                (hidden / f"{name}.{ending}").write_bytes(make(forecast, track, say))
        names = sorted(path.name for path in hidden.iterdir())
        write_manifest(next(iter(forecasts.values())).case, hidden, begun)
    return names


def _maker(ending: str) -> _Maker:
    if ending == "xlsx":
        from funnelsim.report.workbook import workbook_bytes

        return workbook_bytes
    from funnelsim.report.slides import slides_bytes

    return slides_bytes
