"""The shape of the sections on new business and payment."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from funnelsim.config import figures
from funnelsim.config.fields import (
    AmountLaw,
    Chance,
    Day,
    Days,
    Form,
    Number,
    Share,
    ShareLaw,
    StayLaw,
    Switch,
    Text,
    Whole,
    as_list,
    as_mapping,
    checked,
)
from funnelsim.errors import InputError
from funnelsim.model.sources import SPANS, Rate

_RATE = re.compile(r"(\S+)\s*(?:per|a|an|/|每)\s*(\w+)|每(\w)\s*(\S+)")
_CHINESE = {"天": "day", "日": "day", "周": "week", "月": "month", "季": "quarter", "季度": "quarter", "年": "year"}


def _rate(raw: Any) -> Rate:
    """Return a rate: ``12 per month``, ``3 a week``, ``每月 12``."""
    found = _RATE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    number, span = (found[1] or found[4], found[2] or found[3]) if found else ("", "")
    span = _CHINESE.get(span, span.removesuffix("s"))
    try:
        level = float(number.replace(",", ""))
    except ValueError:
        level = -1.0
    if level < 0 or span not in SPANS:
        raise InputError.of(
            f"found {figures.shown(raw)}; write a number of deals per {', '.join(SPANS[:-1])} or {SPANS[-1]}, "
            "such as 12 per month"
        )
    return Rate(level, span)


def _growth(raw: Any) -> float:
    """Return a change per month: ``2% per month``."""
    text = raw.strip() if isinstance(raw, str) else ""
    for ending in ("per month", "a month", "每月"):
        if text.endswith(ending):
            return figures.share(text.removesuffix(ending).strip().removeprefix("+"))
    raise InputError.of(f"found {figures.shown(raw)}; write a change per calendar month, such as 2% per month")


def _season(raw: Any) -> tuple[float, ...]:
    """Return twelve factors from a mapping of months to factors; a month that is left out has 1."""
    if not isinstance(raw, dict):
        raise InputError.of(
            f"found {figures.shown(raw)}; write a factor by the number of the month, such as {{2: 0.5}}"
        )
    factors, seen = [1.0] * 12, set()
    for month, factor in raw.items():
        if not str(month).isdecimal() or not 1 <= int(str(month)) <= 12:
            raise InputError.of(f"'{month}' is no month; write 1 to 12")
        number = int(str(month))
        if number in seen:
            raise InputError.of(f"month {number} appears twice; keep one factor")
        seen.add(number)
        factors[number - 1] = figures.share(factor)
    return tuple(factors)


RateText = Annotated[
    Rate,
    PlainValidator(checked(_rate)),
    WithJsonSchema({"type": "string", "description": "12 per month, 3 per week, 每月 12"}),
]
Growth = Annotated[float, PlainValidator(checked(_growth)), WithJsonSchema({"type": "string"})]
Season = Annotated[
    tuple[float, ...],
    PlainValidator(checked(_season)),
    WithJsonSchema({"type": "object", "description": "factor by the number of the month, 1 to 12"}),
]


class SpreadForm(Form):
    """Good and bad months: the coefficient of variation of the rate itself, or a sample of factors on it."""

    cv: Share | None = None
    factors: ShareLaw | None = None
    per: Literal["horizon", "month"] = "horizon"
    together: Text = ""


Spread = Annotated[SpreadForm, BeforeValidator(as_mapping("cv"))]


class SourceForm(Form):
    """Where new deals come from, and how well they do."""

    name: Text
    label: Text = ""
    enters: Text | None = None
    rate: RateText | None = None
    cohort: Whole | None = None
    on: Day | None = None
    since: Day | None = Field(None, alias="from")
    until: Day | None = None
    growth: Growth = 0.0
    season: Season | None = None
    spread: Spread | None = None
    amount: AmountLaw | None = None
    win_rate: Chance | None = None
    odds: Number = 1.0
    owner: Text = ""
    segment: Text = ""


class ReferralForm(Form):
    """What a won customer brings."""

    leads: Number
    after: StayLaw
    enters: Text | None = None
    amount: AmountLaw | None = None
    win_rate: Chance | None = None
    odds: Number = 1.0
    generations: Whole | None = None


class BaseForm(Form):
    """Customers there are already."""

    customers: Whole
    amount: Number
    age: Days
    owner: Text = ""
    segment: Text = ""
    source: Text = ""


class LoyaltyForm(Form):
    """What a customer does next."""

    renews: Chance
    after: StayLaw
    amount: ShareLaw | None = None
    refers: Switch = False
    customers: list[BaseForm] = Field(default_factory=list)


class InstalmentForm(Form):
    """A part of what was signed, and when it is due."""

    share: Share
    lag: StayLaw
    after: Literal["signing", "previous"] = "signing"
    never: Chance = 0.0


class PaymentForm(Form):
    """How a won deal turns into cash."""

    instalments: list[InstalmentForm] = Field(min_length=1)
    pays_on: Annotated[list[Text], BeforeValidator(as_list)] = Field(default_factory=list)
    never: Chance = 0.0
