def test_a_path_is_told_event_by_event_and_is_the_same_each_time(cli, config):
    asked = ("replay", config, "--trial", "3", "--deal", "接洽#1", "--seed", "0")
    code, out, err = cli(*asked)
    assert (code, err) == (0, "")
    assert "接洽#1, trial 3, seed 0" in out
    assert "接洽" in out.splitlines()[4]
    assert cli(*asked)[1] == out


def test_the_seed_of_the_config_holds_unless_another_is_given(cli, config):
    code, out, _ = cli("replay", config, "--trial", "0", "--deal", "报价#1")
    assert code == 0
    assert "seed 7" in out


def test_without_any_seed_the_replay_asks_for_one(cli, config):
    config.write_text(config.read_text().replace("seed: 7\n", ""))
    code, _, err = cli("replay", config, "--trial", "0", "--deal", "报价#1")
    assert code == 2
    assert "--seed" in err


def test_an_unknown_deal_is_an_input_error(cli, config):
    code, out, err = cli("replay", config, "--trial", "0", "--deal", "nobody")
    assert (code, out) == (2, "")
    assert "nobody" in err
