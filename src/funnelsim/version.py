"""The version, and those of the packages that compute."""

from functools import cache

__version__ = "0.1.0"


def versions_of(*packages: str) -> dict[str, str]:
    """Return the versions of installed packages by name, in the order asked for.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If one is not installed.

    Examples
    --------
    >>> list(versions_of("numpy", "scipy"))
    ['numpy', 'scipy']
    """
    return {package: _version(package) for package in packages}


@cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
