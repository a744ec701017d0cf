"""Fitted tables: the word, the file, and the funnel they imply."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.engine.daily_cases import AS_OF, fitted_case, tables_of

from funnelsim.engine.exact import exact
from funnelsim.errors import InputError
from funnelsim.fitting.tables import bytes_of, read_tables, tables_in, write_tables
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, DayKinds, Figures
from funnelsim.model.horizon import Horizon
from funnelsim.model.implied import implied_funnel
from funnelsim.model.lifting import lifted
from funnelsim.model.pipeline import Deal, Pipeline

STAGE = AgedStage("only", ("lost", "won"), (0, 5), Figures.of((1, 1, 2, 2), [0.1, 0.2, 0.05, 0.1]))


@pytest.mark.parametrize("seed", range(6))
def test_tables_come_back_from_their_file_as_they_were(seed, tmp_path):
    tables = tables_of(seed, dated=seed % 2 == 0, calendar=seed % 3 == 0, cuts=(10.0, 60.5)[: seed % 3])
    path = tmp_path / "tables.parquet"
    told = write_tables(tables, path)
    assert read_tables(path) == tables
    assert write_tables(tables, path) == told, "the same bytes each time"


def test_a_file_holds_nothing_but_numbers_and_texts():
    content = bytes_of(tables_of(3, calendar=True))
    table = parquet.read_table(io.BytesIO(content))
    assert table.column_names[:3] == ["stage", "clock", "exits"]
    assert json.loads(table.schema.metadata[b"funnelsim"])["schema"] == "funnelsim.fitted/1"


def _told(**changes):
    table = parquet.read_table(io.BytesIO(bytes_of(DailyTables(AS_OF, (STAGE,)))))
    told = json.loads(table.schema.metadata[b"funnelsim"]) | changes
    sink = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({b"funnelsim": json.dumps(told).encode()}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1 but not really", "not readable as parquet"),
        (b"", "not readable as parquet"),
        (_told(schema="funnelsim.fitted/9"), "this version reads funnelsim.fitted/1"),
        (_told(shock=[]), "at least one value of u"),
        (_told(shock=[9.0]), "within 3 of 0"),
        (_told(shock="loud"), "do not fit"),
        (_told(n_draws=7), "figures where"),
        (_told(cuts=[1.0]), "last two axes"),
        (_told(as_of="soon"), "do not fit"),
        (_told(of_day=[-2]), "from 0 on"),
    ],
)
def test_a_file_that_holds_no_such_tables_is_refused_in_words(content, message):
    with pytest.raises(InputError, match=message):
        tables_in(content, "t.parquet")


def test_a_parquet_file_of_something_else_is_refused():
    for columns in ({"a": [1]}, {name: [None] for name in ("stage", "clock", "exits", "ages", "due", "leads")}):
        sink = io.BytesIO()
        parquet.write_table(pa.table(columns), sink)
        with pytest.raises(InputError, match=r"fit again"):
            tables_in(sink.getvalue(), "t.parquet")


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (replace(STAGE, chance=Figures.of((1, 1, 2, 2), [0.1, 0.2, -0.05, 0.1])), "beyond 0 to 1"),
        (replace(STAGE, chance=Figures.of((1, 1, 2, 2), [0.1, 0.2, 0.8, 0.3])), "add up to 1.1"),
        (replace(STAGE, chance=Figures.of((1, 1, 2, 2), [0.1, 0.2, float("nan"), 0.3])), "no finite number"),
        (replace(STAGE, chance=Figures.of((1, 1, 1, 2), [0.1, 0.2])), "last two axes"),
        (replace(STAGE, chance=Figures.of((4,), [0.1, 0.2, 0.1, 0.1])), "last two axes"),
        (replace(STAGE, ages=(1, 5)), "rise from 0"),
        (replace(STAGE, ages=(0, 0)), "rise from 0"),
        (replace(STAGE, exits=("lost", "nowhere")), "no such stage"),
        (replace(STAGE, exits=("won", "won")), "every exit once"),
        (DatedStage("d", (1,), (0,), Figures.of((1, 1, 1, 1), [0.1]), Figures.of((2, 1), [0.1, 0.2])), "draw, stratum"),
        (DatedStage("d", (0,), (0,), Figures.of((1, 1, 1, 1), [0.1]), Figures.of((1, 1), [0.1])), "rise from 1"),
        (DatedStage("d", (1,), (0,), Figures.of((1, 1, 1, 1), [0.1]), Figures.of((1, 1), [1.1])), "beyond 0 to 1"),
        (DatedStage("d", (1,), (0,), Figures.of((1, 1, 1, 1), [0.1]), Figures.of((1, 1), [0.1]), (-1,)), "0 or more"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(stage, message):
    with pytest.raises(InputError, match=message):
        DailyTables(AS_OF, (stage,))


def test_draws_strata_cuts_and_days_must_fit():
    two = replace(STAGE, name="two", chance=Figures.of((2, 1, 2, 2), [0.1] * 8))
    for tables, message in (
        ({"stages": (STAGE, two)}, "2 draws and 1 strata"),
        ({"stages": (STAGE, STAGE)}, "named twice"),
        ({"stages": ()}, "no stages"),
        ({"stages": (STAGE,), "cuts": (5.0,)}, "1 strata, where there are 1 draws and 2"),
        ({"stages": (STAGE,), "cuts": (5.0, 5.0)}, "must be finite"),
        ({"stages": (STAGE,), "days": DayKinds((0, 1), {"x": Figures.of((2, 2), [1.0] * 4)})}, "no such stage"),
        ({"stages": (STAGE,), "days": DayKinds((0, 1), {"only": Figures.of((1, 2), [1.0] * 2)})}, "kind, exit"),
        ({"stages": (STAGE,), "days": DayKinds((0,), {"only": Figures.of((1, 2), [1.0, -1.0])})}, "beyond"),
    ):
        with pytest.raises(InputError, match=message):
            DailyTables(AS_OF, **tables)


def test_the_implied_funnel_is_what_the_tables_come_to_in_the_end():
    """Within a horizon of 50 years hardly a deal is still open: the implied win rates are the chances by then."""
    for seed in range(4):
        tables = tables_of(seed, n_draws=1, cuts=(), shock=(0.0,), dated=seed == 2)
        funnel = implied_funnel(tables)
        start = [i for i, stage in enumerate(tables.stages) if isinstance(stage, AgedStage)]
        deals = tuple(Deal(f"{i}", funnel.names[i], 1.0) for i in start)
        case = fitted_case(tables, Pipeline(deals), horizon=Horizon(5, "year"))
        chance, _ = exact(case).deal_chances()
        assert chance == pytest.approx([funnel.win_rates[i] for i in start], abs=2e-4)


def test_the_implied_stays_have_the_mean_of_a_walk_over_all_days():
    tables = tables_of(5, n_draws=1, cuts=(), shock=(0.0,))
    stage, law_of = tables.stages[0], {e.to: e.stay for e in implied_funnel(tables).stages[0].exits}
    chance = np.array(stage.chance.values).reshape(len(stage.ages), -1)
    alive, mass = 1.0, np.zeros((3000, len(stage.exits)))
    for age in range(3000):
        q = chance[np.searchsorted(stage.ages, age, side="right") - 1]
        mass[age] = alive * q
        alive *= 1 - q.sum()
    for e, name in enumerate(stage.exits):
        weights = np.array(law_of[name].weights)
        mean = np.array(law_of[name].values) @ weights / weights.sum()
        assert mean == pytest.approx(np.arange(3000) @ mass[:, e] / mass[:, e].sum(), rel=1e-6)


def test_a_lift_of_a_fitted_stage_raises_its_implied_conversion_by_as_much():
    tables = tables_of(1, n_draws=1, cuts=(), shock=(0.0,), returns=False)
    case = fitted_case(tables, Pipeline((Deal("a", "s0", 1.0),)))
    after = lifted(case, 1, 0.02)
    implied = implied_funnel(after.fitted)
    assert implied.conversions[1] == pytest.approx(case.funnel.conversions[1] + 0.02, abs=1e-12)
    assert implied.conversions[0] == pytest.approx(case.funnel.conversions[0], abs=1e-12)
    assert [e.probability for e in implied.stages[1].exits] == pytest.approx(
        [e.probability for e in after.funnel.stages[1].exits], abs=1e-9
    )


def test_amounts_at_a_cut_belong_to_the_stratum_above():
    tables = tables_of(0, cuts=(10.0, 60.0))
    assert [tables.stratum_of(x) for x in (0.0, 9.99, 10.0, 59.99, 60.0, 1e9)] == [0, 0, 1, 1, 2, 2]
    assert tables.as_of == date(2026, 10, 1)
