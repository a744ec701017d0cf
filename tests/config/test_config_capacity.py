"""The capacity section: read word by word, or refused with every problem at its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_cases import BARE, TIMED, write

from funnelsim.config import json_schema, load
from funnelsim.errors import InputError, Problem
from funnelsim.model.capacity import Capacity, Team

CONFIGS = Path(__file__).parents[2] / "configs"
OWNED = TIMED.replace("segment: east}", "segment: east, owner: 张伟}")


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load(write(folder, text))
    return caught.value.problems


def test_owners_stages_and_order_are_read(tmp_path: Path) -> None:
    text = OWNED + "capacity: {owners: {default: 8, 张伟: 5}, stages: {offer: 3}, order: value, open_deals: wait}\n"
    found = load(write(tmp_path, text)).capacity
    assert found == Capacity({"张伟": 5}, 8, None, {"offer": 3}, "value", "wait")


def test_a_team_is_read(tmp_path: Path) -> None:
    found = load(write(tmp_path, TIMED + "capacity: {team: {people: 6, deals_each: 8, queue: own}}\n")).capacity
    assert found == Capacity(team=Team(6, 8, "own"))


def test_without_the_section_nobody_waits(tmp_path: Path) -> None:
    assert load(write(tmp_path, TIMED)).capacity is None


@pytest.mark.parametrize(
    ("section", "path", "told"),
    [
        ("{}", "capacity", "no limit is stated"),
        ("{owners: {default: 0}}", "capacity.owners.default", "give 1 to"),
        ("{owners: {default: 2.5}}", "capacity.owners.default", "whole number"),
        ("{owners: {王芳: 5}}", "capacity.owners.王芳", "no deal has this owner; there are Li, 张伟"),
        ("{stages: {ofer: 3}}", "capacity.stages.ofer", "the stages are demo, offer"),
        ("{team: {people: 0, deals_each: 8}}", "capacity.team.people", "give 1 to"),
        ("{team: {people: 2}}", "capacity.team", "no `deals_each`"),
        ("{team: {people: 2, deals_each: 3, qeue: own}}", "capacity.team.qeue", "did you mean 'queue'"),
        ("{team: {people: 2, deals_each: 3}, owners: {default: 4}}", "capacity.team", "keep one"),
        ("{stages: {offer: 3}, order: last}", "capacity.order", "'first' or 'value'"),
        ("{stages: {offer: 3}, open_deals: no}", "capacity.open_deals", "'worked' or 'wait'"),
    ],
)
def test_a_wrong_section_is_told_at_its_place(tmp_path: Path, section: str, path: str, told: str) -> None:
    found = problems(tmp_path, OWNED + f"capacity: {section}\n")
    assert any(".".join(map(str, p.path)) == path and told in p.message for p in found), found


def test_a_deal_without_an_owner_cannot_wait_for_one(tmp_path: Path) -> None:
    text = TIMED + "sources: [{name: web, rate: 3 per month, amount: 5}]\ncapacity: {owners: {default: 3}}\n"
    (found,) = problems(tmp_path, text)
    assert "deal 'demo#1'" in found.message
    assert "the deals of source 'web'" in found.message


def test_where_no_stay_is_stated_nobody_waits(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, BARE + "capacity: {team: {people: 1, deals_each: 1}}\n")
    assert "state stays" in found.message


def test_what_waiting_would_make_ambiguous_is_refused(tmp_path: Path) -> None:
    team = "capacity: {team: {people: 1, deals_each: 1}}\n"
    for section, told in (
        ("shock: {rho: 5%, periods: {phi: 0.5}}\n", "depends on its day"),
        ("referral: {leads: 0.2, after: {mean: 30 d, cv: 1}}\n", "leave out referral"),
        ("loyalty: {renews: 50%, after: {fixed: 365 d}}\n", "leave out loyalty"),
    ):
        found = problems(tmp_path, TIMED + section + team)
        assert any(told in p.message for p in found), found


def test_the_schema_tells_the_section() -> None:
    told = json_schema()["$defs"]["CapacityForm"]["properties"]
    assert set(told) == {"owners", "team", "stages", "order", "open_deals"}


def test_the_ready_made_configs_are_sound() -> None:
    team, design = (load(CONFIGS / name) for name in ("capacity_team.yaml", "design_funnel.yaml"))
    assert team.capacity == Capacity(team=Team(6, 8))
    assert design.capacity == Capacity(stages={"筛选": 5, "优化": 3}, order="value")
    assert [stage.label for stage in design.funnel.stages] == ["collect", "screen", "condense", "refine"]
