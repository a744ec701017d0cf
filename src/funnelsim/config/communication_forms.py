"""The shape of the communication section."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from funnelsim.config.fields import Chance, Days, Form, KeepsLaw, ShareLaw, Switch, TakesLaw, Text, Whole, as_mapping
from funnelsim.model.law import Fixed


class ItemForm(Form):
    """One thing a message says."""

    name: Text
    weight: Whole = 1
    critical: Switch = False


class MessageForm(Form):
    """So many items alike, or named ones."""

    items: Whole | None = None
    named: list[Annotated[ItemForm, BeforeValidator(as_mapping("name"))]] | None = None


class RepeatForm(Form):
    """The listener says it back so many times."""

    times: Whole
    correlation: Chance = 0.0
    takes: TakesLaw | None = None


class WrittenForm(Form):
    """A written brief keeps at least so much."""

    keeps: Chance
    takes: TakesLaw | None = None


class RemedyForm(Form):
    """What is done at a hop to lose less."""

    adds: Chance = 0.0
    repeat_backs: Annotated[RepeatForm | None, BeforeValidator(as_mapping("times"))] = None
    written: Annotated[WrittenForm | None, BeforeValidator(as_mapping("keeps"))] = None
    removed: Switch = False


class HopForm(Form):
    """One handing-on, by the share it keeps or by the share of the whole that reaches so far."""

    name: Text
    label: Text = ""
    keeps: KeepsLaw | None = None
    reaches: Chance | None = None
    takes: TakesLaw | None = None
    remedy: RemedyForm = Field(default_factory=RemedyForm)


class CouplingForm(Form):
    """How a stage hangs on the message."""

    elasticity: ShareLaw = Fixed(0.0)
    rework: ShareLaw = Fixed(0.0)


class CommunicationForm(Form):
    """A chain of hops."""

    hops: list[HopForm]
    message: Annotated[MessageForm, BeforeValidator(as_mapping("items"))] = Field(default_factory=MessageForm)
    time_limit: Days | None = None
    stages: dict[str, CouplingForm] = Field(default_factory=dict)
