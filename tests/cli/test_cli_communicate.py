import json
from pathlib import Path

import pytest
from rich.cells import cell_len

CONFIGS = Path(__file__).parents[2] / "configs"
FUNNEL = CONFIGS / "communication_funnel.yaml"
COUPLED = CONFIGS / "communication_coupled.yaml"


def test_the_table_falls_from_100_to_80_60_40_and_20(cli):
    code, out, err = cli("communicate", FUNNEL)
    assert (code, err) == (0, "")
    shown = [line.split() for line in out.splitlines()]
    falls = [next(cell for cell in words[1:] if cell.endswith("%")) for words in shown if words[:1] == ["intended"]]
    falls += [words[3] for words in shown if len(words) > 3 and words[1].startswith("(") and words[2].endswith("%")]
    falls += [words[2] for words in shown if words[:1] == ["所懂"] and words[1].endswith("%")]
    assert falls == ["100.0%", "80.0%", "60.0%", "20.0%", "40.0%"]
    assert "\x1b" not in out
    assert max(map(cell_len, out.splitlines())) <= 120


def test_the_table_speaks_chinese(cli):
    _, out, _ = cli("communicate", FUNNEL, "--lang", "zh")
    for part in ("心里想的", "所剩比例", "逐项改进的效果", "去掉环节 所做", "九成把握"):
        assert part in out


def test_json_prints_the_contract_and_nothing_else(cli):
    code, out, err = cli("communicate", FUNNEL, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert out == json.dumps(told, ensure_ascii=False) + "\n"
    assert told["schema"] == "funnelsim.communication/1"
    assert [round(arrival["reaches"], 9) for arrival in told["arrivals"]] == [1, 0.8, 0.6, 0.4, 0.2]
    assert told["provenance"]["config"] == "communication_funnel.yaml"


def test_options_reach_the_answer(cli):
    def told(*options):
        code, out, err = cli("communicate", FUNNEL, "--json", *options)
        assert code == 0, err
        return json.loads(out)

    assert told("--items", "7")["items"] == 7
    assert told("--scenario", "write it down")["arrivals"][2]["keeps"] == pytest.approx(0.95)
    assert told("--set", "communication.hops.所说.reaches=90%")["arrivals"][1]["reaches"] == pytest.approx(0.9)


def test_the_chain_of_a_whole_case_is_told_too(cli):
    code, out, err = cli("communicate", COUPLED)
    assert (code, err) == (0, "")
    for part in ("as it is told today", "in time", "said back ×1", "written brief", "numerical errors"):
        assert part in out


def test_a_chain_alone_is_checked_and_no_forecast(cli):
    code, out, _ = cli("validate", FUNNEL)
    assert (code, out) == (0, f"{FUNNEL}: ok, 4 hops and no funnel; see it with: funnelsim communicate {FUNNEL}\n")
    assert json.loads(cli("validate", FUNNEL, "--json")[1]) == {"ok": True, "hops": 4, "problems": []}
    code, out, err = cli("run", FUNNEL)
    assert (code, out) == (2, "")
    assert f"see it with `funnelsim communicate {FUNNEL}`, or state as_of" in err


def test_a_case_without_a_chain_is_refused(cli, config):
    code, out, err = cli("communicate", config)
    assert (code, out) == (2, "")
    assert "states no `communication`; state its hops" in err


@pytest.mark.parametrize("options", [["--items", "0"], ["--items", "1001"], ["--lang", "fr"]], ids=" ".join)
def test_options_that_make_no_sense_are_refused(cli, options):
    code, out, err = cli("communicate", FUNNEL, *options)
    assert (code, out) == (2, "")
    assert "Error" in err


def test_a_folder_is_written_whole_and_the_same_again(cli, tmp_path):
    for name in ("one", "two"):
        code, _, err = cli("communicate", COUPLED, "--out", tmp_path / name)
        assert (code, err) == (0, f"{tmp_path / name}: written\n")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert set(one) == {"communication.json", "hops.csv", "chain.svg", "chain.png", "manifest.json"}
    assert {name for name in one if one[name] != two[name]} <= {"manifest.json"}
    manifest = json.loads(one["manifest.json"])
    assert set(manifest["files"]) == set(one) - {"manifest.json"}
    # a folder of ours is replaced, one of somebody else is not
    assert cli("communicate", FUNNEL, "--out", tmp_path / "one")[0] == 0
    (tmp_path / "one" / "notes.txt").write_text("keep")
    assert cli("communicate", FUNNEL, "--out", tmp_path / "one")[0] == 1


def test_names_of_hops_cannot_command_a_terminal_or_a_spreadsheet(cli, tmp_path):
    path = tmp_path / "hostile.yaml"
    path.write_text(
        'communication: {message: 3, hops: [{name: "=cmd\\e[31m", keeps: 50%}, {name: \'a,"b\', keeps: 50%}]}\n',
        "utf-8",
    )
    code, out, err = cli("communicate", path, "--out", tmp_path / "run")
    assert code == 0, err
    assert "\x1b" not in out
    rows = (tmp_path / "run" / "hops.csv").read_text("utf-8-sig").splitlines()
    assert rows[2].startswith("\"'=cmd")
    assert rows[3].startswith('"a,""b"')
