"""What a pipeline review leaves behind: the picture, the figures, and a manifest that vouches for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from funnelsim.analysis.pipeline import PipelineReview
from funnelsim.model.json_text import json_text
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Language, Words


def write_review(
    review: PipelineReview, folder: str | Path, *, language: Language = "en", started: datetime | None = None
) -> Path:
    """Write pipeline.svg, pipeline.png, pipeline.json and manifest.json, all or nothing, and return the folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    from funnelsim.report.funnel_picture import funnel_picture
    from funnelsim.report.plots import png_bytes, svg_text

    place, begun = Path(folder), started or datetime.now(UTC)
    with written_whole(place) as hidden:
        drawn = funnel_picture(review, Words(language))
        (hidden / "pipeline.svg").write_text(svg_text(drawn), encoding="utf-8")
        (hidden / "pipeline.png").write_bytes(png_bytes(drawn))
        told = json_text(review.as_json()) + "\n"
        (hidden / "pipeline.json").write_text(told, encoding="utf-8")
        write_manifest(review.case, hidden, begun)
    return place
