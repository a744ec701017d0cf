"""Decisions speak Chinese throughout: on a case with Chinese names no Latin word is left but names of the program."""

from __future__ import annotations

import re

import pytest

CASE = """\
case: 华东
currency: CNY
unit: 万元
as_of: {as_of}
timezone: Asia/Shanghai
horizon: {{periods: 2, of: quarter}}
stages:
  - {{name: 接洽, win_rate: 25%, stay: {{median: 20 d, p90: 60 d}}, cost_per_point: 3}}
  - {{name: 报价, win_rate: 50%, stay: {{median: 20 d, p90: 60 d}}, cost_per_point: 2}}
{more}
pipeline:
  - {{stage: 接洽, deals: {n}, amount: 50, age: 3 d, owner: 李}}
  - {{stage: 报价, deals: 4, amount: 50, age: 3 d, owner: 王}}
targets: [150]
scenarios: {{更好: {{stages.报价.conversion: +5 points}}}}
trials: 200
seed: 7
"""
BELIEVED = "beliefs: {stages.报价.win_rate: {beta: {evidence: 30}}}\nshock: {rho: 5%}"
# no exact law, no gradient
RETURNING = """\
sources: [{name: 官网, enters: 接洽, rate: 2 per month, amount: {median: 40, p90: 80}}]
referral: {leads: 0.2, after: {median: 20 d, p90: 40 d}, enters: 接洽}"""
# units, paths of a config, options, formats and rules: what is typed, and not said
TYPED = (
    r"CNY|SHA-256|Asia/Shanghai|P\d+|stages\.\S+|sources\.\S+|--[a-z-]+|funnelsim( pipeline)?|[\w./-]+\.yaml|"
    r"[a-z]+_[a-z_]+|`[^`]*`|\b[0-9a-f]{12}\b"
)
ASKED = {
    "compare": ("believed",),
    "sensitivity": ("believed", "--points", "2", "--trials", "20", "--gradient-trials", "200"),
    "sensitivity of what is simulated": ("returning", "--points", "2", "--trials", "20"),
    "layers": ("believed",),
    "value": ("believed", "--trials", "5000"),
    "lint": ("believed",),
    "deals": ("returning",),
    "act": ("returning", "--budget", "10"),
    "goal": ("returning", "--wins", "3", "--chance", "50%", "--solve", "prospects:接洽"),
    "stress": ("returning", "--no-reverse"),
    "stress with the mildest change": ("plain",),
}


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    """Return the paths of cases by name."""
    room = tmp_path_factory.mktemp("zh")
    found = {}
    for name, more in (("plain", ""), ("believed", BELIEVED), ("returning", RETURNING)):
        found[name] = room / f"{name}.yaml"
        found[name].write_text(CASE.format(as_of="2026-10-01", n=8, more=more), encoding="utf-8")
    return found


def left_over(text, *paths):
    """Return the Latin words of a text that are no part of what is typed."""
    for path in paths:
        text = text.replace(str(path), "")
    return re.findall(r"[A-Za-z]{2,}", re.sub(TYPED, "", text))


@pytest.mark.parametrize("asked", ASKED)
def test_no_english_is_left_in_a_decision(cli, configs, asked):
    name, *options = ASKED[asked]
    code, out, err = cli(asked.split()[0], configs[name], *options, "--lang", "zh")
    assert (code in {0, 1}, err) == (True, "")
    assert left_over(out, configs[name]) == []


def test_no_english_is_left_where_a_change_is_explained(cli, configs, tmp_path):
    later = tmp_path / "later.yaml"
    later.write_text(CASE.format(as_of="2026-10-10", n=7, more=""), encoding="utf-8")
    for config, folder in ((configs["plain"], "a"), (later, "b")):
        assert cli("run", config, "--out", tmp_path / folder)[0] == 0
    code, out, _ = cli("explain", tmp_path / "a", tmp_path / "b", "--lang", "zh")
    assert code == 0
    assert "--history" in out  # which deals were won cannot be told from two runs, and what can is said
    assert left_over(out) == []


def test_english_is_seen_where_it_is():
    assert left_over("改用模拟：the exact engine does not answer", "") != []
