"""Reports of runs in the formats people pass on, in one folder: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from funnelsim.analysis.briefing import Briefing
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Words

_Maker = Callable[[Briefing, Words], bytes]
# where each format is made; its library is loaded when it is asked for
_MAKERS = {
    "html": ("page", "page_bytes"),
    "pdf": ("one_page", "pdf_bytes"),
    "png": ("one_page", "png_bytes"),
    "xlsx": ("workbook", "workbook_bytes"),
    "pptx": ("slides", "slides_bytes"),
}
FORMATS = tuple(_MAKERS)


def write_reports(
    briefings: Mapping[str, Briefing],
    formats: Sequence[str],
    folder: Path,
    say: Words,
    *,
    extra: Mapping[str, bytes] | None = None,
    started: datetime | None = None,
) -> list[str]:
    """Write NAME.ENDING of each named forecast in each format and one manifest.json, and return their names.

    Parameters
    ----------
    formats : sequence of str
        Of `FORMATS`: ``html`` is the full page, ``pdf`` one page, ``png`` the same for a telephone, ``xlsx`` a
        workbook, ``pptx`` slides.

    extra : mapping of str to bytes, optional
        More files of the folder, by name.

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
        for name, content in (extra or {}).items():
            (hidden / name).write_bytes(content)
        names = sorted(path.name for path in hidden.iterdir())
        write_manifest(next(iter(briefings.values())).case, hidden, begun)
    return names


def _maker(ending: str) -> _Maker:
    name, make = _MAKERS[ending]
    found: _Maker = getattr(import_module(f"funnelsim.report.{name}"), make)
    return found
