import json

import pytest


def test_processes_print_the_forecast_that_threads_print(cli, config):
    here = cli("run", config, "--json", "--trials", 3000, "--threads", 1)
    there = cli("run", config, "--json", "--trials", 3000, "--on", "processes", "--workers", 2)
    assert here == there
    assert json.loads(there[1])["trials"] == 3000
    assert cli("run", config, "--json", "--trials", 3000, "--seed", 8)[1] != there[1]  # the negative control


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--workers", 2), "--workers are processes; give --on processes or --on dask with it, or --threads"),
        (("--on", "processes", "--threads", 2), "with --on processes give --workers"),
        (("--on", "dask", "--engine", "exact"), "--engine exact walks nothing that could be split"),
        (("--cluster", "tcp://127.0.0.1:1"), "give --on dask with it"),
        (("--on", "dask", "--cluster", "x", "--workers", 2), "leave --workers out"),
    ],
)
def test_workers_that_contradict_are_told(cli, config, words, told):
    code, _, err = cli("run", config, *words)
    assert code == 2
    assert told in " ".join(err.replace("│", " ").split())
