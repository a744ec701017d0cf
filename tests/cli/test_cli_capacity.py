import json

import pytest

CAPACITY = """\
sources: [{name: web, rate: 10 per month, amount: 40}]
capacity: {team: {people: 2, deals_each: 3}}
"""


@pytest.fixture
def team(config):
    config.write_text(config.read_text("utf-8") + CAPACITY, encoding="utf-8")
    return config


def test_the_table_tells_chance_work_and_waits_of_each_team(cli, team):
    code, out, err = cli("capacity", team, "--people", "1:4", "--trials", 500)
    assert (code, err) == (0, "")
    for word in ("people", "chance", "bookings, mean", "busy", "mean wait, days", "seed 7"):
        assert word in out
    assert "The smallest team that gives 150 万元 CNY a chance of 90%" in out


def test_json_prints_the_contract_and_nothing_else(cli, team):
    code, out, err = cli("capacity", team, "--people", "1,3", "--trials", 300, "--json", "--chance", "60%")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["schema"], told["asked"], told["trials"]) == ("funnelsim.capacity/1", 0.6, 300)
    assert [row["people"] for row in told["teams"]] == [1, 3]


def test_the_same_command_gives_the_same_bytes_on_any_threads(cli, team):
    one, two = (cli("capacity", team, "--people", "2:3", "--trials", 2100, "--json", "--threads", n) for n in (1, 2))
    assert one == two


def test_chinese_pages_speak_chinese(cli, team):
    code, out, _ = cli("capacity", team, "--people", "1:3:2", "--trials", 200, "--lang", "zh")
    assert code == 0
    assert "需要多少人" in out
    assert "平均等待（天）" in out


@pytest.mark.parametrize("sizes", ["2-12", "12:2", "a", "1:100000", "1,,2", "1:9:0:2"])
def test_sizes_that_cannot_be_read_are_refused(cli, team, sizes):
    code, out, err = cli("capacity", team, "--people", sizes)
    assert (code, out) == (2, "")
    assert "write 2:12" in err


def test_a_config_without_a_team_is_refused_with_a_remedy(cli, config):
    code, out, err = cli("capacity", config, "--people", "1:2")
    assert (code, out) == (2, "")
    assert "state capacity: {team: {people: 5, deals_each: 8}}" in err


def test_run_tells_who_is_how_busy(cli, team):
    code, out, _ = cli("run", team, "--trials", 300)
    assert code == 0
    assert "Who is how busy" in out
    told = json.loads(cli("run", team, "--trials", 300, "--json")[1])
    (station,) = told["waiting"]
    assert (station["kind"], station["slots"], station["standing"]) == ("team", 6, 12)
    assert any("6 more than the 6" in note for note in told["notes"])


def test_the_page_shows_the_waits_too(cli, team, tmp_path):
    code, _, _ = cli("run", team, "--trials", 200, "--out", tmp_path / "out", "--lang", "zh")
    assert code == 0
    assert "忙闲与等待" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["run", "--engine", "exact"], "wait for each other"),
        (["run", "--deals", "--trials", "50"], "move every deal behind it"),
        (["replay", "--trial", "0", "--deal", "接洽#1"], "all others in the trial"),
    ],
)
def test_what_a_capacity_cannot_be_asked_is_refused(cli, team, arguments, reason):
    command, *options = arguments
    code, out, err = cli(command, team, *options)
    assert (code, out) == (2, "")
    assert reason in err
