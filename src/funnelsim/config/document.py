"""The shape of a config file, section by section. Its JSON Schema is published for editors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from funnelsim.config import figures
from funnelsim.config.laws import FORMS, Figure, Sample, read_law
from funnelsim.errors import InputError, Problem
from funnelsim.model.case import StalePolicy
from funnelsim.model.law import FAMILIES, FIGURES, Fixed, Law

FIGURE_ERROR = "figure"
PLANNED = (
    *("sources", "referral", "loyalty", "payment"),
    *("opinions", "roles", "capacity", "history", "fit"),
)


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


def _checked(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
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
        law: Law = _checked(lambda value: Fixed(figure(value)))(raw)
        return law

    return validate


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
        "beta": {"type": "object", "properties": {"mean": _CHANCE, "evidence": {"type": "number"}}},
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

Text = Annotated[str, BeforeValidator(_checked(figures.text)), WithJsonSchema({"type": ["string", "number"]})]
Number = Annotated[float, BeforeValidator(_checked(figures.number))]
Whole = Annotated[int, BeforeValidator(_checked(figures.whole))]
Chance = Annotated[float, BeforeValidator(_checked(figures.probability)), WithJsonSchema(_CHANCE)]
ChanceOrLaw = Annotated[
    float,
    BeforeValidator(_checked(figures.probability)),
    WithJsonSchema({"anyOf": [*_CHANCE["anyOf"], _law_schema(_CHANCE)]}),
]
Days = Annotated[float, BeforeValidator(_checked(figures.duration)), WithJsonSchema(_DAYS)]
Day = Annotated[date, PlainValidator(_checked(figures.day)), WithJsonSchema({"type": "string", "format": "date"})]
Switch = Annotated[bool, PlainValidator(_checked(figures.yes_or_no)), WithJsonSchema(_SWITCH)]
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
AnyLaw = Annotated[dict[str, Any], WithJsonSchema(_law_schema({"type": ["number", "string"]}))]
Group = dict[str, Text]
GroupName = Literal["segment", "owner", "source"]


class Form(BaseModel):
    """A mapping of known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class NeverForm(Form):
    """The share of deals that never decide, and the time-out that closes them."""

    probability: Chance
    timeout: Days | None = None


Never = Annotated[NeverForm, BeforeValidator(as_mapping("probability"))]


class ExitForm(Form):
    """One way out of a stage."""

    probability: ChanceOrLaw
    stay: StayLaw | None = None
    timeout: Days | None = Field(None, description="only for never")


Exit = Annotated[ExitForm, BeforeValidator(as_mapping("probability"))]


class StageForm(Form):
    """A stage, stated by a win rate, a conversion or its exits."""

    name: Text
    label: Text = ""
    win_rate: ChanceOrLaw | None = None
    conversion: ChanceOrLaw | None = None
    exits: dict[str, Exit] | None = None
    stay: StayLaw | None = None
    stay_lost: StayLaw | None = None
    never: Never | None = None
    in_forecast: Switch = True


class HorizonForm(Form):
    """So many calendar periods; the one that contains as_of counts as one."""

    periods: Whole
    of: Literal["week", "month", "quarter", "year"]
    fiscal_start: Whole = 1


def _limited(raw: Any) -> Any:
    return None if raw == "unlimited" else raw


Horizon = Annotated[
    HorizonForm | None,
    BeforeValidator(_limited),
    WithJsonSchema({"anyOf": [{"const": "unlimited"}, {"type": "object"}]}),
]


class LineForm(Form):
    """One deal, or several alike."""

    stage: Text
    amount: Number
    deals: Whole | None = None
    id: Text | None = None
    age: Days | None = None
    entered: Day | None = None
    owner: Text = ""
    segment: Text = ""
    source: Text = ""
    win_rate: Chance | None = None
    expected_close: Day | None = None


class ColumnsForm(Form):
    """Which column of the table holds what."""

    id: Text | None = None
    stage: Text
    entered: Text | None = None
    created: Text | None = None
    age: Text | None = None
    amount: Text | None = None
    owner: Text | None = None
    segment: Text | None = None
    source: Text | None = None
    win_rate: Text | None = None
    expected_close: Text | None = None
    currency: Text | None = None


class LookupForm(Form):
    """Amounts from a second table: the value in the row whose key equals the deal's `on` column."""

    lookup: Text
    on: Text
    value: Text
    key: Text | None = Field(None, description="the key column of the second table, if it is not named as `on`")
    aliases: dict[str, Text] = Field(default_factory=dict)


def _as_list(raw: Any) -> Any:
    return raw if isinstance(raw, list) else [raw]


class TableForm(Form):
    """The open deals in a CSV file."""

    file: Text
    columns: ColumnsForm
    date_format: Text | None = None
    where: dict[str, Annotated[list[Text], BeforeValidator(_as_list)]] = Field(default_factory=dict)
    stages: dict[str, Text] = Field(default_factory=dict)
    amount: LookupForm | None = None
    missing_entered: Days | None = None
    unit: Text | None = None


class BookedForm(Form):
    """What is signed already in the current period."""

    amount: Number
    since: Day = Field(alias="from")
    wins: Whole = 0
    group: Group = Field(default_factory=dict)


class TargetForm(Form):
    """An amount, or a count of wins, to be reached."""

    amount: Number
    measure: Literal["bookings", "wins"] = "bookings"
    by: Day | None = None
    group: Group = Field(default_factory=dict)


Target = Annotated[TargetForm, BeforeValidator(as_mapping("amount"))]


class CorrelationForm(Form):
    """A rank correlation between two beliefs."""

    between: list[Text] = Field(min_length=2, max_length=2)
    rank: Number


class StaysShockForm(Form):
    """A shared shock on the speed of all deals."""

    tau: Number
    correlation: Number = 0.0


class PeriodsShockForm(Form):
    """A market that wanders from month to month."""

    phi: Number


class ShockForm(Form):
    """What makes deals rise and fall together."""

    rho: ChanceOrLaw = 0.0
    by: dict[str, Chance] = Field(default_factory=dict)
    periods: PeriodsShockForm | None = None
    stays: StaysShockForm | None = None


class CaseForm(Form):
    """A funnelsim case."""

    case: Text = ""
    currency: Text
    unit: Text
    as_of: Day
    timezone: Text = "UTC"
    horizon: Horizon = None
    stages: list[StageForm]
    pipeline: list[LineForm | TableForm] | TableForm
    booked: list[BookedForm] = Field(default_factory=list)
    beliefs: dict[str, AnyLaw] = Field(default_factory=dict)
    correlations: list[CorrelationForm] = Field(default_factory=list)
    shock: ShockForm | None = None
    realisation: ShareLaw | None = None
    groups: list[GroupName] = Field(default_factory=list)
    targets: list[Target] = Field(default_factory=list)
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    trials: Whole = 100_000
    seed: Whole | None = None
    stale: StalePolicy = "lost"
    due_today: Switch = False
    communication: dict[str, Any] | None = None  # its forms are made of those here, in a room of their own


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file, for editors that complete and check YAML."""
    from funnelsim.config.communication import CommunicationForm

    schema = CaseForm.model_json_schema(by_alias=True)
    chain = CommunicationForm.model_json_schema(by_alias=True)
    schema["$defs"] |= chain.pop("$defs")
    schema["properties"]["communication"] = chain
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "funnelsim case", **schema}
