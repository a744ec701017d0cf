"""What figures were taken on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from funnelsim.version import __version__


def machine(*packages: str) -> dict[str, Any]:
    """Return the processor, the system, and the versions of what was measured."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "funnelsim": __version__,
        **{name: version(name) for name in packages},
    }


def kept_name(what: str, day: str) -> str:
    """Return the name of the file that holds such figures."""
    return f"{what}{day}-{platform.machine()}-{os.cpu_count()}cores.json"


def taken(found: dict[str, Any]) -> str:
    """Return when and where figures were taken, and how busy the machine was, in words."""
    its, (before, after) = found["machine"], found["load"]
    where = f"{found['date']}, {its['processor']}, {its['cores']} cores"
    return f"{where}, load {before:.1f} at the start and {after:.1f} at the end"
