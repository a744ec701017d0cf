"""The folder of a backtest: each origin as soon as it is finished, then the whole, its pictures, and a manifest.

A run that was cut short goes on where it stopped. What is there counts only if it was made from the same records, with
the same horizon, seed and version; otherwise it is begun anew. Clock times stand in the manifest only: every other file
is the same however often the run was cut short.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from funnelsim.analysis.backtest import Backtest, Plan
from funnelsim.analysis.scored import Origin, origin_from
from funnelsim.errors import InputError, OutputError
from funnelsim.history.record import date_of, day_of
from funnelsim.report.folder import MANIFEST, SCHEMA
from funnelsim.report.words import Words

PLAN = "plan.json"
PLAN_SCHEMA = "funnelsim.backtest-plan/1"
ORIGINS = "origins"
PICTURES = ("calibration", "fan")
_KINDS = ("png", "svg")
_SAME = ("funnelsim", "records_sha256", "seed", "samples", "draws")
_PART = ".part"


class BacktestFolder:
    """A folder that keeps origins; make it by `open_folder`.

    Parameters
    ----------
    known : dict of day to Origin
        What was there.
    is_anew : bool
        Whether origins of another plan were there and had to go.
    """

    def __init__(self, place: Path, known: dict[int, Origin], is_anew: bool) -> None:
        self.place = place
        self.known = known
        self.is_anew = is_anew
        self._begun = datetime.now(UTC)

    def keep(self, origin: Origin) -> None:
        """Write an origin, whole or not at all."""
        name = f"{date_of(origin.day).isoformat()}.json"
        _write(self.place / ORIGINS / name, _json(origin.as_stored()).encode())

    def finish(self, told: Backtest, say: Words) -> None:
        """Write the backtest, its pictures, and what vouches for them."""
        files = dict(_files(told, say))
        for name, content in files.items():
            _write(self.place / name, content)
        manifest = self._manifest(told, files)
        _write(self.place / MANIFEST, _json(manifest, indent=2).encode())

    def _manifest(self, told: Backtest, files: Mapping[str, bytes]) -> dict[str, Any]:
        ended = datetime.now(UTC)
        return {
            "schema": SCHEMA,
            **told.provenance,
            "started": self._begun.isoformat(timespec="seconds"),
            "finished": ended.isoformat(timespec="seconds"),
            "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
            "packages": {name: version(name) for name in ("funnelsim", "numpy", "scipy", "numba", "matplotlib")},
            "files": {name: {"sha256": sha256(one).hexdigest(), "bytes": len(one)} for name, one in files.items()},
        }


def open_folder(folder: Path, provenance: Mapping[str, Any], horizon_days: int) -> BacktestFolder:
    """Return a folder with the origins it holds already.

    Raises
    ------
    OutputError
        If it holds something else than a backtest, or may not be written.
    """
    wanted = {"schema": PLAN_SCHEMA, "horizon_days": horizon_days, **{name: provenance[name] for name in _SAME}}
    place = folder.resolve()
    try:
        found = _plan_of(folder)
        if found is None and folder.exists() and any(folder.iterdir()):
            raise OutputError(f"{folder}: is there and holds no backtest; give a new name to --out, or remove it")
        (place / ORIGINS).mkdir(parents=True, exist_ok=True)
        _clear(place, everything=found != wanted)
        if found != wanted:
            _write(place / PLAN, _json(wanted).encode())
        return BacktestFolder(place, _stored(place), found is not None and found != wanted)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error


def read_backtest(folder: Path) -> Backtest:
    """Return the backtest that a folder of `funnelsim backtest --out` holds, without its rolled-up calls.

    Raises
    ------
    InputError
        If it holds none that is finished.
    """
    try:
        told = json.loads((folder / "backtest.json").read_text(encoding="utf-8"))
        days = [day_of(date.fromisoformat(one["as_of"])) for one in told["origins"]]
        stored, made = _stored(folder), told["provenance"]
        origins = tuple(stored[day] for day in days)
        step = days[1] - days[0] if len(days) > 1 else told["horizon_days"]
        plan = Plan(days[0], days[-1], step, told["horizon_days"], made["seed"], made["samples"], made["draws"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError.of(
            f"holds no finished backtest ({error}); give a folder that `funnelsim backtest --out` wrote",
            place=str(folder),
        ) from error
    return Backtest(plan, origins, made)


def _plan_of(folder: Path) -> dict[str, Any] | None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is there and is no folder; give another name to --out")
    try:
        found = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("schema") == PLAN_SCHEMA else None


def _clear(place: Path, *, everything: bool) -> None:
    """Remove what a killed run left unfinished; `everything` that a backtest wrote, if its plan was another."""
    for path in [*place.glob(f".*{_PART}"), *(place / ORIGINS).glob(f".*{_PART}")]:
        path.unlink()
    if everything:
        ours = ["backtest.json", MANIFEST, *(f"{name}.{kind}" for name in PICTURES for kind in _KINDS)]
        for path in [*(place / ORIGINS).glob("*.json"), *(place / name for name in ours)]:
            path.unlink(missing_ok=True)


def _stored(place: Path) -> dict[int, Origin]:
    """Return the origins of a folder; a file that cannot be read is worked out again."""
    found = {}
    for path in sorted((place / ORIGINS).glob("*.json")):
        try:
            origin = origin_from(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):
            continue
        found[origin.day] = origin
    return found


def _files(told: Backtest, say: Words) -> Iterator[tuple[str, bytes]]:
    from funnelsim.report.backtest_pictures import calibration_figure, fan_figure
    from funnelsim.report.plots import png_bytes, svg_text

    yield "backtest.json", _json(told.as_json()).encode()
    for name, draw in zip(PICTURES, (calibration_figure, fan_figure), strict=True):
        drawn = draw(told, say)
        yield f"{name}.png", png_bytes(drawn)
        yield f"{name}.svg", svg_text(drawn).encode()


def _json(content: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps(content, ensure_ascii=False, indent=indent) + "\n"


def _write(path: Path, content: bytes) -> None:
    """Write a file under a name of its own, wait for the disk, then give it its name."""
    hidden: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
        hidden = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        hidden.chmod(0o666 & ~umask)
        hidden.replace(path)
    except OSError as error:
        if hidden is not None:
            hidden.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: not written ({error.strerror or error}); what was finished before is kept for the next time"
        ) from error
