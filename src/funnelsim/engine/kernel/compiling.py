"""How this folder is compiled: once per content of the folder.

numba's disk cache notices an edit only in the file of the function itself, so the cache lives in a folder named
by the hash of all files here.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import __version__ as numba_version
from numba import njit
from numba.core import config
from numba.extending import overload


def _folder_hash() -> str:
    digest = hashlib.sha256(f"{numba_version} {platform.python_version()}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> str:
    home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for place in (home, tempfile.gettempdir()):
        folder = Path(place) / "funnelsim" / _folder_hash()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return tempfile.mkdtemp(prefix="funnelsim-")


CACHE_FOLDER = _cache_folder()
_NOT_FROM_PYTHON = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def is_compiled() -> bool:
    """Return whether an earlier run has left compiled code behind, so that this one starts at once."""
    return any(Path(CACHE_FOLDER).rglob("walk.walk-*.nbc"))


def compiled(function: Callable[..., Any]) -> Any:
    """Return the function compiled at its first call from compiled code, without the GIL, remembered on disk.

    Compiled code here allocates nothing: all arrays come from the caller. So numba's reference counts are switched
    off, which in the inner loop would cost more than the walk, and half the compile time. The code that takes
    Python's arguments apart is left out too: for hundreds of arrays it takes longer to compile than what it calls.
    """
    return _compiled(function, **_NOT_FROM_PYTHON)


def entry(function: Callable[..., Any]) -> Any:
    """Return the function compiled as by `compiled`, to be called from Python as well."""
    return _compiled(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Return the function compiled into each of its callers: for small ones that are called for every event."""
    return _compiled(function, **_NOT_FROM_PYTHON, forceinline=True)


def door(function: Callable[..., Any]) -> Any:
    """Return a decorator for what chooses, by the types of its arguments, what compiled callers of `function` run."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
    return overload(function, jit_options=options, inline="never")  # type: ignore[arg-type]


def _compiled(function: Callable[..., Any], **options: bool) -> Any:
    # numba reads the setting while it decorates; put back what the user had.
    previous = config.CACHE_DIR
    config.CACHE_DIR = CACHE_FOLDER
    try:
        return njit(cache=True, nogil=True, error_model="numpy", _nrt=False, **options)(function)
    finally:
        config.CACHE_DIR = previous
