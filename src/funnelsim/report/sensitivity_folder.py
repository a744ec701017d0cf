"""The folder of a sensitivity: pictures, figures, and a manifest that vouches for them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from funnelsim.analysis.sensitivity import Sensitivity
from funnelsim.report.clean import for_spreadsheet
from funnelsim.report.folder import written_whole
from funnelsim.report.run_folder import write_manifest
from funnelsim.report.words import Language, Words

_HEADS = (
    *("input", "range", "input_low", "input_base", "input_high", "output", "base", "at_low", "at_high"),
    *("first", "first_low", "first_high", "total", "total_low", "total_high", "shapley", "shapley_low", "shapley_high"),
)


def write_sensitivity(
    found: Sensitivity, answer: int, folder: str | Path, *, language: Language = "en", started: datetime | None = None
) -> Path:
    """Write pictures, sensitivity.json, sensitivity.csv and manifest.json, all or nothing, and return the folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    from funnelsim.report.plots import png_bytes, svg_text
    from funnelsim.report.sensitivity import sensitivity_headline
    from funnelsim.report.sensitivity_picture import shares_picture, tornado_picture

    place, begun, say = Path(folder), started or datetime.now(UTC), Words(language)
    with written_whole(place) as hidden:
        for name, drawn in (
            ("tornado", tornado_picture(found, answer, say, sensitivity_headline(found, answer, say))),
            ("shares", shares_picture(found, answer, say)),
        ):
            (hidden / f"{name}.svg").write_text(svg_text(drawn), encoding="utf-8")
            (hidden / f"{name}.png").write_bytes(png_bytes(drawn))
        told = json.dumps(found.as_json(), ensure_ascii=False) + "\n"
        (hidden / "sensitivity.json").write_text(told, encoding="utf-8")
        (hidden / "sensitivity.csv").write_bytes(sensitivity_csv(found))
        write_manifest(found.case, hidden, begun)
    return place


def sensitivity_csv(found: Sensitivity) -> bytes:
    """Return a row per input and output as CSV in UTF-8 with a byte order mark."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_HEADS)
    writer.writerows(_rows(found))
    return out.getvalue().encode("utf-8-sig")


def _rows(found: Sensitivity) -> Iterator[tuple[str | float, ...]]:
    tornado, sobol, shapley = found.tornado, found.sobol, found.shapley
    estimates = [sobol.first if sobol else None, sobol.total if sobol else None, shapley.share if shapley else None]
    for i, one in enumerate(found.inputs.inputs):
        for o, output in enumerate(found.outputs):
            ends = (float(tornado.base[o]), float(tornado.low[i, o]), float(tornado.high[i, o]))
            shares: list[str | float] = []
            for estimate in estimates:
                three = (estimate.value, estimate.low, estimate.high) if estimate else ()
                shares += [float(x[i, o]) for x in three] or ["", "", ""]
            yield (for_spreadsheet(one.name), one.origin, one.low, one.base, one.high, output, *ends, *shares)
