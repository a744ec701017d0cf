"""The versions that the bytes of a result depend on."""

from __future__ import annotations

from funnelsim.version import __version__, versions_of

_PACKAGES = ("numpy", "scipy", "numba", "pyarrow")


def versions() -> dict[str, str]:
    """Return this version and those of the packages that compute and write results."""
    return {"funnelsim": __version__, **versions_of(*_PACKAGES)}
