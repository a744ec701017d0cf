"""The folder of an import: the canonical tables, their history.yaml, the report, and a manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pyarrow import parquet

from funnelsim.history.canonical import tables_of, yaml_of
from funnelsim.history.findings import ImportReport
from funnelsim.history.record import History
from funnelsim.model.json_text import json_text
from funnelsim.report.folder import MANIFEST, SCHEMA, written_whole
from funnelsim.version import versions_of


def write_import(history: History, report: ImportReport, name: str, folder: str | Path) -> Path:
    """Write visits.parquet, deals.parquet, changes.parquet, history.yaml and report.json, all or nothing.

    The history.yaml reads the same history back.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    place, begun = Path(folder), datetime.now(UTC)
    with written_whole(place) as hidden:
        for table_name, table in tables_of(history).items():
            parquet.write_table(table, hidden / f"{table_name}.parquet", compression="zstd")
        (hidden / "history.yaml").write_text(yaml_of(history, name), encoding="utf-8")
        (hidden / "report.json").write_text(_json(report.as_json()), encoding="utf-8")
        vouch_for(name, hidden, begun)
    return place


def vouch_for(history: str, folder: Path, begun: datetime) -> None:
    """Write what vouches for the other files of a folder that was made from a history."""
    manifest = {
        "schema": SCHEMA,
        "history": history,
        "started": begun.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": versions_of("funnelsim", "pandas", "pyarrow"),
        "files": {path.name: _vouch(path) for path in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(_json(manifest), encoding="utf-8")


def _vouch(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


def _json(content: object) -> str:
    return json_text(content, indent=2) + "\n"
