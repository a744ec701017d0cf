"""Every JSON contract that a command prints, by the command's name."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from funnelsim.report.contracts import CONTRACTS
from funnelsim.report.decision_contracts import DECISION_CONTRACTS
from funnelsim.report.sensitivity_contract import Sensitivity
from funnelsim.report.told_contracts import TOLD_CONTRACTS

PUBLISHED: dict[str, type[BaseModel]] = {
    **CONTRACTS,
    **DECISION_CONTRACTS,
    **TOLD_CONTRACTS,
    "sensitivity": Sensitivity,
}


def published_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of what a command prints with ``--json``.

    Examples
    --------
    >>> published_schema("stress")["properties"]["schema"]["const"]
    'funnelsim.stress/1'
    """
    made = PUBLISHED[name].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
