"""The shared data sets are imported where they lie, and hold the rows that their description states."""

from __future__ import annotations

from pathlib import Path

import pytest
from history_files import defects_of

from funnelsim.config.history import load_history
from funnelsim.history.findings import ImportReport
from funnelsim.history.record import History

EUR = "currency: EUR\nunit: 1\n"
LOANS = """
visits:
  {file: "${FUNNELSIM_DATA}/loans/visits.csv.gz",
   deal: deal_id, stage: stage, entered: entered, exit: exit, left: left}
deals: {file: "${FUNNELSIM_DATA}/loans/deals.csv.gz", id: deal_id, created: created, amount: amount}
stages: [SUBMITTED, PREACCEPTED, ACCEPTED, OFFER_SENT, DOCS_BACK]
won: [WON]
lost: [DECLINED, CANCELLED]
open: [OPEN]
"""
PAYMENTS = """
visits:
  {file: "${FUNNELSIM_DATA}/payments/visits.csv.gz",
   deal: deal_id, stage: stage, entered: entered, exit: exit, left: left}
deals: {file: "${FUNNELSIM_DATA}/payments/deals.csv.gz", id: deal_id, created: created, amount: amount}
stages: [SUBMITTED, APPROVED, REQUESTED]
won: [PAID]
lost: [REJECTED]
"""
REQUESTS = """
milestones:
  file: ${FUNNELSIM_DATA}/payments/requests.csv.gz
  id: request_id
  columns: {SUBMITTED: submitted, APPROVED: final_approved, REQUESTED: payment_requested, PAID: payment_handled}
deals: {file: "${FUNNELSIM_DATA}/payments/requests.csv.gz", id: request_id, amount: amount}
stages: [SUBMITTED, APPROVED, REQUESTED]
won: [PAID]
"""
CITY = """
deals:
  file: ${FUNNELSIM_DATA}/hotel/city_deals.csv.gz
  id: deal_id
  created: created
  closed: closed
  outcome: outcome
  amount: amount
  expected_close: expected_close
  segment: segment
observed: 2015-07-01..2017-08-31
"""
MAVEN = """
deals:
  file: ${FUNNELSIM_DATA}/crm/maven/sales_pipeline.csv.gz
  id: opportunity_id
  created: engage_date
  closed: close_date
  outcome: deal_stage
  amount: close_value
  owner: sales_agent
  segment: product
  date_format: "%d-%m-%y"
stages: [in progress]
won: [Won]
lost: [Lost]
open: [Engaging, Prospecting]
"""
SALESFORCE = """
preset: dbt_salesforce
events: {file: "${FUNNELSIM_DATA}/crm/salesforce/sf_opportunity_history_data.csv", where: {is_deleted: ['true']}}
deals: {file: "${FUNNELSIM_DATA}/crm/salesforce/sf_opportunity_data.csv", where: {is_deleted: ['true']}}
stages: [9RN9J3tlxr89gDctReax5w==]
won: [GavUFuuf4DrnQAoiRGlWpQ==]
lost: [tXi3M8u3iPxq0ggxTSxMKw==]
"""
HUBSPOT = """
preset: fivetran_hubspot
events: ${FUNNELSIM_DATA}/crm/hubspot/deal_stage_data.csv
stages: [f66ca9bc5a02c2f1513ce83f0a0e117d, 09a969da1d61b38bd3746f0f49c1475a]
won: [6e81db225a3757a3fc20cc9b1b3d9e1b]
"""
HUBSPOT_DEALS = """
preset: fivetran_hubspot
deals: ${FUNNELSIM_DATA}/crm/hubspot/deal_data.csv
"""


@pytest.fixture
def load(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FUNNELSIM_DATA", str(shared_data))

    def load(text: str) -> tuple[History, ImportReport]:
        place = tmp_path / "history.yaml"
        place.write_text(text + EUR, encoding="utf-8")
        return load_history(place)

    return load


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.n_deals, report.n_visits, report.n_won, report.n_lost, report.n_open


def test_loan_applications(load) -> None:
    history, report = load(LOANS)
    assert counts(report) == (7455, 19176, 1336, 6119, 0)  # no case is open at the end
    assert report.exits["CANCELLED"] + report.exits["DECLINED"] == 6119
    assert history.deals.created.max() < history.as_of
    assert report.defects == ()
    assert [table.rows for table in report.tables] == [19176, 7455]


def test_payment_requests(load) -> None:
    history, report = load(PAYMENTS)
    assert counts(report)[:2] == (6760, 19148)
    assert report.n_won + report.n_lost + report.n_open == 6760
    assert round(history.deals.amount.max()) == 982874
    assert {"zero_length"} <= set(defects_of(report))


def test_the_raw_milestones_of_payment_requests(load) -> None:
    _, report = load(REQUESTS)
    assert report.tables[1].rows == 6760
    # 573 have no end; the 72 that were never submitted never came further either
    assert report.n_won == 6760 - 573
    assert defects_of(report)["deals_without_visits"] == (72, "dropped")
    assert report.n_deals == 6760 - 72


def test_hotel_bookings(load) -> None:
    history, report = load(CITY)
    assert report.n_deals == report.n_visits == 79330
    assert report.n_open == 0
    assert len(set(history.deals.segment)) > 3
    assert report.shape == "deals"
    assert (report.first.isoformat(), report.last.isoformat()) == ("2015-07-01", "2017-08-31")


def test_sales_opportunities(load) -> None:
    _, report = load(MAVEN)
    assert report.tables[0].rows == 8800
    assert (report.n_won, report.n_lost) == (4238, 2473)
    assert defects_of(report)["no_created"] == (500, "dropped")  # prospects have no date at all
    assert report.n_open == 1589


def test_the_columns_of_a_salesforce_warehouse(load) -> None:
    _, report = load(SALESFORCE)
    assert [table.rows for table in report.tables] == [10, 10]
    assert counts(report)[0] == 10
    assert (report.n_won, report.n_lost, report.n_open) == (5, 4, 1)
    assert defects_of(report)["first_seen_closed"] == (9, "kept")  # one row a deal: its last state


def test_the_columns_of_a_hubspot_warehouse(load) -> None:
    _, report = load(HUBSPOT)
    assert (report.tables[0].rows, report.n_deals, report.n_visits, report.n_won) == (14, 14, 13, 1)
    _, report = load(HUBSPOT_DEALS)
    assert (report.tables[0].rows, report.n_deals, report.n_open) == (44, 44, 44)
