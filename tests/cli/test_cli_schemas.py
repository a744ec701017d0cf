"""Every command that offers --json publishes the schema of what it prints, and prints what the schema says."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from funnelsim.cli import commands
from funnelsim.report.published_schemas import PUBLISHED

CONFIGS = Path(__file__).parents[2] / "configs"
# what a sweep prints; under `sweep` the schema of its own config is published
TOLD = {"sweep": "sweep-told"}
SOLVED = ("goal", "small", "--wins", "3", "--chance", "50%", "--solve", "prospects:接洽")


def offering(group: click.Group) -> set[str]:
    """Return the commands of a group that offer --json, a group of its own by its own name."""
    found = set()
    for name, command in group.commands.items():
        inside = isinstance(command, click.Group) and offering(command)
        if inside or any("--json" in option.opts for option in command.params):
            found.add(name)
    return found


def test_every_command_with_json_publishes_its_schema():
    assert {TOLD.get(name, name) for name in offering(commands)} == set(PUBLISHED)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "small", "--trials", "50"),
        ("validate", "small"),
        ("pipeline", "small", "--trials", "50"),
        SOLVED,
        ("opinions", "consultative_sales.yaml", "--trials", "50"),
        ("roles", "people_not_things.yaml", "--trials", "50"),
        ("capacity", "capacity_team.yaml", "--trials", "20", "--people", "2:3"),
        ("communicate", "communication_order.yaml"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_printed_keeps_the_schema(cli, config, words):
    name, case, *options = words
    code, out, err = cli(name, config if case == "small" else CONFIGS / case, *options, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    PUBLISHED[name].model_validate(told, strict=True)
    del told[next(iter(told))]
    with pytest.raises(ValueError, match="Field required"):
        PUBLISHED[name].model_validate(told)
