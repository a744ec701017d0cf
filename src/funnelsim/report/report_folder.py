"""Reports of runs in the formats people pass on, in one folder: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from funnelsim.analysis.briefing import Briefing
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Words

FORMATS = ("html", "xlsx", "pptx")
_Maker = Callable[[Briefing, Words], bytes]


def write_reports(
    briefings: Mapping[str, Briefing],
    formats: Sequence[str],
    folder: Path,
    say: Words,
    *,
    started: datetime | None = None,
) -> list[str]:
    """Write NAME.ENDING of each named forecast in each format and one manifest.json, and return their names.

    Parameters
    ----------
    formats : sequence of str
        Of `FORMATS`: ``html`` is the full page, ``xlsx`` a workbook, ``pptx`` three slides.

    Raises
    ------
    OutputError
        If the folder holds something else, or may not be written; what was there before is untouched.
    """
    begun, makers = started or datetime.now(UTC), {name: _maker(name) for name in formats}
    with written_whole(folder) as hidden:
        for name, told in briefings.items():
            for ending, make in makers.items():
                (hidden / f"{name}.{ending}").write_bytes(make(told, say))
        names = sorted(path.name for path in hidden.iterdir())
        write_manifest(next(iter(briefings.values())).case, hidden, begun)
    return names


def _maker(ending: str) -> _Maker:
    if ending == "html":
        from funnelsim.report.page import page_bytes

        return page_bytes
    if ending == "xlsx":
        from funnelsim.report.workbook import workbook_bytes

        return workbook_bytes
    from funnelsim.report.slides import slides_bytes

    return slides_bytes
