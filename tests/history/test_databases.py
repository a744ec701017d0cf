"""Histories out of databases: SQLite in a file, PostgreSQL on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from history_files import HEAD, STAGES, deals_of, imported, visits_of
from postgres import server
from sqlalchemy import Engine, create_engine, text
from test_import_shapes import ENDS, WANTED

from funnelsim.errors import InputError
from funnelsim.history import databases

VISITS = """create table "CRM visits" (deal varchar, stage varchar, since {stamp}, went_to varchar, until {stamp});
insert into "CRM visits" values
  ('a', 'demo', '2026-01-05 10:00:00', 'quote', '2026-01-09 10:00:00'),
  ('c', 'quote', '2026-01-08 10:00:00', null, null),
  ('a', 'quote', '2026-01-09 10:00:00', 'close', '2026-01-20 10:00:00'),
  ('b', 'demo', '2026-01-06 10:00:00', 'no budget', '2026-01-30 10:00:00'),
  ('a', 'close', '2026-01-20 10:00:00', 'signed', '2026-02-02 10:00:00'),
  ('c', 'demo', '2026-01-07 10:00:00', 'quote', '2026-01-08 10:00:00');
create table deals (id varchar, created date, amount numeric(12, 2), owner varchar, region varchar);
insert into deals values ('a', '2026-01-05', 100, '安', 'a:b'), ('b', '2026-01-06', 50.5, '波', '100%'),
  ('c', '2026-01-07', null, null, 'a:b')"""
FROM_TABLES = """
visits: {table: CRM visits, deal: deal, stage: stage, entered: since, exit: went_to, left: until}
deals: {query: "select id, created, amount, owner from deals where region <> 'x:y' and region like '%%'",
        id: id, created: created, amount: amount, owner: owner}
""".replace("'%%'", "'%'")


def fill(address: str, stamp: str) -> Engine:
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in VISITS.format(stamp=stamp).split(";"):
            connection.execute(text(statement.replace(":", r"\:")))
    return engine


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    fill(f"sqlite:///{tmp_path / 'crm.db'}", "text").dispose()
    return "sqlite:///crm.db"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        fill(address, "timestamp with time zone").dispose()
        yield address


@pytest.mark.parametrize("url", ["crm.db", "sqlite:///crm.db", "${CRM_URL}"])
def test_a_sqlite_file_is_read(url: str, sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_URL", f"sqlite:///{tmp_path / 'crm.db'}")
    history, report = imported(tmp_path, f"url: {url}\n" + FROM_TABLES + STAGES + HEAD)
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS
    assert history.deals.amount.tolist()[:2] == [100, 50.5]
    assert history.deals.owner.tolist() == ["安", "波", ""]
    assert [table.rows for table in report.tables] == [6, 3]


def test_a_sqlite_file_is_only_read(sqlite: str, tmp_path: Path) -> None:
    before = (tmp_path / "crm.db").read_bytes()
    parts = f"url: {sqlite}\nevents: {{query: 'delete from deals', deal: deal, at: at, to: to}}\n"  # noqa: S608
    with pytest.raises(InputError, match="readonly database"):
        imported(tmp_path, parts + STAGES + HEAD)
    assert (tmp_path / "crm.db").read_bytes() == before


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file: none.db"):
        imported(tmp_path, "url: none.db\n" + FROM_TABLES + STAGES + HEAD)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("select id, created,", "select id, creatd,"), "no such column: creatd"),
        (("deal: deal, stage", "deal: del, stage"), "no column 'del'; did you mean 'deal'"),
        (("table: CRM visits", "table: visits"), "no such table"),
        (("url: sqlite:///crm.db", "url: oracle9://x"), "cannot be opened"),
        (("url: sqlite:///crm.db", "url: '://'"), "no address of a database"),
        (("url: sqlite:///crm.db", "url: ~/crm.db"), "write the path out"),
        (("url: sqlite:///crm.db", "history: x"), "a table without a database; state its url"),
        (("table: CRM visits", "table: CRM visits, file: a.csv"), "states file and table; state one"),
    ],
)
def test_what_is_wrong_with_a_database_is_told(change: tuple[str, str], told: str, sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told):
        imported(tmp_path, (f"url: {sqlite}\n" + FROM_TABLES + STAGES + HEAD).replace(*change))


def test_a_postgresql_server_is_read(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROWS_A_PIECE", 2)  # three pieces
    history, report = imported(tmp_path, f"url: {postgres}\ntimezone: UTC\n" + FROM_TABLES + STAGES + HEAD)
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS
    assert history.deals.amount.tolist()[:2] == [100, 50.5]
    assert history.deals.owner.tolist() == ["安", "波", ""]
    assert "secret" not in str(report)
    assert "postgres:***@" in report.tables[0].source


def test_a_postgresql_server_is_only_read_and_its_errors_hide_the_password(postgres: str, tmp_path: Path) -> None:
    wrong = f"url: {postgres}\nevents: {{query: delete from deals returning id, deal: id, at: id, to: id}}\n"  # noqa: S608
    for query in (
        "delete from deals returning id",
        "with x as (delete from deals returning id) select id from x",
    ):
        with pytest.raises(InputError, match="cannot be read") as caught:
            imported(tmp_path, wrong.replace("delete from deals returning id", query) + STAGES + HEAD)
        assert "secret" not in str(caught.value)
    with create_engine(postgres).connect() as connection:
        assert connection.execute(text("select count(*) from deals")).scalar() == 3
    with pytest.raises(InputError, match='relation "visits" does not exist') as caught:
        imported(tmp_path, f"url: {postgres}\n" + FROM_TABLES.replace("CRM visits", "visits") + STAGES + HEAD)
    assert "secret" not in str(caught.value)
    gone = postgres.replace("host=", "host=/nowhere")
    with pytest.raises(InputError, match="cannot be read") as caught:
        imported(tmp_path, f"url: {gone}\n" + FROM_TABLES + STAGES + HEAD)
    assert "secret" not in str(caught.value)


def test_a_long_answer_of_postgresql_comes_in_pieces(postgres: str, tmp_path: Path) -> None:
    query = (
        "select 'd' || n as deal, 'demo' as stage, now() - interval '30 day' as since"
        " from generate_series(1, 120000) as n"
    )
    part = f'url: {postgres}\nvisits: {{query: "{query}", deal: deal, stage: stage, entered: since}}\n'
    history, report = imported(tmp_path, part + STAGES + HEAD)
    assert (len(history.visits), report.tables[0].rows, report.n_open) == (120000, 120000, 120000)
