"""What a review of deals leaves behind: its figures, the reliability diagram where there is one, and a manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from funnelsim.analysis.deal_review import DealReview
from funnelsim.model.json_text import json_text
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Language, Words


def write_deals(told: DealReview, folder: Path, *, language: Language = "en", started: datetime | None = None) -> Path:
    """Write deals.json, reliability.svg and .png where a history was given, and manifest.json, all or nothing.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    begun = started or datetime.now(UTC)
    with written_whole(folder) as hidden:
        (hidden / "deals.json").write_text(json_text(told.as_json()) + "\n", encoding="utf-8")
        if told.reliability is not None:
            from funnelsim.report.plots import png_bytes, svg_text
            from funnelsim.report.reliability_picture import reliability_picture

            drawn = reliability_picture(told.reliability, Words(language))
            (hidden / "reliability.svg").write_text(svg_text(drawn), encoding="utf-8")
            (hidden / "reliability.png").write_bytes(png_bytes(drawn))
        write_manifest(told.case, hidden, begun)
    return folder
