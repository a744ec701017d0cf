"""What a comparison of reps leaves behind: its figures, its picture, and a manifest that vouches for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from funnelsim.analysis.standings import Standings
from funnelsim.model.json_text import json_text
from funnelsim.report.folder import written_whole
from funnelsim.report.history_folder import vouch_for
from funnelsim.report.words import Language, Words


def write_standings(
    told: Standings, history: str, folder: Path, *, language: Language = "en", started: datetime | None = None
) -> Path:
    """Write people.json, people.svg, people.png and manifest.json, all or nothing, and return the folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    from funnelsim.report.plots import png_bytes, svg_text
    from funnelsim.report.standing_picture import standings_picture

    begun = started or datetime.now(UTC)
    with written_whole(folder) as hidden:
        drawn = standings_picture(told, history, Words(language))
        (hidden / "people.svg").write_text(svg_text(drawn), encoding="utf-8")
        (hidden / "people.png").write_bytes(png_bytes(drawn))
        (hidden / "people.json").write_text(json_text(told.as_json()) + "\n", encoding="utf-8")
        vouch_for(history, hidden, begun)
    return folder
