"""The first config: every guess marked, nothing about money or dates guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from funnelsim.config import load, starter
from funnelsim.errors import InputError

SALESFORCE = """\
Opportunity ID,Stage Name,Amount,Created Date,Last Stage Change Date,Close Date,Owner Name,Lead Source
006A,Prospecting,5,2026-01-05,2026-02-05,2026-12-01,Li,Web
006B,Closed Won,5,2026-01-05,2026-02-05,2026-03-01,Li,Web
006C,Negotiation/Review,5,2026-01-05,2026-02-05,2026-12-01,Li,Web
"""
HUBSPOT = """\
Record ID,Deal Name,Deal Stage,Amount,Create Date,Close Date,Deal owner
1,x,Appointment Scheduled,5,2026-01-05 10:00,2026-12-01 10:00,Li
"""
CHINESE = """\
商机编号,商机名称,销售阶段,预计金额(万元),负责人,创建时间,预计成交日期
1,甲,初步接洽,50,李雷,2026/1/5,2026/12/1
2,乙,赢单,50,李雷,2026/1/5,2026/3/1
"""


def text_for(folder: Path, csv: str, encoding: str = "utf-8") -> str:
    path = folder / "deals.csv"
    path.write_bytes(csv.encode(encoding))
    return starter(path)


def refused(folder: Path, text: str) -> list[str]:
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder / "case.yaml")
    return [problem.message for problem in caught.value.problems]


def test_a_starter_is_refused_until_every_value_is_confirmed(tmp_path: Path) -> None:
    for csv in ("", SALESFORCE, HUBSPOT, CHINESE):
        text = text_for(tmp_path, csv) if csv else starter()
        found = refused(tmp_path, text)
        assert found
        assert all("confirm this value" in message for message in found), found
        assert {"currency: CONFIRM", "unit: CONFIRM", "as_of: CONFIRM"} <= {
            line.split("  ")[0] for line in text.splitlines()
        }


def test_a_confirmed_starter_runs(tmp_path: Path) -> None:
    text = starter().replace("currency: CONFIRM", "currency: CNY").replace("unit: CONFIRM", "unit: 万元")
    text = text.replace("as_of: CONFIRM", "as_of: 2026-10-01").replace("timezone: CONFIRM", "timezone: UTC")
    text = text.replace("win_rate: CONFIRM", "win_rate: 50%").replace("amount: CONFIRM", "amount: 5")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert len(load(tmp_path / "case.yaml").pipeline) == 17


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        (
            SALESFORCE,
            {
                *("id: Opportunity ID", "stage: Stage Name", "amount: Amount", "created: Created Date"),
                *("entered: Last Stage Change Date", "owner: Owner Name", "source: Lead Source"),
            },
        ),
        (HUBSPOT, {"id: Record ID", "stage: Deal Stage", "amount: Amount", "owner: Deal owner"}),
        (
            CHINESE,
            {
                *("id: 商机编号", "stage: 销售阶段", 'amount: "预计金额(万元)"', "owner: 负责人"),
                *("created: 创建时间", "expected_close: 预计成交日期"),
            },
        ),
    ],
)
def test_columns_are_guessed_and_every_guess_is_marked(tmp_path: Path, csv: str, expected: set[str]) -> None:
    lines = [line.strip() for line in text_for(tmp_path, csv).splitlines()]
    assert expected <= {line.removesuffix("   # CONFIRM") for line in lines if line.endswith("# CONFIRM")}


def test_stages_are_those_found_and_ended_ones_are_left_out(tmp_path: Path) -> None:
    text = text_for(tmp_path, SALESFORCE)
    assert re.findall(r"- \{name: (.*?), win_rate", text) == ["Prospecting", '"Negotiation/Review"']
    assert 'where: {stage: [Prospecting, "Negotiation/Review"]}   # CONFIRM: leaves out Closed Won' in text


def test_the_form_of_odd_dates_is_asked_for(tmp_path: Path) -> None:
    assert "date_format" not in text_for(tmp_path, SALESFORCE)
    assert "date_format: CONFIRM" in text_for(tmp_path, CHINESE)


def test_a_unit_in_a_header_is_a_hint_and_not_a_guess(tmp_path: Path) -> None:
    text = text_for(tmp_path, CHINESE, "gb18030")
    assert "the amount's header says 万元" in text
    assert "unit: CONFIRM" in text
