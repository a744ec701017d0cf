"""The folder of a fit: a case that runs, its fitted tables, the open deals, the amounts of new ones, and the report."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from funnelsim.fitting.fitted import Fitted, Flow
from funnelsim.fitting.support import Support
from funnelsim.fitting.tables import write_tables
from funnelsim.model.horizon import Horizon
from funnelsim.report.fit_words import fit_as_json
from funnelsim.report.folder import MANIFEST, SCHEMA, written_whole

CASE, TABLES, DEALS, REPORT = "case.yaml", "tables.parquet", "deals.csv", "fit.json"
AMOUNTS, FACTORS = "new_amounts.csv", "new_factors.csv"
_COLUMNS = ("id", "stage", "amount", "age", "owner", "segment", "source", "expected_close")


def write_fit(fitted: Fitted, horizon: Horizon, name: str, folder: str | Path) -> Path:
    """Write a case, its tables, open deals, new amounts and factors, fit.json and a manifest, all or nothing.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk is full or may not be written.
    """
    place, begun = Path(folder), datetime.now(UTC)
    with written_whole(place) as hidden:
        digest = write_tables(fitted.tables, hidden / TABLES)
        (hidden / DEALS).write_text(_deals(fitted), encoding="utf-8-sig")
        if fitted.flows:
            (hidden / AMOUNTS).write_text(_column("amount", fitted.flows[0].amounts), encoding="utf-8-sig")
            (hidden / FACTORS).write_text(_column("factor", fitted.new_factors), encoding="utf-8-sig")
        (hidden / CASE).write_text(_yaml(_case(fitted, horizon, name, digest)), encoding="utf-8")
        report = fit_as_json(fitted, name)
        (hidden / REPORT).write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        manifest = {
            "schema": SCHEMA,
            "history": name,
            "seed": fitted.seed,
            "started": begun.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "packages": {one: version(one) for one in ("funnelsim", "numpy", "scipy", "pyarrow")},
            "files": {path.name: _vouch(path) for path in sorted(hidden.iterdir())},
        }
        (hidden / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return place


def _case(fitted: Fitted, horizon: Horizon, name: str, digest: str) -> dict[str, Any]:
    case: dict[str, Any] = {
        "case": Quoted(name),
        "currency": fitted.money.currency,
        "unit": Quoted(fitted.money.unit),
        "timezone": Quoted(fitted.timezone),
        "as_of": fitted.as_of,
        "horizon": {"periods": horizon.n_periods, "of": horizon.of},
        "fitted": {"file": TABLES, "sha256": Quoted(digest), "support": _support(fitted.support)},
        "stages": [{"name": Quoted(stage)} for stage in fitted.tables.names],
    }
    if horizon.fiscal_start != 1:
        case["horizon"]["fiscal_start"] = horizon.fiscal_start
    if fitted.deals:
        columns = {column: column for column in _used_columns(fitted)}
        case["pipeline"] = {"file": DEALS, "columns": columns}
    if fitted.flows:
        case["sources"] = [_source(flow) for flow in fitted.flows]
    if cv := fitted.change.open_amounts_cv:
        case["beliefs"] = {"realisation": {"law": "gamma", "mean": "100%", "cv": f"{100 * cv:.6g}%"}}
    booked = [{"amount": amount, "from": day, "wins": wins} for day, amount, wins in fitted.booked]
    if booked:
        case["booked"] = booked
    return case | {"seed": fitted.seed}


def _support(support: Support) -> dict[str, Any]:
    """Return what the history bears, so that every page made from the case can say so."""
    regime = {-1: "below", 0: "as before", 1: "above"}[support.regime]
    return {
        "wins": support.n_wins,
        "unsupported": f"{100 * support.unsupported:.4g}%",
        "windows": round(float(support.independent_windows), 2),
        "regime": regime,
    }


def _source(flow: Flow) -> dict[str, Any]:
    name = f"new deals: {flow.stage}" + (f", {flow.segment}" if flow.segment else "")
    return {
        "name": Quoted(name),
        **({"segment": Quoted(flow.segment)} if flow.segment else {}),
        "enters": Quoted(flow.stage),
        "rate": f"{flow.per_day:.6g} per day",
        "spread": {"factors": {"empirical": {"file": FACTORS, "column": "factor"}}, "together": "new deals"},
        "amount": {"empirical": {"file": AMOUNTS, "column": "amount"}},
    }


def _used_columns(fitted: Fitted) -> list[str]:
    """Return the columns that say anything; an empty one would be read as a group of its own."""
    optional = {"owner", "segment", "source", "expected_close"}
    return [c for c in _COLUMNS if c not in optional or any(getattr(deal, c) for deal in fitted.deals)]


def _deals(fitted: Fitted) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = _used_columns(fitted)
    writer.writerow(columns)
    for deal in fitted.deals:
        said = {
            "id": deal.id, "stage": deal.stage, "amount": repr(deal.amount), "age": str(deal.age_days),
            "owner": deal.owner, "segment": deal.segment, "source": deal.source,
            "expected_close": deal.expected_close.isoformat() if deal.expected_close else "",
        }  # fmt: skip
        writer.writerow([said[column] for column in columns])
    return text.getvalue()


def _column(head: str, values: tuple[float, ...]) -> str:
    return f"{head}\n" + "".join(f"{value!r}\n" for value in values)


def _yaml(document: dict[str, Any]) -> str:
    yaml, text = YAML(), io.StringIO()
    yaml.allow_unicode = True
    yaml.width = 100
    yaml.dump(document, text)
    return text.getvalue()


def _vouch(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
