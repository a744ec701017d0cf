"""Tables from databases, by SQLAlchemy address: a query or a table, read in pieces, nothing ever written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from funnelsim.errors import InputError
from funnelsim.history.columns import chosen
from funnelsim.model.contract import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause
    from sqlalchemy.engine import URL

ROWS_A_PIECE = 50_000


def read_database(part: Part) -> tuple[str, int, pd.DataFrame]:
    """Return the name of a database's answer, its number of rows, and the cells that are asked for.

    Raises
    ------
    InputError
        If the database cannot be reached or does not answer, or its answer lacks a column.
    """
    if find_spec("sqlalchemy") is None:
        raise InputError.of("databases are read by SQLAlchemy, which is not installed; install funnelsim[db]", "url")
    name, url = _address(part.url)
    what = f"{name}, {'table ' + part.table if part.table else 'query'}"
    with _connected(url, what) as connection:
        answer = connection.execution_options(stream_results=True).execute(_question(part, connection))
        header = [str(key) for key in answer.keys()]  # noqa: SIM118 - iterating an answer reads its rows
        picked = chosen(part, header, what)
        tables = []
        for rows in answer.partitions(ROWS_A_PIECE):
            columns = list(zip(*rows, strict=True))
            texts = [pa.array([_text(cell) for cell in columns[i]], pa.large_string()) for i in picked.positions]
            tables.append(pa.table(texts, names=[str(i) for i in picked.positions]))
    schema = pa.schema([(str(i), pa.large_string()) for i in picked.positions])
    table = pa.concat_tables(tables) if tables else schema.empty_table()
    return what, table.num_rows, picked.frame(table)


def _address(written: str) -> tuple[str, URL]:
    """Return an address as it may be shown, without its password, and as it is used."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise InputError.of(
            "the url is no address of a database; write one such as sqlite:///crm.db or postgresql://user@host/name",
            "url",
        ) from None
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    return shown, url


@contextmanager
def _connected(url: URL, what: str) -> Iterator[Connection]:
    """Yield a connection that only reads; whatever the database refuses is told with its name."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        told = f"cannot be opened: {error}; install what the address asks for (funnelsim[db] brings PostgreSQL's)"
        raise InputError.of(told, "url", place=what) from None
    try:
        with engine.connect() as connection:
            is_server = url.get_backend_name() == "postgresql"
            yield connection.execution_options(postgresql_readonly=True) if is_server else connection
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise InputError.of(f"cannot be read: {reason}; check address, query and rights", place=what) from None
    finally:
        engine.dispose()


def _question(part: Part, connection: Connection) -> TextClause:
    """Return what is asked: the query as written, or all rows of a table."""
    from sqlalchemy import text

    if part.query:
        return text(part.query.replace(":", r"\:"))
    quoted = ".".join(connection.dialect.identifier_preparer.quote_identifier(one) for one in part.table.split("."))
    return text(f"SELECT * FROM {quoted}")  # noqa: S608 - the name is quoted


def _text(cell: Any) -> str:
    """Return a cell as text, as a CSV file would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else str(cell)
