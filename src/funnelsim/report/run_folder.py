"""Everything a run leaves behind: figures, trials, pictures, the page, and a manifest that vouches for them.

Clock times and machine stand in the manifest only: every other file is the same for the same case and seed.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from os import cpu_count
from pathlib import Path
from typing import Any, Protocol

from funnelsim.analysis.forecast import Forecast
from funnelsim.model.case import Case
from funnelsim.model.json_text import json_text
from funnelsim.report.case_file import CASE_FILE, case_bytes
from funnelsim.report.folder import MANIFEST, SCHEMA, written_whole
from funnelsim.report.words import Language, Words
from funnelsim.version import versions_of

_PACKAGES = ("numpy", "scipy", "numba", "matplotlib", "pyarrow", "jinja2")


class HasTrials(Protocol):
    """What kept every trial: an ensemble."""

    def table(self) -> Any:
        """Return a pyarrow table of one row per trial."""


def write_run(
    forecast: Forecast,
    folder: str | Path,
    *,
    ensemble: HasTrials | None = None,
    language: Language = "en",
    started: datetime | None = None,
    threads: int | None = None,
) -> Path:
    """Write a run's folder, whole or not at all, and return it.

    Parameters
    ----------
    forecast : Forecast
    folder : path
        Replaced if it holds an earlier run and nothing else.
    ensemble : Ensemble, optional
        Its trials become trials.parquet; a forecast of the exact engine has none.
    started : datetime, optional
        When the run began; now, if left out.
    threads : int, optional
        How many were asked for; noted in the manifest.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    place, begun = Path(folder), started or datetime.now(UTC)
    with written_whole(place) as hidden:
        for name, content in _files(forecast, Words(language)):
            (hidden / name).write_bytes(content)
        if ensemble is not None:
            _write_parquet(ensemble.table(), hidden / "trials.parquet")
        write_manifest(forecast.case, hidden, begun, threads)
    return place


def _files(forecast: Forecast, say: Words) -> Iterator[tuple[str, bytes]]:
    from funnelsim.report import plots
    from funnelsim.report.page import page
    from funnelsim.report.summary_table import summary_csv

    yield "forecast.json", _json(forecast.as_json()).encode()
    if (case := case_bytes(forecast.case.origin)) is not None:
        yield CASE_FILE, case
    yield "summary.csv", summary_csv(forecast)
    drawn = plots.chart(forecast, say)
    yield "chart.svg", plots.svg_text(drawn).encode()
    yield "chart.png", plots.png_bytes(drawn)
    yield "report.html", page(forecast, say).encode()


def _json(content: dict[str, Any], indent: int | None = None) -> str:
    return json_text(content, indent) + "\n"


def _write_parquet(table: Any, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")


def write_manifest(case: Case, folder: Path, begun: datetime, threads: int | None = None) -> None:
    """Write what vouches for the other files of a folder: their sums, what made them, and when."""
    (folder / MANIFEST).write_text(_json(_manifest(case, folder, begun, threads), indent=2), encoding="utf-8")


def _manifest(case: Case, folder: Path, begun: datetime, threads: int | None) -> dict[str, Any]:
    ended, origin = datetime.now(UTC), case.origin
    return {
        "schema": SCHEMA,
        "case": case.name,
        "config": origin.config,
        "config_sha256": origin.config_sha256,
        "data_sha256": dict(origin.data_sha256),
        "started": begun.isoformat(timespec="seconds"),
        "finished": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun).total_seconds(), 3),
        "threads": threads,
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": cpu_count()},
        "python": sys.version.split()[0],
        "packages": versions_of("funnelsim", *_PACKAGES),
        "files": {path.name: _vouch(path) for path in sorted(folder.iterdir())},
    }


def _vouch(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
