"""A file that is written whole or not at all: the one way any room writes a file of results."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from funnelsim.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename; whatever goes wrong, what was there stays.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name[:100]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise OutputError(f"{path}: not written ({error.strerror}); what was there before is untouched") from error
