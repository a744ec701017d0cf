"""The versions that the bytes of a result depend on."""

from __future__ import annotations

from importlib.metadata import version

from funnelsim.version import __version__

_PACKAGES = ("numpy", "scipy", "numba", "pyarrow")


def versions() -> dict[str, str]:
    """Return this version and those of the packages that compute and write results."""
    return {"funnelsim": __version__, **{name: version(name) for name in _PACKAGES}}
