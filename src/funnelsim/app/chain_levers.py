"""Levers of the communication that stages hang on: what each hop keeps, and what is done to lose less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from funnelsim.app.lever import Lever, percent, plain, points
from funnelsim.config import paths
from funnelsim.config.figures import probability, yes_or_no
from funnelsim.config.laws import mean_of
from funnelsim.model.case import Case

Tree = dict[str, Any]
MOST_REPEATS = 5


def chain_levers(tree: Tree, case: Case) -> Iterator[Lever]:
    """Yield the levers of each hop; none of a chain on which no stage hangs, as it moves no forecast."""
    if case.communication is None or not case.communication.stages:
        return
    bases = [100.0 * (mean_of(hop.keeps) or 0.0) for hop in case.communication.hops]
    for hop, base in zip(tree["communication"]["hops"], bases, strict=True):
        yield from _of_hop(str(hop["name"]), hop, base)


def _of_hop(name: str, hop: Tree, base: float) -> Iterator[Lever]:
    section = "lever_chain"
    if "keeps" in hop:
        path = _path(name, "keeps")
        how = points(path, base) if isinstance(hop["keeps"], dict) else percent(path)
        yield Lever(path, section, "lever_keeps", name, "percent", base, 0.0, 100.0, 0.5, how)
    remedy = hop.get("remedy") or {}
    repeats, written = remedy.get("repeat_backs") or 0, remedy.get("written") or 0
    path = _path(name, "remedy", "repeat_backs", *(["times"] if isinstance(repeats, dict) else []))
    times = int(repeats["times"] if isinstance(repeats, dict) else repeats)
    yield Lever(path, section, "lever_repeats", name, "whole", times, 0, max(MOST_REPEATS, times), 1, plain(path))
    path = _path(name, "remedy", "written", *(["keeps"] if isinstance(written, dict) else []))
    kept = 100.0 * probability(written["keeps"] if isinstance(written, dict) else written)
    yield Lever(path, section, "lever_written", name, "percent", kept, 0.0, 100.0, 0.5, percent(path))
    path = _path(name, "remedy", "removed")
    yield Lever(path, section, "lever_removed", name, "switch", _is_yes(remedy.get("removed")), 0, 1, 1, plain(path))


def _is_yes(raw: Any) -> bool:
    return raw is not None and yes_or_no(raw)


def _path(hop: str, *rest: str) -> str:
    return paths.join(("communication", "hops", hop, *rest))
