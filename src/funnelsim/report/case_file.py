"""The case of a run in one file: the config, every file it names, and what was changed on the command line.

So a run can be computed again, or taken apart, when its files have long been changed. The same case gives the same
bytes.
"""

from __future__ import annotations

import json
import zlib
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from funnelsim.errors import InputError
from funnelsim.model.case import Origin
from funnelsim.model.json_text import json_text

CASE_FILE = "case.zip"
_INDEX = "index.json"
_SCHEMA = "funnelsim.case/1"
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def case_bytes(origin: Origin) -> bytes | None:
    """Return the file of a case; None for one that was not loaded from files."""
    if not origin.content:
        return None
    names = {written: f"{i}" for i, written in enumerate(origin.content)}
    index = {
        "schema": _SCHEMA,
        "config": origin.config,
        "overrides": list(origin.overrides),
        "scenario": origin.scenario,
        "files": names,
    }
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo(_INDEX, _NO_TIME), json_text(index, indent=1))
        for written, name in names.items():
            member = ZipInfo(name, _NO_TIME)
            member.compress_type = ZIP_DEFLATED
            archive.writestr(member, origin.content[written])
    return out.getvalue()


def origin_in(content: bytes, place: str) -> Origin:
    """Return the origin that a file of a case holds.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            index: dict[str, Any] = json.loads(archive.read(_INDEX))
            if index["schema"] != _SCHEMA:
                raise InputError.of(f"is of schema {index['schema']}; {_SCHEMA} is known", place=place)
            kept = {written: archive.read(name) for written, name in index["files"].items()}
            config, scenario = str(index["config"]), str(index["scenario"])
            return Origin(config, "", {}, tuple(map(str, index["overrides"])), scenario, kept)
    except (BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.of(f"cannot be read ({error}); run the forecast again", place=place) from error
