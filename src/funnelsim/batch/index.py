"""What a store knows of its cases: a SQLite table that may be read while a batch writes to it.

The files of the cases are the truth; the index holds their hashes and how they were worked out, and is made again
from the files where it is lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from funnelsim.errors import OutputError

NAME = "index.sqlite"
_BUSY_SECONDS = 30
_OF_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY")
_TABLE = """
create table if not exists cases (
    number integer primary key, sha256 text, bytes integer, seconds real, peak_mib real, finished text, problem text
)
"""


@dataclass(frozen=True)
class Entry:
    """One case of a store.

    Parameters
    ----------
    sha256 : str
        Of its file; empty if it has none.
    peak_mib : float, optional
        The most memory the process had taken until then.
    finished : str
        UTC time, as in 2026-10-01T12:00:00.
    problem : str
        Why the case has no answer; empty if it has one.
    """

    number: int
    sha256: str
    n_bytes: int
    seconds: float | None
    peak_mib: float | None
    finished: str
    problem: str = ""


class Index:
    """The index of a store, open for writing."""

    def __init__(self, folder: Path) -> None:
        self._connection = _opened(folder / NAME)

    def put(self, entries: Iterable[Entry]) -> None:
        """Enter cases, in one step."""
        with self._connection:
            self._connection.executemany(
                "insert or replace into cases values (?, ?, ?, ?, ?, ?, ?)", [astuple(entry) for entry in entries]
            )

    def entries(self) -> dict[int, Entry]:
        """Return every case that is known, by its number."""
        return {row[0]: Entry(*row) for row in self._connection.execute("select * from cases order by number")}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def read_index(folder: Path) -> dict[int, Entry]:
    """Return the cases an index knows, also while a batch writes to it; none if there is no index."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        try:
            return {row[0]: Entry(*row) for row in connection.execute("select * from cases order by number")}
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return {}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a store for one process; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    OutputError
        If another process holds it.
    """
    connection = sqlite3.connect(folder / ".lock", timeout=0, isolation_level=None)
    try:
        try:
            connection.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise OutputError(f"{folder}: cannot be written ({error}); what is there is untouched") from None
            raise OutputError(
                f"{folder}: another process is at work on this store; wait for it, or give another folder"
            ) from None
        yield
    finally:
        connection.close()


def _opened(path: Path) -> sqlite3.Connection:
    """Return the index, made anew if it is damaged."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith(_OF_THE_DISK):
            raise
        for part in (path, path.with_name(f"{NAME}-wal"), path.with_name(f"{NAME}-shm")):
            with suppress(FileNotFoundError):
                part.replace(part.with_name(f"{part.name}.damaged"))
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=normal")
        with connection:
            connection.execute(_TABLE)
        connection.execute("select count(problem) from cases")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
