"""A folder that is written whole or not at all.

Files go into a hidden folder beside the wanted one (the same file system), reach the disk, and take its
name by rename. Whatever goes wrong, the earlier folder stays as it was and the hidden one is removed.
A folder is replaced only if it holds a run of ours and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from funnelsim.errors import OutputError

MANIFEST = "manifest.json"
SCHEMA = "funnelsim.manifest/1"


def check_folder(folder: Path) -> None:
    """Refuse a folder that could not be written, before anything is computed.

    Raises
    ------
    OutputError
        If something else than a run of ours is there, or nothing may be written beside it.
    """
    try:
        _refuse_foreign(folder)
        os.rmdir(_hidden_beside(_nearest(folder.resolve().parent), folder))
    except OSError as error:
        raise _failure(folder, error) from error


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Yield a new folder to write into; it becomes `folder` when the block ends well.

    Raises
    ------
    OutputError
        If writing fails; what was there before is untouched.
    """
    check_folder(folder)
    place = folder.resolve()
    hidden: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        hidden = _hidden_beside(place.parent, folder)
        yield hidden
        _sync(hidden)
        _swap(hidden, place)
    except OSError as error:
        raise _failure(folder, error) from error
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder}: is there and is no folder; give another name to --out")
    ours = _files_of_run(folder)
    strange = sorted(p.name for p in folder.iterdir() if p.name not in ours)
    if not ours:
        raise OutputError(f"{folder}: is there and holds no run of funnelsim; give a new name to --out, or remove it")
    if strange:
        raise OutputError(
            f"{folder}: holds {', '.join(strange[:3])}, which no run wrote and a new run would remove; "
            "move it, or give another name to --out"
        )


def _files_of_run(folder: Path) -> set[str]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if not (isinstance(manifest, dict) and manifest.get("schema") == SCHEMA):
        return set()
    return {MANIFEST, *manifest.get("files", {})}


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the closest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _hidden_beside(parent: Path, folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}.", suffix=".part", dir=parent))


def _sync(folder: Path) -> None:
    """Wait until the files and the folder itself are on the disk, readable as the user's umask says."""
    umask = os.umask(0)
    os.umask(umask)
    folder.chmod(0o777 & ~umask)
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _swap(hidden: Path, place: Path) -> None:
    """Give `hidden` the name of `place`; if that fails, what was there gets its name back."""
    if not place.exists():
        hidden.rename(place)
        return
    earlier = hidden.with_suffix(".earlier")
    place.rename(earlier)
    try:
        hidden.rename(place)
    except BaseException:
        earlier.rename(place)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _failure(folder: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(f"{folder}: not written ({reason}); what was there before is untouched")
