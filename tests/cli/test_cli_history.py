import json
import re
from pathlib import Path

import pytest

from funnelsim.report.published_schemas import PUBLISHED
from funnelsim.report.words import PHRASES

SOURCE = Path(__file__).parents[2] / "src" / "funnelsim" / "history"
YAML = """\
visits: {file: visits.csv, deal: deal, stage: stage, entered: entered, exit: exit, left: left}
deals: {file: deals.csv, id: id, created: created, amount: amount}
stages: [接洽, 报价]
won: [赢单]
lost: [输单]
currency: CNY
unit: 万元
"""
VISITS = """\
deal,stage,entered,exit,left
=HYPERLINK("x"),接洽,2026-01-05 10:00:00,报价,2026-01-09 10:00:00
=HYPERLINK("x"),报价,2026-01-09 10:00:00,赢单,2026-01-20 10:00:00
007,接洽,2026-01-06 10:00:00,输单,2026-01-12 10:00:00
8\x1b[31m,报价,2026-01-07 10:00:00,接洽,2026-01-09 10:00:00
8\x1b[31m,接洽,2026-01-09 10:00:00,,
""".replace('=HYPERLINK("x")', '"=HYPERLINK(""x"")"')
DEALS = 'id,created,amount\n"=HYPERLINK(""x"")",2026-01-05,10\n007,2026-01-06,20\n8\x1b[31m,2026-01-07,\n'


@pytest.fixture
def history(tmp_path):
    (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    path = tmp_path / "history.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def test_a_check_tells_rows_deals_stages_and_defects_in_either_language(cli, history):
    code, out, err = cli("history", "check", history)
    assert (code, err) == (0, "")
    for part in ("3 deals, 5 stays in stages; 1 won, 1 lost, 1 open", "moves back to an earlier stage", "taken as UTC"):
        assert part in out
    assert "\x1b" not in out
    code, out, _ = cli("history", "check", history, "--lang", "zh")
    assert code == 0
    for part in ("3 单，5 次阶段停留", "退回较早阶段", "商机无金额"):
        assert part in out


def test_the_report_as_json_names_its_schema_and_every_part(cli, history):
    code, out, _ = cli("history", "check", history, "--json")
    told = json.loads(out)
    PUBLISHED["history"].model_validate(told, strict=True)
    assert (code, told["schema"], told["shape"]) == (0, "funnelsim.history/1", "visits")
    assert told["tables"][0] == {"part": "visits", "source": "visits.csv", "rows": 5, "left_out": {}}
    assert told["deals"] == {"total": 3, "won": 1, "lost": 1, "open": 1}
    assert told["stages"] == {"接洽": 3, "报价": 2}
    assert told["exits"] == {"won": 1, "输单": 1, "open": 1}
    assert told["observed"] == {"from": "2026-01-05", "to": "2026-01-20"}
    assert (told["currency"], told["unit"], told["timezone"]) == ("CNY", "万元", "UTC")
    assert {d["name"]: d["examples"] for d in told["defects"]} == {
        "no_amount": ["8\x1b[31m"],
        "back_moves": ["8\x1b[31m"],
    }


def test_an_import_writes_what_reads_back(cli, history, tmp_path):
    out = tmp_path / "out"
    code, told, err = cli("history", "import", history, "--out", out)
    assert (code, err) == (0, f"{out}: written\n")
    assert "3 deals" in told
    assert sorted(path.name for path in out.iterdir()) == [
        *("deals.parquet", "history.yaml", "manifest.json", "report.json", "visits.parquet")
    ]
    again = json.loads(cli("history", "check", out / "history.yaml", "--json")[1])
    assert again["deals"] == {"total": 3, "won": 1, "lost": 1, "open": 1}
    first = json.loads((out / "report.json").read_text("utf-8"))
    assert first["stages"] == again["stages"]
    code, told, err = cli("history", "import", history, "--out", out, "--json")
    assert (code, json.loads(told)["schema"], err) == (0, "funnelsim.history/1", "")


def test_unknown_stages_stop_with_the_list_and_may_be_dropped(cli, history):
    visits = history.parent / "visits.csv"
    visits.write_text(VISITS.replace("8\x1b[31m,报价", "8,报价単").replace("8\x1b[31m", "8"), encoding="utf-8")
    code, out, err = cli("history", "check", history)
    assert (code, out) == (2, "")
    assert "visits.csv:5: visits: '报价単' (1 rows) is no stage and no outcome; did you mean '报价'?" in err
    code, out, _ = cli("history", "check", history, "--allow-unmapped", "--json")
    assert (code, json.loads(out)["tables"][0]["left_out"]) == (0, {"unmapped": 1, "no_deal": 1})


def test_nothing_is_written_where_something_else_is_or_the_history_is_wrong(cli, history, tmp_path):
    busy = tmp_path / "busy"
    busy.mkdir()
    (busy / "mine.txt").write_text("x", encoding="utf-8")
    code, out, err = cli("history", "import", history, "--out", busy)
    assert (code, out) == (1, "")
    assert "holds no run of funnelsim" in err
    history.write_text(YAML.replace("unit: 万元\n", ""), encoding="utf-8")
    code, out, err = cli("history", "import", history, "--out", tmp_path / "new")
    assert (code, out) == (2, "")
    assert "no `unit`; state it" in err
    assert not (tmp_path / "new").exists()


def test_everything_an_import_can_find_has_its_words():
    told = " ".join(path.read_text("utf-8") for path in SOURCE.glob("*.py"))
    defects = set(re.findall(r'findings\.(?:mark|tell)\(\s*"(\w+)"', told)) | {"amount_changes", "date_changes"}
    notes = set(re.findall(r'findings\.note\(\s*"(\w+)"', told))
    reasons = set(re.findall(r'(?:count_out\(frame, |leave_out\()"(\w+)"', told)) | {"unmapped", "no_stage", "no_date"}
    assert len(defects) > 30
    for kind, names in (("defect", defects), ("note", notes), ("left", reasons)):
        assert {name for name in names if f"{kind}_{name}" not in PHRASES} == set()
