"""The folder a batch keeps its results in: a parquet file per case, an index, and what the batch was.

    STORE/store.json           what was asked for, and the hashes of all it was made from
    STORE/points.parquet       what varies: a row per case
    STORE/cases/0000/00000012.parquet
    STORE/index.sqlite         hash, time and memory of each case (the only file that holds clock times)

A case's file is written to a temporary name and renamed. A file that is cut short or changed is told by its hash, and
the case is worked out again; nothing else is touched.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelsim.batch.index import Entry, Index, locked, read_index
from funnelsim.batch.tables import CASE, NUMBER, PLAN
from funnelsim.batch.task import Answer
from funnelsim.errors import InputError, OutputError
from funnelsim.model.design import Design

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "funnelsim.store/1"
MANIFEST, POINTS, CASES = "store.json", "points.parquet", "cases"
_PER_FOLDER = 1000
_POINTS_AT_A_TIME = 65_536


@dataclass(frozen=True)
class Plan:
    """What a batch is: everything its results depend on."""

    content: Mapping[str, Any]
    design: Design

    @property
    def sha256(self) -> str:
        """Return the hash that marks every file of the batch."""
        return sha256(_json({**self.content, "design": self.design.sha256}).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the content of store.json."""
        design = {"columns": list(self.design.columns), "cases": len(self.design), "sha256": self.design.sha256}
        return {"schema": SCHEMA, "plan": self.sha256, **self.content, "design": design}


class Store:
    """A store that is held by this process, ready to take answers."""

    def __init__(self, folder: Path, plan: Plan, index: Index) -> None:
        self.folder, self.plan, self._index = folder, plan, index
        self.damaged: list[int] = []
        self.done = self._done()

    def put(self, answer: Answer) -> None:
        """Keep an answer.

        Raises
        ------
        OutputError
            If it cannot be written; what was kept before is intact.
        """
        if answer.content:
            _write(case_file(self.folder, answer.number), answer.content)
            self.done.add(answer.number)
        self._index.put([_entry(answer)])

    def _done(self) -> set[int]:
        """Return the cases whose files are whole; files the index does not know are entered."""
        known, found, adopted = self._index.entries(), set(), []
        for path in sorted((self.folder / CASES).glob("*/*.parquet")):
            number = int(path.stem) if path.stem.isdecimal() else -1
            content = path.read_bytes()
            digest = sha256(content).hexdigest()
            entry = known.get(number)
            if entry is None and _is_ours(path, self.plan.sha256, number):
                adopted.append(Entry(number, digest, len(content), None, None, _now()))
            elif entry is None or entry.sha256 != digest:
                self.damaged.append(number)
                continue
            found.add(number)
        self._index.put(adopted)
        return found


@contextmanager
def opened(folder: Path, plan: Plan) -> Iterator[Store]:
    """Hold a store for a batch: a new one, or one that the same batch began.

    Raises
    ------
    InputError
        If the folder holds another batch, or something else.
    OutputError
        If it cannot be written, or another process is at work on it.
    """
    try:
        _refuse_foreign(folder)
        (folder / CASES).mkdir(parents=True, exist_ok=True)
        with locked(folder):
            _begin(folder, plan)
            _remove_parts(folder)
            index = Index(folder)
            try:
                yield Store(folder, plan, index)
            finally:
                index.close()
    except (OSError, sqlite3.OperationalError) as error:
        raise _failure(folder, error) from error


@dataclass(frozen=True)
class Kept:
    """A store as it is read: what the batch was, and what is known of its cases."""

    folder: Path
    content: Mapping[str, Any]
    entries: Mapping[int, Entry]

    @property
    def n_cases(self) -> int:
        """Return how many cases the batch has."""
        return int(self.content["design"]["cases"])

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what varies."""
        return tuple(self.content["design"]["columns"])

    @property
    def finished(self) -> tuple[int, ...]:
        """Return the numbers of the cases that have a file."""
        return tuple(n for n, entry in self.entries.items() if entry.sha256)

    @property
    def problems(self) -> dict[int, str]:
        """Return why cases have no answer."""
        return {n: entry.problem for n, entry in self.entries.items() if entry.problem}


def read_store(folder: Path) -> Kept:
    """Read a store, also while a batch writes to it.

    Raises
    ------
    InputError
        If the folder holds no store.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError.of("holds no store; give the folder that `sweep --out` wrote", place=str(folder)) from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InputError.of(f"{MANIFEST} is not of this kind ({SCHEMA})", place=str(folder))
    return Kept(folder, content, read_index(folder))


def case_file(folder: Path, number: int) -> Path:
    """Return where the file of a case lies."""
    return folder / CASES / f"{number // _PER_FOLDER:04d}" / f"{number:08d}.parquet"


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else than a store, or the beginning of one."""
    if not folder.exists() or (folder / MANIFEST).is_file():
        return
    is_empty = folder.is_dir() and not any((folder / CASES).glob("*/*.parquet"))
    strange = (
        [] if not is_empty else [p for p in folder.iterdir() if p.name[0] != "." and p.name not in {POINTS, CASES}]
    )
    if strange or not is_empty:
        raise InputError.of("is there and holds no store; give a new name", place=str(folder))


def _begin(folder: Path, plan: Plan) -> None:
    """Write what the batch is, or make sure that the store holds this one."""
    manifest = folder / MANIFEST
    if manifest.is_file():
        refuse_other(folder, plan)
        return
    _write(folder / POINTS, _points(plan.design))
    _write(manifest, (json.dumps(plan.as_json(), ensure_ascii=False, indent=2) + "\n").encode())


def refuse_other(folder: Path, plan: Plan) -> None:
    """Refuse a store that holds another batch than this one.

    Raises
    ------
    InputError
        With what differs.
    """
    held, wanted = read_store(folder).content, plan.as_json()
    if held["plan"] == wanted["plan"]:
        return
    differs = [name for name in wanted if name != "plan" and held.get(name) != wanted[name]]
    raise InputError.of(
        f"holds another batch: {', '.join(differs)} differ; give another folder, or remove this one", place=str(folder)
    )


def _points(design: Design) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    schema = pa.schema([(NUMBER, pa.int64()), *((name, pa.string()) for name in design.columns)])
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for low in range(0, len(design), _POINTS_AT_A_TIME):
            numbers = range(low, min(low + _POINTS_AT_A_TIME, len(design)))
            writer.write_table(_points_of(design, numbers, schema))
    return bytes(sink.getvalue())


def _points_of(design: Design, numbers: range, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    rows = [{NUMBER: n, **{name: _text(v) for name, v in design.point(n).values.items()}} for n in numbers]
    return pa.Table.from_pylist(rows, schema=schema)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _is_ours(path: Path, plan: str, number: int) -> bool:
    """Tell whether a file is whole, and of this case of this batch."""
    from pyarrow import ArrowException, parquet

    try:
        marks = parquet.read_table(path, page_checksum_verification=True).schema.metadata or {}
    except (ArrowException, OSError):
        return False
    return marks.get(PLAN) == plan.encode() and marks.get(CASE) == str(number).encode()


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise _failure(path, error) from error


def _remove_parts(folder: Path) -> None:
    for part in (folder / CASES).glob("*/.*.part"):
        part.unlink()


def _entry(answer: Answer) -> Entry:
    digest = sha256(answer.content).hexdigest() if answer.content else ""
    return Entry(
        answer.number, digest, len(answer.content), round(answer.seconds, 6), _peak_mib(), _now(), answer.problem
    )


def _peak_mib() -> float | None:
    if os.name != "posix":
        return None
    import resource
    import sys

    unit = 1024 if sys.platform == "darwin" else 1
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 1024, 1)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _failure(place: Path, error: OSError | sqlite3.Error) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"{place}: not written ({reason}); what was kept before is intact")
