"""The columns of well-known exports are known: each preset reads a table with the header of its system."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, deals_of, imported, visits_of
from scipy.stats import gamma

from funnelsim.config.presets import PRESETS
from funnelsim.errors import InputError
from funnelsim.history.record import NEVER, Deals, Visits, date_of
from funnelsim.history.synthetic import Company, make, write_salesforce
from funnelsim.history.synthetic.hazards import straight

WANTED = [("7", "A", "2026-01-05", "B", "2026-01-09"), ("7", "B", "2026-01-09", "won", "2026-01-20")]
STAGES = "stages: [A, B]\nwon: [W]\nlost: [L]\n"


def log(head: str, *rows: str) -> str:
    return "\n".join([head, *rows]) + "\n"


# One deal enters A on the 5th, B on the 9th and is won on the 20th of January 2026, as each system would write it.
EVENTS = {
    "generic": log("deal_id,changed_at,to_stage", "7,2026-01-05,A", "7,2026-01-09,B", "7,2026-01-20,W"),
    "salesforce_api": log(
        "Id,OpportunityId,CreatedById,CreatedDate,StageName,Amount,CloseDate,Probability,IsDeleted",
        "1,7,u,2026-01-05T08:00:00.000+0000,A,100,2026-03-31,10,false",
        "2,7,u,2026-01-06T08:00:00.000+0000,A,120,2026-03-31,10,false",
        "3,7,u,2026-01-09T08:00:00.000+0000,B,120,2026-02-28,40,false",
        "4,7,u,2026-01-09T09:00:00.000+0000,A,120,2026-02-28,40,true",
        "5,7,u,2026-01-20T08:00:00.000+0000,W,120,2026-01-20,100,false",
    ),
    "airbyte_salesforce": log(
        "_airbyte_raw_id,opportunity_id,created_date,stage_name,is_deleted",
        "x,7,2026-01-05T08:00:00Z,A,False", "x,7,2026-01-09T08:00:00Z,B,False", "x,7,2026-01-20T08:00:00Z,W,False",
    ),
    "salesforce_export": log(
        '"OPPORTUNITYID","CREATEDDATE","STAGENAME","FROMOPPORTUNITYSTAGENAME"',
        '"7","2026-01-05 08:00:00","A",""', '"7","2026-01-09 08:00:00","B","A"', '"7","2026-01-20 08:00:00","W","B"',
    ),
    "salesforce_field": log(
        "Id,OpportunityId,CreatedDate,Field,OldValue,NewValue",
        "1,7,2026-01-09T08:00:00.000Z,StageName,A,B",
        "2,7,2026-01-10T08:00:00.000Z,Amount,100,120",
        "3,7,2026-01-20T08:00:00.000Z,StageName,B,W",
    ),
    "fivetran_salesforce": log(
        "id,opportunity_id,created_date,field,old_value,new_value,_fivetran_synced",
        "1,7,2026-01-09 08:00:00,StageName,A,B,x", "3,7,2026-01-20 08:00:00,StageName,B,W,x",
    ),
    "dbt_salesforce": log(
        "id,_fivetran_start,_fivetran_end,_fivetran_active,stage_name,amount,close_date,is_deleted",
        "7,2026-01-05 08:00:00,2026-01-09 07:59:59,false,A,100,2026-03-31,false",
        "7,2026-01-09 08:00:00,2026-01-20 07:59:59,false,B,100,2026-03-31,false",
        "7,2026-01-20 08:00:00,9999-12-31 23:59:59,true,W,100,2026-01-20,false",
    ),
    "hubspot_api": log(  # newest first
        "id,timestamp,value,sourceType,sourceId",
        "7,2026-01-20T08:00:00.000Z,W,CRM,1",
        "7,2026-01-09T08:00:00.000Z,B,CRM,1",
        "7,2026-01-05T08:00:00.000Z,A,CRM,1",
    ),
    "airbyte_hubspot": log(
        "dealId,property,timestamp,value",
        "7,dealstage,2026-01-05T08:00:00Z,A", "7,amount,2026-01-06T08:00:00Z,100",
        "7,dealstage,2026-01-09T08:00:00Z,B", "7,dealstage,2026-01-20T08:00:00Z,W",
    ),
    "fivetran_hubspot": log(
        "_fivetran_start,deal_id,_fivetran_active,_fivetran_end,date_entered,source,value",
        "2026-01-05 8:00:00,7,FALSE,2026-01-09 8:00:00,2026-01-05 8:00:00,x,A",
        "2026-01-09 8:00:00,7,FALSE,2026-01-20 8:00:00,2026-01-09 8:00:00,x,B",
        "2026-01-20 8:00:00,7,TRUE,2050-01-01 00:00:00,2026-01-20 8:00:00,x,W",
    ),
    "dbt_hubspot": log(
        "deal_id,date_stage_entered,date_stage_exited,pipeline_stage_id,pipeline_stage_label,is_deal_deleted",
        "7,2026-01-05 08:00:00,2026-01-09 08:00:00,1,A,false", "7,2026-01-09 08:00:00,2026-01-20 08:00:00,2,B,false",
        "7,2026-01-20 08:00:00,,3,W,false",
    ),
    "odoo": log(
        "res_id,create_date,old_value_integer,old_value_char,new_value_integer,new_value_char",
        "7,2026-01-09 08:00:00,,A,,B", "7,2026-01-20 08:00:00,,B,,W",
    ),
    "zoho": log(
        "Potential_Name.id,Potential_Name,Modified_Time,Stage,Amount,Closing_Date,Moved_To__s",
        "7,Big deal,2026-01-05T08:00:00+08:00,A,100,2026-03-31,B",
        "7,Big deal,2026-01-09T08:00:00+08:00,B,100,2026-03-31,W",
        "7,Big deal,2026-01-20T08:00:00+08:00,W,100,2026-01-20,",
    ),
    "pipedrive": log(
        "object,data.item_id,data.field_key,data.log_time,data.old_value,data.new_value",
        "dealChange,7,stage_id,2026-01-09 08:00:00,A,B", "dealChange,7,value,2026-01-10 08:00:00,100,120",
        "dealChange,7,stage_id,2026-01-20 08:00:00,B,W",
    ),
    "bitrix24": log(
        "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_SEMANTIC_ID,STAGE_ID",
        "1,1,7,2026-01-05T08:00:00+03:00,0,P,A", "2,2,7,2026-01-09T08:00:00+03:00,0,P,B",
        "3,3,7,2026-01-20T08:00:00+03:00,0,S,W",
    ),
}  # fmt: skip
STARTS_LATE = {"salesforce_field", "fivetran_salesforce", "odoo", "pipedrive"}
DEALS = {
    "salesforce_field": "Id,CreatedDate,StageName,Amount\n7,2026-01-05T07:00:00.000Z,W,100\n",
    "fivetran_salesforce": "id,created_date,stage_name,amount\n7,2026-01-05 07:00:00,W,100\n",
    "odoo": "id,create_date,expected_revenue,date_closed\n7,2026-01-05 07:00:00,100,2026-01-20\n",
    "pipedrive": "id,add_time,status,won_time,lost_time,value,currency\n"
    "7,2026-01-05 07:00:00,won,2026-01-20 08:00:00,,100,EUR\n",
}


@pytest.mark.parametrize("preset", list(EVENTS))
def test_an_event_log_is_read(preset: str, tmp_path: Path) -> None:
    text = f"preset: {preset}\nevents: log.csv\n"
    tables = {"log": EVENTS[preset]}
    if preset in STARTS_LATE:
        text, tables = text + "deals: deals.csv\n", {**tables, "deals": DEALS[preset]}
    history, _ = imported(tmp_path, text + STAGES + HEAD, **tables)
    assert visits_of(history) == WANTED
    assert deals_of(history) == [("7", "2026-01-05", "won", "2026-01-20", "")]


def test_every_preset_is_tried_here() -> None:
    assert set(PRESETS) == {*EVENTS, "dynamics", "hubspot_wide", "fxiaoke", "xiaoshouyi", "generic_zh"}


def test_amounts_beside_moves_are_changes(tmp_path: Path) -> None:
    history, report = imported(
        tmp_path, "preset: salesforce_api\nevents: log.csv\n" + STAGES + HEAD, log=EVENTS["salesforce_api"]
    )
    assert history.deals.amount.tolist() == [120]
    assert report.n_changes == 3  # one of the amount, two of the date
    assert report.tables[0].left_out == {"where": 1}


def test_the_wide_export_of_hubspot_is_read(tmp_path: Path) -> None:
    wide = (
        "Record ID,Deal Stage,Amount,Create Date,hs_v2_date_entered_A,hs_v2_date_exited_A,hs_v2_date_entered_B,"
        "hs_v2_date_entered_W,hs_v2_date_entered_current_stage\n"
        "7,W,100,2026-01-05 07:00,2026-01-05 08:00,2026-01-09 08:00,2026-01-09 08:00,2026-01-20 08:00,"
        "2026-01-20 08:00\n"
    )
    text = "preset: hubspot_wide\nmilestones: deals.csv\ndeals: deals.csv\n"
    history, _ = imported(tmp_path, text + STAGES + HEAD, deals=wide)
    assert visits_of(history) == WANTED
    assert history.deals.amount.tolist() == [100]


@pytest.mark.parametrize(
    ("preset", "head"),
    [
        ("fxiaoke", "_id,sales_stage,sales_stage__r,stg_changed_time,create_time,amount,close_date"),
        ("xiaoshouyi", "id,x,saleStageId,stageUpdatedAt,createdAt,money,closeDate"),
    ],
)
def test_copies_of_chinese_systems_are_read(preset: str, head: str, tmp_path: Path) -> None:
    def copy(stage: str, entered_ms: int) -> str:
        return f"{head}\n7,1,{stage},{entered_ms},1767571200000,100,1774915200000\n"

    copies = {
        "c-2026-01-06.csv": copy("A", 1767571200000),  # 2026-01-05 08:00 in Shanghai
        "c-2026-01-13.csv": copy("B", 1767916800000),
        "c-2026-01-20.csv": copy("W", 1768867200000),
    }
    text = f"preset: {preset}\nsnapshots: {{files: c-*.csv, as_of: from the name}}\ntimezone: Asia/Shanghai\n"
    history, report = imported(tmp_path, text + STAGES + "currency: CNY\nunit: 元\n", **copies)
    assert visits_of(history) == WANTED
    assert report.snapshot_gap_days == 7


def test_the_opportunities_of_dynamics_are_read(tmp_path: Path) -> None:
    table = (
        "opportunityid,createdon,actualclosedate,statecode,actualvalue,estimatedvalue,estimatedclosedate\n"
        "7,2026-01-05T09:00:00Z,2026-01-20,1,90,100,2026-03-31\n8,2026-01-06T09:00:00Z,,0,,50,2026-03-31\n"
    )
    text = "preset: dynamics\ndeals: crm.csv\nwon: ['1']\nlost: ['2']\nopen: ['0']\n"
    history, _ = imported(tmp_path, text + HEAD, crm=table)
    assert deals_of(history) == [("7", "2026-01-05", "won", "2026-01-20", ""), ("8", "2026-01-06", "open", "", "")]
    assert history.deals.amount.tolist() == [90, 50]


def test_chinese_headers_are_proposed_and_never_taken(tmp_path: Path) -> None:
    table = "商机编号,商机名称,销售阶段,变更后的阶段,变更时间\n"
    table += "001,甲,B,A,2026/1/5 9:30\n001,甲,B,B,2026年1月9日\n001,甲,B,W,2026-1-20\n"
    text = "preset: generic_zh\nevents: {file: log.csv}\ntimezone: Asia/Shanghai\n"
    columns = "deal: 商机编号, at: 变更时间, to: 变更后的阶段"
    with pytest.raises(InputError, match=rf"must be confirmed.* write events: \{{file: .*, {columns}"):
        imported(tmp_path, text + STAGES + HEAD, log=table)
    text = text.replace("log.csv", f"log.csv, {columns}")
    history, _ = imported(tmp_path, text + STAGES + HEAD)
    assert visits_of(history) == [("001", *row[1:]) for row in WANTED]


def test_a_unit_in_a_head_that_is_not_the_stated_one_is_refused(tmp_path: Path) -> None:
    text = "deals: {file: deals.csv, id: 编号, created: 创建时间, amount: 预计金额(万元)}\ncurrency: CNY\n"
    table = "编号,创建时间,预计金额(万元)\n001,2026-01-05,12.5\n"
    with pytest.raises(InputError, match="state unit: 万元"):
        imported(tmp_path, text + "unit: 元\n", deals=table)
    history, _ = imported(tmp_path, text + "unit: 万元\n", deals=table)
    assert history.deals.amount.tolist() == [12.5]


def test_a_preset_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no preset 'salesforce-api'; did you mean 'salesforce_api'"):
        imported(tmp_path, "preset: salesforce-api\nevents: log.csv\n" + STAGES + HEAD, log="a\n")


def test_a_table_without_what_its_preset_needs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"events.to: log.csv has no column 'StageName'; did you mean 'Stage'"):
        imported(
            tmp_path,
            "preset: salesforce_api\nevents: log.csv\n" + STAGES + HEAD,
            log="OpportunityId,CreatedDate,Stage\n",
        )


def test_stated_columns_and_conditions_overrule_a_preset(tmp_path: Path) -> None:
    text = "preset: salesforce_api\nevents: {file: log.csv, to: Phase, where: {is_deleted: ['true']}}\n"
    table = "OpportunityId,CreatedDate,Phase,is_deleted\n"
    table += "7,2026-01-05,A,true\n7,2026-01-09,B,true\n7,2026-01-09,B,false\n"
    history, report = imported(tmp_path, text + STAGES + HEAD, log=table)
    assert visits_of(history)[0] == WANTED[0]
    assert report.tables[0].left_out == {"where": 1}


def test_expected_dates_that_closing_overwrites_are_taken_only_with_a_log(tmp_path: Path) -> None:
    log = "OpportunityId,CreatedDate,StageName,CloseDate\n7,2026-01-05,A,{}\n"
    log += "7,2026-01-09,B,2026-01-20\n7,2026-01-20,W,2026-01-20\n"
    deals = "Id,CreatedDate,StageName,CloseDate\n7,2026-01-05,W,2026-01-20\n"
    text = "preset: salesforce_api\nevents: log.csv\ndeals: deals.csv\n" + STAGES + HEAD
    history, report = imported(tmp_path, text, log=log.format("2026-01-20"), deals=deals)
    assert history.deals.expected_close.tolist() == [NEVER]
    assert "dates_overwritten" in {note.name for note in report.notes}
    history, report = imported(tmp_path, text, log=log.format("2026-03-31"), deals=deals)
    assert date_of(history.deals.expected_close[0]).isoformat() == "2026-01-20"
    early = history.known_at(int(history.deals.created[0]) + 1)
    assert date_of(early.deals.expected_close[0]).isoformat() == "2026-03-31"


def test_a_made_up_company_comes_back_from_its_salesforce_export(tmp_path: Path) -> None:
    funnel = straight([0.5, 0.4], [gamma(2, scale=12)] * 2, [gamma(2, scale=6)] * 2)
    company = Company(funnel, deals_per_day=4, n_days=200)
    wanted, _ = make(company, seed=3)
    write_salesforce(wanted, tmp_path)
    text = "preset: salesforce_api\nevents: OpportunityHistory.csv\ndeals: Opportunity.csv\n"
    text += f"stages: [{', '.join(wanted.stages)}]\nwon: [Closed Won]\nlost: [Closed Lost]\n"
    text += f"observed: {date_of(wanted.observed_from)}..{date_of(wanted.as_of - 1)}\n"
    found, report = imported(tmp_path, text + HEAD)
    for name, kind in (("deals", Deals), ("visits", Visits)):
        for field in fields(kind):
            if field.name not in {"reason", "expected_close"}:
                got, want = (getattr(getattr(one, name), field.name) for one in (found, wanted))
                np.testing.assert_array_equal(got, want, err_msg=f"{name}.{field.name}")
    assert (found.as_of, found.observed_from) == (wanted.as_of, wanted.observed_from)
    assert report.n_deals > 700


@pytest.mark.parametrize("source", ["file: log.csv", "files: [log.csv]", "files: l*.csv"])
def test_a_file_at_the_top_is_the_table_that_the_preset_knows(source: str, tmp_path: Path) -> None:
    text = f"preset: salesforce_api\n{source}\n" + STAGES + HEAD
    assert visits_of(imported(tmp_path, text, log=EVENTS["salesforce_api"])[0]) == WANTED
    text = f"events: {{deal: deal_id, at: changed_at, to: to_stage}}\n{source}\n" + STAGES + HEAD
    assert visits_of(imported(tmp_path, text, log=EVENTS["generic"])[0]) == WANTED
    with pytest.raises(InputError, match="which table is it"):
        imported(tmp_path, f"preset: generic\n{source}\n" + STAGES + HEAD)
