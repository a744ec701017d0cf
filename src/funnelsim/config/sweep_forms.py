"""The shape of a sweep file. Its JSON Schema is published for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from funnelsim.config import figures
from funnelsim.config.fields import Form, Text, Whole, as_list, checked
from funnelsim.errors import InputError

Paths = Annotated[list[Text], BeforeValidator(as_list)]


def seed_of(raw: Any) -> int:
    """Return a seed: 0 or more."""
    seed = figures.whole(raw)
    if not 0 <= seed < 2**63:
        raise InputError.of(f"seed {seed} is out of range; give 0 to 9223372036854775807")
    return seed


def trials_of(raw: Any) -> int:
    """Return a number of trials: 1 or more."""
    trials = figures.whole(raw)
    if not 1 <= trials <= 10**9:
        raise InputError.of(f"{trials} trials; give 1 to 1,000,000,000")
    return trials


class RangeForm(Form):
    """From one figure to another, both written alike."""

    low: Any = Field(alias="from")
    high: Any = Field(alias="to")


class AxisForm(Form):
    """One axis: listed values, an even range, a spread over ranges, a table of settings, or scenarios."""

    set: Paths | None = None
    values: list[Any] | None = None
    low: Any = Field(None, alias="from")
    high: Any = Field(None, alias="to")
    steps: Whole | None = None
    latin_hypercube: Whole | None = None
    sobol: Whole | None = None
    ranges: dict[str, RangeForm] | None = None
    seed: Whole = 0
    file: Text | None = None
    scenarios: list[Text] | None = None


class SweepForm(Form):
    """A sweep: a base case, and the axes along which it varies."""

    sweep: Text = ""
    base: Text
    scenario: Text | None = None
    axes: dict[str, AxisForm] = Field(min_length=1)
    seeds: Literal["shared", "independent"] = "shared"
    seed: Annotated[int, BeforeValidator(checked(seed_of))] | None = None
    trials: Annotated[int, BeforeValidator(checked(trials_of))] | None = None
    engine: Literal["simulate", "exact", "auto"] = "simulate"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a sweep file."""
    schema = SweepForm.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "funnelsim sweep", **schema}
