"""The folder of a chain: figures, a table, a picture, and a manifest that vouches for them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from funnelsim.analysis.communication import Communicated
from funnelsim.model.json_text import json_text
from funnelsim.report.chain_picture import chain_picture
from funnelsim.report.clean import for_spreadsheet
from funnelsim.report.folder import MANIFEST, SCHEMA, written_whole
from funnelsim.report.plots import png_bytes, svg_text
from funnelsim.report.words import Language, Words
from funnelsim.version import versions_of

_COLUMNS = (
    "hop",
    "label",
    "keeps",
    "reaches",
    "items_mean",
    "items_p10",
    "items_p50",
    "items_p90",
    "whole",
    "critical",
)


def write_communication(told: Communicated, folder: str | Path, *, language: Language = "en") -> Path:
    """Write what is told of a chain, whole or not at all, and return the folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    place, say, begun = Path(folder), Words(language), datetime.now(UTC)
    with written_whole(place) as hidden:
        drawn = chain_picture(told, say)
        (hidden / "communication.json").write_text(_json(told.as_json()), encoding="utf-8")
        (hidden / "hops.csv").write_text(_csv(told), encoding="utf-8-sig")
        (hidden / "chain.svg").write_text(svg_text(drawn), encoding="utf-8")
        (hidden / "chain.png").write_bytes(png_bytes(drawn))
        (hidden / MANIFEST).write_text(_json(_manifest(told, hidden, begun)), encoding="utf-8")
    return place


def _csv(told: Communicated) -> str:
    lines = [",".join(_COLUMNS)]
    for arrival in told.arrivals:
        names = (arrival.hop.name, arrival.hop.label) if arrival.hop else ("", "")
        quoted = ['"' + for_spreadsheet(name).replace('"', '""') + '"' for name in names]
        numbers = [arrival.keeps, arrival.reaches, arrival.items.mean, *arrival.items.quantiles.values()]
        lines.append(",".join([*quoted, *(f"{x!r}" for x in (*numbers, arrival.whole, arrival.critical))]))
    return "\n".join(lines) + "\n"


def _json(content: object) -> str:
    return json_text(content) + "\n"


def _manifest(told: Communicated, folder: Path, begun: datetime) -> dict[str, object]:
    origin = told.briefing.origin
    content = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return {
        "schema": SCHEMA,
        "case": told.briefing.name,
        "config": origin.config,
        "config_sha256": origin.config_sha256,
        "started": begun.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": versions_of("funnelsim"),
        "files": {name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)} for name, data in content.items()},
    }
