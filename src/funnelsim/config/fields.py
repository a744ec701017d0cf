"""The kinds of values a config holds: texts, figures, days, laws, each checked where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from funnelsim.config import figures
from funnelsim.config.laws import FORMS, Figure, Sample, read_law
from funnelsim.errors import InputError, Problem
from funnelsim.model.law import FAMILIES, FIGURES, PRIORS, Fixed, Law

FIGURE_ERROR = "figure"


def _custom(problem: Problem) -> PydanticCustomError:
    return PydanticCustomError(FIGURE_ERROR, "{told}", {"told": problem.message, "place": problem.place})


def _raise_in_place(error: InputError, raw: Any) -> None:
    """Raise pydantic's error with one line for each problem, so that paths inside a value are kept."""
    raise ValidationError.from_exception_data(
        FIGURE_ERROR,
        [
            InitErrorDetails(
                type=_custom(problem),
                loc=problem.path,
                input=raw,
            )
            for problem in error.problems
        ],
    ) from None


def checked(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a reader of one value as pydantic calls it: problems keep their paths inside the value."""

    def validate(raw: Any) -> Any:
        try:
            return read(raw)
        except InputError as error:
            _raise_in_place(error, raw)

    return validate


def _law(figure: Figure) -> Callable[[Any, ValidationInfo], Law]:
    def validate(raw: Any, info: ValidationInfo) -> Law:
        sample: Sample = info.context["sample"] if info.context else _no_files
        try:
            return read_law(raw, figure, sample)
        except InputError as error:
            _raise_in_place(error, raw)
            raise

    return validate


def _no_files(name: str, column: str | None, figure: Figure) -> tuple[float, ...]:
    raise InputError.of(f"'{name}': samples in files are read only from a config file")


def _fixed_or_law(figure: Figure) -> Callable[[Any, ValidationInfo], Law]:
    def validate(raw: Any, info: ValidationInfo) -> Law:
        if isinstance(raw, dict):
            return _law(figure)(raw, info)
        law: Law = checked(lambda value: Fixed(figure(value)))(raw)
        return law

    return validate


def _amount_law(raw: Any, info: ValidationInfo) -> Law:
    """Return the law of an amount: a mapping, or a bare number for always exactly that."""
    if isinstance(raw, dict):
        return _law(figures.number)(raw, info)
    law: Law = checked(lambda value: Fixed(figures.number(value)))(raw)
    return law


def as_list(raw: Any) -> Any:
    """Return a list, also of a single value."""
    return raw if isinstance(raw, list) else [raw]


def as_mapping(key: str) -> Callable[[Any], Any]:
    """Return a reader that takes a bare value for ``{key: value}``."""
    return lambda raw: raw if isinstance(raw, dict) else {key: raw}


def _law_schema(figure: dict[str, Any]) -> dict[str, Any]:
    named = {name: figure for name in FIGURES if name not in {"cv", "shape"}}
    points = {"type": "array", "items": figure}
    forms = {
        "fixed": figure,
        **{name: {**points, "minItems": 3, "maxItems": 3} for name in ("triangular", "pert")},
        "uniform": {**points, "minItems": 2, "maxItems": 2},
        "beta": {
            "type": "object",
            "properties": {
                **{"mean": _CHANCE, "evidence": {"type": "number"}},
                **{"won": {"type": "integer"}, "of": {"type": "integer"}, "prior": {"enum": list(PRIORS)}},
            },
        },
        "empirical": {"anyOf": [points, {"type": "string"}, {"type": "object"}]},
    }
    return {
        "type": "object",
        "description": f"a law: a pair of mean, median, sd, cv, p10, p90, or one of {', '.join(FORMS)}",
        "properties": {
            "law": {"enum": list(FAMILIES)},
            **named,
            "cv": {"type": ["number", "string"]},
            "shape": {"type": "number"},
            **forms,
            "delay": figure,
        },
        "additionalProperties": False,
    }


_CHANCE: dict[str, Any] = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "%\\s*$"}]
}
_DAYS: dict[str, Any] = {
    "type": "string",
    "pattern": "^\\s*[0-9.]+\\s*\\S+\\s*$",
    "description": "20 d, 6 weeks, 36 h, 5 min, 20 天, 6 周",
}
_SHARE: dict[str, Any] = {"type": ["number", "string"]}
_SWITCH: dict[str, Any] = {"enum": ["yes", "no", True, False]}

Text = Annotated[str, BeforeValidator(checked(figures.text)), WithJsonSchema({"type": ["string", "number"]})]
Prose = Annotated[str, BeforeValidator(checked(figures.prose)), WithJsonSchema({"type": ["string", "number"]})]
Number = Annotated[float, BeforeValidator(checked(figures.number))]
Price = Annotated[float, BeforeValidator(checked(figures.price))]
Whole = Annotated[int, BeforeValidator(checked(figures.whole))]
Chance = Annotated[float, BeforeValidator(checked(figures.probability)), WithJsonSchema(_CHANCE)]
ChanceOrLaw = Annotated[
    float,
    BeforeValidator(checked(figures.probability)),
    WithJsonSchema({"anyOf": [*_CHANCE["anyOf"], _law_schema(_CHANCE)]}),
]
Days = Annotated[float, BeforeValidator(checked(figures.duration)), WithJsonSchema(_DAYS)]
Day = Annotated[date, PlainValidator(checked(figures.day)), WithJsonSchema({"type": "string", "format": "date"})]
Switch = Annotated[bool, PlainValidator(checked(figures.yes_or_no)), WithJsonSchema(_SWITCH)]
StayLaw = Annotated[Law, PlainValidator(_law(figures.duration)), WithJsonSchema(_law_schema(_DAYS))]
ShareLaw = Annotated[
    Law, PlainValidator(_fixed_or_law(figures.share)), WithJsonSchema({"anyOf": [_SHARE, _law_schema(_SHARE)]})
]
TakesLaw = Annotated[
    Law, PlainValidator(_fixed_or_law(figures.duration)), WithJsonSchema({"anyOf": [_DAYS, _law_schema(_DAYS)]})
]
KeepsLaw = Annotated[
    Law, PlainValidator(_fixed_or_law(figures.probability)), WithJsonSchema({"anyOf": [_CHANCE, _law_schema(_CHANCE)]})
]
Share = Annotated[float, BeforeValidator(checked(figures.share)), WithJsonSchema(_SHARE)]
AmountLaw = Annotated[
    Law, PlainValidator(_amount_law), WithJsonSchema({"anyOf": [{"type": "number"}, _law_schema({"type": "number"})]})
]
AnyLaw = Annotated[dict[str, Any], WithJsonSchema(_law_schema({"type": ["number", "string"]}))]
Group = dict[str, Text]
GroupName = Literal["segment", "owner", "source"]


class Form(BaseModel):
    """A mapping of known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
