"""The shape of a sweep file. Its JSON Schema is published for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from funnelsim.config.fields import Form, Text, Whole, as_list

Paths = Annotated[list[Text], BeforeValidator(as_list)]


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
    seed: Whole | None = None
    trials: Whole | None = None
    engine: Literal["simulate", "exact", "auto"] = "simulate"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a sweep file."""
    schema = SweepForm.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "funnelsim sweep", **schema}
