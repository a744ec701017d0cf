"""The shape of the capacity section of a config."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from funnelsim.config.fields import Form, Whole


class TeamForm(Form):
    """People who take any deal."""

    people: Whole
    deals_each: Whole
    queue: Literal["shared", "own"] = "shared"


class CapacityForm(Form):
    """How many deals are worked on at a time."""

    owners: dict[str, Whole] = Field(default_factory=dict, description="per owner; default: for those not named")
    team: TeamForm | None = None
    stages: dict[str, Whole] = Field(default_factory=dict)
    order: Literal["first", "value"] = "first"
    open_deals: Literal["worked", "wait"] = "worked"
