import csv
import json

import pytest

QUICK = ("--points", 16, "--gradient-trials", 500)


def test_tables_tell_ranges_swings_shares_and_slopes(cli, config):
    code, out, err = cli("sensitivity", config, *QUICK)
    assert (code, err) == (0, "")
    for word in (
        "One at a time",
        "All at once",
        "One point more",
        "chance of 150",
        "接洽: conversion",
        "×0.80",
        "default",
    ):
        assert word in out
    assert "Worked out exactly at 141 settings" in " ".join(out.split())


def test_json_prints_the_contract_and_nothing_else(cli, config):
    code, out, err = cli("sensitivity", config, *QUICK, "--json", "--range", "shock.rho=0:20%")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["schema"], told["engine"], told["points"]) == ("funnelsim.sensitivity/1", "exact", 16)
    rho = next(one for one in told["inputs"] if one["name"] == "shock.rho")
    assert (rho["low"], rho["high"], rho["range"]) == (0.0, 0.2, "stated")


def test_the_same_command_gives_the_same_bytes_on_any_threads(cli, config):
    options = ("--points", 4, "--gradient-trials", 1500, "--engine", "simulate", "--trials", 300, "--json")
    one, two = (cli("sensitivity", config, *options, "--threads", n) for n in (1, 2))
    assert one == two
    assert json.loads(one[1])["trials"] == 300


def test_chinese_tables_speak_chinese(cli, config):
    code, out, _ = cli("sensitivity", config, *QUICK, "--lang", "zh", "--of", "p10", "--shapley")
    assert code == 0
    assert "逐项变动：承诺值" in out
    assert "conversion" not in out


def test_a_folder_holds_pictures_figures_and_a_manifest(cli, config, tmp_path):
    out = tmp_path / "moved"
    code, _, _ = cli("sensitivity", config, *QUICK, "--out", out)
    assert code == 0
    names = {"tornado.svg", "tornado.png", "shares.svg", "shares.png", "sensitivity.json", "sensitivity.csv"}
    assert {path.name for path in out.iterdir()} == {*names, "manifest.json"}
    rows = list(csv.DictReader((out / "sensitivity.csv").open(encoding="utf-8-sig", newline="")))
    told = json.loads((out / "sensitivity.json").read_text("utf-8"))
    assert len(rows) == len(told["inputs"]) * len(told["outputs"])
    assert float(rows[0]["total"]) == told["sobol"]["total"]["value"][0][0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--range", "shock.rho"), "write INPUT=LOW:HIGH"),
        (("--range", "shock.rho=0:1:2"), "write INPUT=LOW:HIGH"),
        (("--range", "shock.rho=a:b"), "write INPUT=LOW:HIGH"),
        (("--range", "shock.ro=0:0.1"), "did you mean 'shock.rho'?"),
        (("--range", "realisation=0.9:0.8"), "0.9:0.8; give LOW:HIGH with 0 <= LOW < HIGH"),
        (("--of", "p11"), "no output 'p11'"),
        (("--points", "100"), "power of 2"),
    ],
)
def test_wrong_options_are_told_with_their_remedy(cli, config, options, said):
    code, out, err = cli("sensitivity", config, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
