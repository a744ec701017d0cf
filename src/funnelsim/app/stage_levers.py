"""Levers of the stages: win rates or conversions, stays, and on how many past deals a figure rests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from funnelsim.app.lever import Lever, Setting, factor, percent, plain, points
from funnelsim.config import paths
from funnelsim.model.case import Case
from funnelsim.model.law import Beta

Tree = dict[str, Any]
MOST_EVIDENCE = 1000
FEWEST, SLOWEST = 0.25, 4.0


def stage_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the levers of every stage, in order; none of fitted stages, whose figures are tables."""
    if case.fitted is not None:
        return
    stages: list[Tree] = tree["stages"]
    by_exits = any("exits" in stage for stage in stages)
    key = "win_rate" if all("win_rate" in stage for stage in stages) else "conversion"
    for i, stage in enumerate(stages):
        yield _of_exits(stage, case, i) if by_exits else _of_figure(stage, case, i, key)
    for stage in stages:
        yield from _stays(stage)


def evidence_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield a lever for every belief that rests on a number of past deals."""
    for belief in case.beliefs:
        subject = str(belief.about)
        if isinstance(belief.law, Beta) and (path := _path_of_evidence(tree, subject)):
            base = round(belief.law.evidence, 4)
            high = max(MOST_EVIDENCE, int(2 * base))
            yield Lever(
                path, "lever_evidence", "lever_past_deals", _named(subject), "whole", round(base), 1, high, 1,
                plain(path), rank=0,
            )  # fmt: skip


def _of_figure(stage: Tree, case: Case, i: int, key: str) -> Lever:
    name = str(stage["name"])
    base = 100.0 * (case.funnel.win_rates if key == "win_rate" else case.funnel.conversions)[i]
    path = _path(name, key)
    settings = points(path, base) if isinstance(stage.get(key), dict) else percent(path)
    return Lever(path, "lever_stages", key, name, "percent", base, 0.0, 100.0, 0.5, settings)


def _of_exits(stage: Tree, case: Case, i: int) -> Lever:
    """Return the lever of all onward exits together; the others share what is left as they did."""
    name, base = str(stage["name"]), 100.0 * case.funnel.conversions[i]
    ways = [str(target).strip() for target in stage["exits"]]
    onward = [way for way in ways if case.funnel.is_onward(i, way)]
    rest = [_path(name, "exits", way, "probability") for way in ways if way not in onward]
    if "never" in stage:
        rest.append(_path(name, "never", *(["probability"] if isinstance(stage["never"], dict) else [])))

    def settings(value: float) -> list[Setting]:
        up, down = value / base if base else 1.0, (100.0 - value) / (100.0 - base) if base < 100.0 else 1.0
        on = [_path(name, "exits", way, "probability") for way in onward]
        return [*((path, f"x{up:.15f}") for path in on), *((path, f"x{down:.15f}") for path in rest)]

    return Lever(
        _path(name, "exits"), "lever_stages", "conversion", name, "percent", base, 0.0, 100.0, 0.5, settings
    )  # fmt: skip


def _stays(stage: Tree) -> Iterator[Lever]:
    name, exits = str(stage["name"]), stage.get("exits") or {}
    ways = [_path(name, "stay")] if "stay" in stage else []
    timed = [str(to) for to, way in exits.items() if isinstance(way, dict) and "stay" in way]
    ways += [_path(name, "exits", to, "stay") for to in timed]
    own = [("stay", ways)] if ways else []
    if "stay_lost" in stage:
        own.append(("stay_lost", [_path(name, "stay_lost")]))
    for what, ways in own:
        yield Lever(
            ways[0], "lever_stays", what, name, "factor", 1.0, FEWEST, SLOWEST, 0.05, factor(*ways)
        )  # fmt: skip


def _path_of_evidence(tree: Tree, subject: str) -> str:
    """Return where the evidence of a belief stands: in `beliefs`, or in the law in place of the number."""
    beliefs = tree.get("beliefs") or {}
    for key, law in beliefs.items():
        if paths.split(str(key)) == paths.split(subject) and "evidence" in (law.get("beta") or {}):
            return paths.join(("beliefs", str(key), "beta", "evidence"))
    node: Any = tree
    for part in paths.split(subject):
        node = _child(node, part)
    inline = node.get("beta") if isinstance(node, dict) else None
    return f"{subject}.beta.evidence" if isinstance(inline, dict) and "evidence" in inline else ""


def _child(node: Any, part: str) -> Any:
    if isinstance(node, list):
        return next((one for one in node if isinstance(one, dict) and str(one.get("name")) == part), None)
    return node.get(part) if isinstance(node, dict) else None


def _named(subject: str) -> str:
    parts = paths.split(subject)
    return parts[1] if len(parts) > 1 and parts[0] == "stages" else subject


def _path(stage: str, *rest: str) -> str:
    return paths.join(("stages", stage, *rest))
