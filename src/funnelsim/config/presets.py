"""Which columns the exports of well-known systems have: they are renamed, nothing else.

Names are matched without regard to case, blanks and underscores; of several the first that is filled in counts, and
what a table lacks is left out unless nothing can be read without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from funnelsim.errors import InputError

Columns = Mapping[str, tuple[str, ...]]
Conditions = Mapping[tuple[str, ...], tuple[str, ...]]
NOT = ("false", "False", "FALSE", "0", "f", "")


@dataclass(frozen=True)
class Preset:
    """The columns of one system, table by table.

    Parameters
    ----------
    where : mapping
        By table, the rows that count; a condition on a column that is not there is none.
    milestone_prefix : str
        What the columns of a wide table begin with; the rest of the name is the stage.
    fields : mapping
        What amounts, expected dates and calls are called in the log of changes.
    zone : str
        The time zone of stamps that state none.
    probability_in : str
        ``percent`` or ``share``: how it writes chances.
    dates_overwritten : bool
        Whether the system puts the day a deal closed in place of the day that was expected.
    proposed : bool
        Whether columns are only proposed, and must be confirmed by writing them down.
    """

    events: Columns = field(default_factory=dict)
    visits: Columns = field(default_factory=dict)
    snapshots: Columns = field(default_factory=dict)
    milestones: Columns = field(default_factory=dict)
    deals: Columns = field(default_factory=dict)
    changes: Columns = field(default_factory=dict)
    opinions: Columns = field(default_factory=dict)
    where: Mapping[str, Conditions] = field(default_factory=dict)
    milestone_prefix: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    zone: str = ""
    probability_in: str = ""
    dates_overwritten: bool = False
    proposed: bool = False


def preset_of(name: str) -> Preset:
    """Return the preset of a name.

    Raises
    ------
    InputError
        If there is none such; the nearest is suggested.
    """
    if name in PRESETS:
        return PRESETS[name]
    close = get_close_matches(name, PRESETS, 1, 0.5)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(PRESETS)}"
    raise InputError.of(f"no preset '{name}'; {hint}", "preset")


def _columns(**names: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {key.rstrip("_"): (found,) if isinstance(found, str) else found for key, found in names.items()}


_NOT_DELETED: Conditions = {("IsDeleted",): NOT}
_SALESFORCE_CALLS = _columns(category=("ForecastCategoryName", "ForecastCategory"), probability="Probability")
_OPPORTUNITY = (
    _columns(
        id="Id",
        created="CreatedDate",
        stage="StageName",
        amount="Amount",
        currency="CurrencyIsoCode",
        expected_close="CloseDate",
        owner="OwnerId",
        segment="Type",
        source="LeadSource",
    )
    | _SALESFORCE_CALLS
)
_OPPORTUNITY_HISTORY = (
    _columns(deal="OpportunityId", at="CreatedDate", to="StageName", amount="Amount", expected_close="CloseDate")
    | _SALESFORCE_CALLS
)
_SALESFORCE_API = Preset(
    dates_overwritten=True,
    events=_OPPORTUNITY_HISTORY,
    deals=_OPPORTUNITY,
    where={"events": _NOT_DELETED, "deals": _NOT_DELETED},
    zone="UTC",
    probability_in="percent",
)
_FIELD_HISTORY = _columns(deal="OpportunityId", at="CreatedDate", field="Field", value="NewValue", before="OldValue")
_SALESFORCE_FIELD = Preset(
    dates_overwritten=True,
    events=_columns(deal="OpportunityId", at="CreatedDate", to="NewValue", from_="OldValue"),
    deals=_OPPORTUNITY,
    changes=_FIELD_HISTORY,
    where={"events": {("Field",): ("StageName",), **_NOT_DELETED}, "deals": _NOT_DELETED},
    fields={
        "Amount": "amount",
        "CloseDate": "expected_close",
        "ForecastCategoryName": "category",
        "Probability": "probability",
    },
    zone="UTC",
    probability_in="percent",
)
_HUBSPOT_DEAL = _columns(
    id=("id", "Record ID", "hs_object_id", "dealId"),
    created=("createdate", "Create Date", "properties_createdate"),
    stage=("dealstage", "Deal Stage", "properties_dealstage"),
    amount=("amount", "properties_amount"),
    currency=("deal_currency_code", "Currency"),
    expected_close=("closedate", "Close Date", "properties_closedate"),
    owner=("hubspot_owner_id", "Deal owner", "properties_hubspot_owner_id"),
    segment=("pipeline", "properties_pipeline"),
    category=("hs_manual_forecast_category", "Forecast category", "properties_hs_manual_forecast_category"),
    probability=("hs_forecast_probability", "Forecast probability", "properties_hs_forecast_probability"),
)
_HUBSPOT_LOG = _columns(deal=("dealId", "deal_id", "id", "hs_object_id"), at="timestamp", to="value")
_HUBSPOT_CHANGES = _columns(deal=("dealId", "deal_id", "id"), at="timestamp", field=("property", "name"), value="value")
_OF_STAGE: Conditions = {("property", "name"): ("dealstage",)}
_HUBSPOT_FIELDS = {
    "amount": "amount",
    "closedate": "expected_close",
    "hs_manual_forecast_category": "category",
    "hs_forecast_probability": "probability",
}
_HUBSPOT_API = Preset(
    dates_overwritten=True,
    events=_HUBSPOT_LOG,
    deals=_HUBSPOT_DEAL,
    changes=_HUBSPOT_CHANGES,
    where={"events": _OF_STAGE},
    fields=_HUBSPOT_FIELDS,
    zone="UTC",
    probability_in="share",
)

PRESETS: dict[str, Preset] = {
    "generic": Preset(
        visits=_columns(
            deal=("deal_id", "deal"),
            stage="stage",
            entered=("entered", "start"),
            exit=("exit", "next_stage"),
            left=("left", "end"),
        ),
        events=_columns(
            deal=("deal_id", "deal"),
            at=("changed_at", "at"),
            to=("to_stage", "to"),
            from_=("from_stage", "from"),
            amount="amount",
            expected_close=("expected_close", "close_date"),
        ),
        deals=_columns(
            id=("deal_id", "deal", "id"),
            created="created",
            closed="closed",
            outcome="outcome",
            amount="amount",
            currency="currency",
            expected_close="expected_close",
            owner="owner",
            segment="segment",
            source="source",
        ),
        changes=_columns(deal=("deal_id", "deal"), at=("changed_at", "at"), field="field", value="value"),
        opinions=_columns(deal=("deal_id", "deal"), at=("stated_at", "at"), by=("by", "source"), call="call"),
    ),
    "dynamics": Preset(  # the opportunity table alone: it keeps no log of stages
        deals=_columns(
            id="opportunityid",
            created="createdon",
            closed="actualclosedate",
            outcome=("statecodename", "statecode"),
            amount=("actualvalue", "estimatedvalue"),
            expected_close="estimatedclosedate",
            owner=("owneridname", "ownerid"),
            category=("msdyn_forecastcategoryname", "msdyn_forecastcategory"),
            probability="closeprobability",
        ),
        zone="UTC",
        probability_in="percent",
    ),
    "salesforce_api": _SALESFORCE_API,
    "salesforce_export": Preset(
        dates_overwritten=True,
        events={**_OPPORTUNITY_HISTORY, "from": ("FromOpportunityStageName",)},
        deals=_OPPORTUNITY,
        where=_SALESFORCE_API.where,
        zone="UTC",
        probability_in="percent",
    ),
    "salesforce_field": _SALESFORCE_FIELD,
    "fivetran_salesforce": _SALESFORCE_FIELD,
    "airbyte_salesforce": _SALESFORCE_API,
    "dbt_salesforce": Preset(
        dates_overwritten=True,
        events=_columns(deal="id", at="_fivetran_start", to="stage_name", amount="amount", expected_close="close_date")
        | _SALESFORCE_CALLS,
        deals=_OPPORTUNITY,
        where=_SALESFORCE_API.where,
        zone="UTC",
        probability_in="percent",
    ),
    "hubspot_api": _HUBSPOT_API,
    "airbyte_hubspot": _HUBSPOT_API,
    "hubspot_wide": Preset(
        dates_overwritten=True,
        milestones=_columns(id=("id", "Record ID", "hs_object_id")),
        deals=_HUBSPOT_DEAL,
        milestone_prefix="hs_v2_date_entered_",
        zone="UTC",
        probability_in="share",
    ),
    "fivetran_hubspot": Preset(
        dates_overwritten=True,
        events=_columns(deal="deal_id", at=("timestamp", "date_entered", "_fivetran_start"), to="value"),
        deals=_columns(
            id="deal_id",
            created="property_createdate",
            stage="deal_pipeline_stage_id",
            amount="property_amount",
            expected_close="property_closedate",
            owner="owner_id",
            segment="deal_pipeline_id",
            category="property_hs_manual_forecast_category",
            probability="property_hs_forecast_probability",
        ),
        changes=_columns(deal="deal_id", at="timestamp", field="name", value="value"),
        where={"events": {("name",): ("dealstage",)}, "deals": _NOT_DELETED},
        fields=_HUBSPOT_FIELDS,
        zone="UTC",
        probability_in="share",
    ),
    "dbt_hubspot": Preset(
        dates_overwritten=True,
        events=_columns(deal="deal_id", at="date_stage_entered", to=("pipeline_stage_label", "pipeline_stage_id")),
        deals=_columns(
            id="deal_id",
            created=("created_date", "property_createdate"),
            amount="amount",
            expected_close=("closed_date", "property_closedate"),
            owner="owner_id",
            segment="pipeline_label",
            stage="pipeline_stage_label",
        ),
        changes=_columns(deal="deal_id", at="valid_from", field="field_name", value="new_value"),
        where={"events": {("is_deal_deleted",): NOT}, "deals": {("is_deal_deleted",): NOT}},
        fields=_HUBSPOT_FIELDS,
        zone="UTC",
        probability_in="share",
    ),
    "odoo": Preset(
        events=_columns(
            deal="res_id",
            at="create_date",
            to=("new_value_integer", "new_value_char"),
            from_=("old_value_integer", "old_value_char"),
        ),
        deals=_columns(
            id="id",
            created="create_date",
            closed="date_closed",
            outcome="won_status",
            stage="stage_id",
            amount="expected_revenue",
            expected_close="date_deadline",
            owner="user_id",
            segment="team_id",
            source="source_id",
            probability="probability",
        ),
        zone="UTC",
        probability_in="percent",
    ),
    "zoho": Preset(
        dates_overwritten=True,
        events=_columns(
            deal=("Potential_Name.id", "Deal_Id", "Potential_Name"),
            at="Modified_Time",
            to="Stage",
            amount="Amount",
            expected_close="Closing_Date",
            probability="Probability",
        ),
        probability_in="percent",
        deals=_columns(
            id=("id", "Record Id", "Deal Id"),
            created="Created_Time",
            stage="Stage",
            amount="Amount",
            currency="Currency",
            expected_close="Closing_Date",
            owner=("Owner.name", "Owner", "Deal Owner"),
            segment="Pipeline",
            source="Lead_Source",
            probability="Probability",
        ),
    ),
    "pipedrive": Preset(
        events=_columns(
            deal=("deal_id", "data.item_id", "item_id"),
            at=("data.log_time", "log_time"),
            to=("data.new_value", "new_value"),
            from_=("data.old_value", "old_value"),
        ),
        deals=_columns(
            id="id",
            created="add_time",
            closed=("won_time", "lost_time", "close_time"),
            outcome="status",
            stage="stage_id",
            amount="value",
            currency="currency",
            expected_close="expected_close_date",
            owner=("owner_id", "user_id"),
            segment="pipeline_id",
            probability="probability",
        ),
        where={
            "events": {("data.field_key", "field_key"): ("stage_id",)},
            "deals": {("status",): ("open", "won", "lost")},
        },
        zone="UTC",
        probability_in="percent",
    ),
    "bitrix24": Preset(
        dates_overwritten=True,
        events=_columns(deal="OWNER_ID", at="CREATED_TIME", to="STAGE_ID"),
        deals=_columns(
            id="ID",
            created="DATE_CREATE",
            stage="STAGE_ID",
            amount="OPPORTUNITY",
            currency="CURRENCY_ID",
            expected_close="CLOSEDATE",
            owner="ASSIGNED_BY_ID",
            segment="CATEGORY_ID",
            source="SOURCE_ID",
            probability="PROBABILITY",
        ),
        probability_in="percent",
    ),
    "fxiaoke": Preset(  # 纷享销客
        snapshots=_columns(
            deal="_id",
            stage=("sales_stage__r", "sales_stage", "oppo_stage_id"),
            entered=("stg_changed_time", "sales_stg_changed_time"),
            created="create_time",
            amount="amount",
            expected_close=("close_date", "expected_deal_closed_date"),
            owner=("owner__r", "owner"),
            probability="probability",
        ),
        probability_in="percent",
        date_format="epoch_ms",
    ),
    "xiaoshouyi": Preset(  # 销售易
        snapshots=_columns(
            deal="id",
            stage="saleStageId",
            entered="stageUpdatedAt",
            created="createdAt",
            amount="money",
            expected_close="closeDate",
            owner="ownerId",
            segment="opportunityType",
            source="sourceId",
        ),
        date_format="epoch_ms",
    ),
    "generic_zh": Preset(
        events=_columns(
            deal=("商机编号", "商机ID", "商机"),
            at=("变更时间", "阶段更新时间", "修改时间"),
            to=("变更后阶段", "销售阶段", "阶段"),
            from_=("变更前阶段", "原阶段"),
        ),
        visits=_columns(
            deal=("商机编号", "商机ID"),
            stage=("销售阶段", "阶段"),
            entered=("进入时间", "开始时间"),
            exit=("去向", "下一阶段"),
            left=("离开时间", "结束时间"),
        ),
        snapshots=_columns(
            deal=("商机编号", "商机ID"),
            stage=("销售阶段", "商机阶段", "阶段"),
            entered=("阶段更新时间", "阶段变更时间"),
            created=("创建时间", "创建日期"),
            amount=("商机金额", "预计金额", "金额"),
            expected_close=("预计成交日期", "预计结单日期"),
            owner=("负责人", "销售负责人"),
            source=("商机来源", "来源"),
        ),
        deals=_columns(
            id=("商机编号", "商机ID", "编号"),
            created=("创建时间", "创建日期"),
            closed=("成交日期", "结单日期", "关闭时间"),
            outcome=("商机状态", "结果", "输赢"),
            amount=("商机金额", "预计金额", "合同金额", "金额"),
            expected_close=("预计成交日期", "预计结单日期"),
            owner=("负责人", "销售负责人"),
            segment=("业务类型", "产品线", "区域"),
            source=("商机来源", "来源"),
        ),
        proposed=True,
    ),
}
