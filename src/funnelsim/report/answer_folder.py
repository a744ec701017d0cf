"""What an answer leaves behind: a picture, its figures as JSON, and a manifest that vouches for both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelsim.model.case import Case
from funnelsim.model.json_text import json_text
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_answer(
    name: str, told: dict[str, Any], drawn: Figure, case: Case, folder: str | Path, started: datetime | None = None
) -> Path:
    """Write NAME.svg, NAME.png, NAME.json and manifest.json, all or nothing, and return the folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    from funnelsim.report.plots import png_bytes, svg_text

    place, begun = Path(folder), started or datetime.now(UTC)
    with written_whole(place) as hidden:
        (hidden / f"{name}.svg").write_text(svg_text(drawn), encoding="utf-8")
        (hidden / f"{name}.png").write_bytes(png_bytes(drawn))
        (hidden / f"{name}.json").write_text(json_text(told) + "\n", encoding="utf-8")
        write_manifest(case, hidden, begun)
    return place
