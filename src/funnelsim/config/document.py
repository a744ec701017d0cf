"""The shape of a config file, section by section. Its JSON Schema is published for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from funnelsim.config.business_forms import LoyaltyForm, PaymentForm, ReferralForm, SourceForm
from funnelsim.config.capacity_forms import CapacityForm
from funnelsim.config.communication_forms import CommunicationForm
from funnelsim.config.fields import (
    AnyLaw,
    Chance,
    ChanceOrLaw,
    Day,
    Days,
    Form,
    Group,
    GroupName,
    Number,
    Price,
    Prose,
    ShareLaw,
    StayLaw,
    Switch,
    Text,
    Whole,
    as_list,
    as_mapping,
)
from funnelsim.model.case import StalePolicy

PLANNED = ("history", "fit")


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
    definition: Prose = ""
    mark: Prose = ""
    tasks: list[Prose] = Field(default_factory=list)
    cost_per_point: Price | None = None


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
    opinions: dict[str, Chance] = Field(default_factory=dict, description="what each source says the chance is")
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
    opinions: dict[str, Text] = Field(default_factory=dict, description="source of opinion -> column")
    expected_close: Text | None = None
    currency: Text | None = None


class LookupForm(Form):
    """Amounts from a second table: the value in the row whose key equals the deal's `on` column."""

    lookup: Text
    on: Text
    value: Text
    key: Text | None = Field(None, description="the key column of the second table, if it is not named as `on`")
    aliases: dict[str, Text] = Field(default_factory=dict)


class TableForm(Form):
    """The open deals in a CSV file."""

    file: Text
    columns: ColumnsForm
    date_format: Text | None = None
    where: dict[str, Annotated[list[Text], BeforeValidator(as_list)]] = Field(default_factory=dict)
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
    measure: Literal["bookings", "wins", "cash"] = "bookings"
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


class VoiceForm(Form):
    """A source of opinion; without a weight it earns one."""

    weight: Number | None = None


def _as_voices(raw: Any) -> Any:
    return {str(name): {} for name in raw} if isinstance(raw, list) else raw


Voices = Annotated[
    dict[str, Annotated[VoiceForm, BeforeValidator(as_mapping("weight"))]],
    BeforeValidator(_as_voices),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}]}),
]


class CallColumnsForm(Form):
    """Which column of a track record holds what."""

    source: Text
    call: Text
    outcome: Text
    deal: Text | None = None
    date: Text | None = None


class TrackRecordForm(Form):
    """Past calls and how the deals ended, in a CSV file."""

    file: Text
    columns: CallColumnsForm
    outcomes: dict[str, Literal["won", "lost"]] = Field(default_factory=dict)
    date_format: Text | None = None


class OpinionsForm(Form):
    """Who gives opinions on deals, and how they are pooled."""

    sources: Voices
    track_record: TrackRecordForm | None = None
    no_surer_than: Chance | None = None


class RoleForm(Form):
    """Where one role on the buyer's side of a deal stands."""

    deal: Text
    role: Text
    stance: Text
    influence: Number = 1.0


class RoleColumnsForm(Form):
    """Which column of a table of roles holds what."""

    deal: Text
    role: Text
    stance: Text
    influence: Text | None = None


class RoleTableForm(Form):
    """Roles in a CSV file."""

    file: Text
    columns: RoleColumnsForm
    stances: dict[str, Text] = Field(default_factory=dict)


class RolesForm(Form):
    """Who takes part in the purchases, and what each stance is worth."""

    strengths: dict[str, Number]
    people: list[RoleForm] = Field(default_factory=list)
    table: RoleTableForm | None = None


class SupportForm(Form):
    """What the history bears that the tables were fitted from; `fit` writes it, and pages begin with it."""

    wins: Whole
    unsupported: Chance = 0.0
    windows: Number
    regime: Literal["as before", "above", "below"] = "as before"


class FittedForm(Form):
    """Tables of daily chances that `fit` wrote, in place of what stages state."""

    file: Text
    sha256: Text = ""
    support: SupportForm | None = None


class CaseForm(Form):
    """A funnelsim case."""

    case: Text = ""
    currency: Text
    unit: Text
    as_of: Day
    timezone: Text = "UTC"
    horizon: Horizon = None
    stages: list[StageForm]
    pipeline: list[LineForm | TableForm] | TableForm = Field(default_factory=list)
    opinions: OpinionsForm | None = None
    roles: RolesForm | None = None
    booked: list[BookedForm] = Field(default_factory=list)
    beliefs: dict[str, AnyLaw] = Field(default_factory=dict)
    correlations: list[CorrelationForm] = Field(default_factory=list)
    shock: ShockForm | None = None
    realisation: ShareLaw | None = None
    capacity: CapacityForm | None = None
    groups: list[GroupName] = Field(default_factory=list)
    targets: list[Target] = Field(default_factory=list)
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    trials: Whole = 100_000
    seed: Whole | None = None
    stale: StalePolicy = "lost"
    due_today: Switch = False
    sources: list[SourceForm] = Field(default_factory=list)
    referral: ReferralForm | None = None
    loyalty: LoyaltyForm | None = None
    payment: PaymentForm | None = None
    communication: CommunicationForm | None = None
    fitted: Annotated[FittedForm, BeforeValidator(as_mapping("file"))] | None = None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file, for editors that complete and check YAML."""
    schema = CaseForm.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "funnelsim case", **schema}
