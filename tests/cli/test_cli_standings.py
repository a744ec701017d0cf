import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from funnelsim.report.decision_contracts import DECISION_CONTRACTS


@pytest.fixture
def history(tmp_path):
    sys.path.append(str(Path(__file__).parents[1] / "backtest"))
    from backtest_cases import company, write_history

    past = company()
    rng = np.random.default_rng(1)
    owner = rng.choice(np.array(["李", "王", "赵"], object), len(past.deals))
    source = rng.choice(np.array(["web", "fair"], object), len(past.deals))
    return write_history(replace(past, deals=replace(past.deals, owner=owner, source=source)), tmp_path / "past")


def test_people_are_printed_in_either_language(cli, history):
    code, out, err = cli("people", history)
    assert (code, err) == (0, "")
    for part in ("owner by win rate", "李", "8 chances in 10", "rank", "is luck of few deals"):
        assert part in out
    code, out, _ = cli(
        "people", history, "--by", "source", "--cost", "web=30", "--cost", "fair=200", "--lang", "zh", "--most", 1
    )
    assert code == 0
    for part in ("按来源比较赢率", "每赢单成本", "另有 1 项"):
        assert part in out


def test_the_folder_holds_picture_figures_and_manifest(cli, history, tmp_path):
    out = tmp_path / "out"
    code, _, err = cli("people", history, "--out", out, "--lang", "zh")
    assert (code, err) == (0, f"{out}: written\n")
    names = {"people.json", "people.png", "people.svg"}
    assert {path.name for path in out.iterdir()} == names | {"manifest.json"}
    assert set(json.loads((out / "manifest.json").read_text("utf-8"))["files"]) == names
    assert (out / "people.png").read_bytes().startswith(b"\x89PNG")


def test_people_as_json_names_its_schema_and_every_share(cli, history):
    code, out, _ = cli("people", history, "--json", "--within", "30d", "--seed", 3, "--allow-unmapped")
    told = json.loads(out)
    DECISION_CONTRACTS["people"].model_validate(told, strict=True)
    assert (code, told["schema"], told["by"], told["within_days"]) == (0, "funnelsim.people/1", "owner", 30)
    assert sum(told["shares"][name] for name in ("luck", "mix", "skill")) == pytest.approx(1.0)
    assert {one["name"] for one in told["standings"]} == {"李", "王", "赵"}
    # nobody was any better than the others
    assert told["shares"]["skill_p10_to_p90"][0] < 0.2
    assert max(max(row) for row in told["better"]) < 0.99
    again = cli("people", history, "--json", "--within", "30d", "--seed", 3, "--allow-unmapped")[1]
    assert again == out


def test_what_is_asked_wrongly_is_refused(cli, history):
    for options, told in (
        (("--by", "segment"), "names its segment; import a column as segment"),
        (("--cost", "李"), "write NAME=COST"),
        (("--cost", "孙=3"), "no deal has the owner '孙'"),
        (("--within", "soon"), "soon"),
    ):
        code, out, err = cli("people", history, *options)
        assert (code, out) == (2, "")
        assert told in err
