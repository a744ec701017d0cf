"""Changes to a config's tree: scenarios and ``--set path=value``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from funnelsim.config import figures, paths
from funnelsim.config.figures import Change
from funnelsim.config.laws import Sample
from funnelsim.config.reading import parse, plain
from funnelsim.config.restating import as_conversions, as_win_rates, is_stated_by
from funnelsim.errors import InputError, Path

_NOT_SCALED = {"law", "cv", "shape", "evidence", "weights", "file", "column"}
_CHANCES = {"win_rate", "conversion", "probability", "rho", "keeps", "reaches", "written", "adds"}
_RATE = re.compile(r"\s*(每\w\s*)?(\d[\d,]*(?:\.\d+)?)(\s*(?:per|a|an|/|每)\s*\w+)?\s*")  # 12 per month, 每月 12
_NAMED_LISTS = {("stages",): "stage", ("communication", "hops"): "hop", ("sources",): "source"}


@dataclass
class Changes:
    """A tree being changed: where each change came from, and what is to be said beside the results."""

    tree: dict[str, Any]
    sample: Sample
    marks: dict[Path, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def set(self, dotted: str, raw: Any, place: str) -> None:
        """Put a new value, ``+5 points`` or ``x1.2`` at a dotted path.

        Raises
        ------
        InputError
            If the path leads nowhere or the change does not fit what is there.
        """
        path = resolve(self.tree, paths.split(dotted))
        self._restate_for(path, dotted)
        made = _first_absent(self.tree, path)
        holder, key = _holder(self.tree, path)
        change = figures.change(raw)
        if change is None:
            _refuse_near_change(raw)
            holder[key] = raw
        else:
            if not _holds(holder, key):
                raise InputError.of(
                    f"nothing is stated at '{dotted}', so there is nothing to change; write a new value"
                )
            holder[key] = changed(holder[key], change, is_chance=_is_chance(path))
        self.marks[made or path] = place

    def _restate_for(self, path: Path, dotted: str) -> None:
        """Restate a linear funnel in the figure about to change, so that the others of its kind stay."""
        self._tell_of_baseline(path, dotted)
        if len(path) != 3 or path[0] != "stages" or path[2] not in {"win_rate", "conversion"}:
            return
        stages = self.tree.get("stages")
        if not isinstance(stages, list):
            raise InputError.of("the stages have problems of their own; mend those first")
        if any(isinstance(stage, dict) and "exits" in stage for stage in stages):
            raise InputError.of("this funnel states exits; change stages.NAME.exits.TARGET.probability")
        wanted, other = ("conversion", "win_rate") if path[2] == "conversion" else ("win_rate", "conversion")
        if not is_stated_by(stages, wanted):
            restate = as_conversions if wanted == "conversion" else as_win_rates
            restate(self.tree, self.marks, self.sample)
        kept = other.replace("_", " ")
        note = f"{dotted} is changed: the other {wanted.replace('_', ' ')}s are kept, and the {kept}s follow"
        if note not in self.notes:
            self.notes.append(note)

    def _tell_of_baseline(self, path: Path, dotted: str) -> None:
        """Say that what a hop keeps is part of what the stages state."""
        chain = self.tree.get("communication")
        is_baseline = path[:2] == ("communication", "hops") and path[3:] and path[3] in {"keeps", "reaches"}
        if is_baseline and isinstance(chain, dict) and chain.get("stages"):
            why = "it is part of what stages state, so no stage moves on average; a remedy moves them"
            self.notes.append(f"{dotted} is changed: {why}")


def setting(text: str) -> tuple[str, Any]:
    """Return the path and the value of a ``path=value`` text; the value is read as YAML."""
    path, value = paths.assignment(text)
    if not value:
        raise InputError.of(f"'{text}' sets nothing; write a value after the equals sign")
    if figures.change(value) is not None:
        return path, value
    try:
        return path, plain(parse(value, "value"))
    except InputError as error:
        raise InputError.of(error.problems[0].message) from None


def resolve(tree: dict[str, Any], parts: tuple[str, ...]) -> Path:
    """Return the path of a value in the tree: stages, hops and sources by name, other lists by number."""
    path: Path = ()
    node: Any = tree
    for n, part in enumerate(parts):
        step: str | int = part
        if isinstance(node, list):
            noun = _NAMED_LISTS.get(parts[:n])
            step = _named_index(node, part, noun) if noun else _index(node, part)
            node = node[step]
        else:
            node = node.get(part) if isinstance(node, dict) else None
        path = (*path, step)
    return path


def _named_index(items: list[Any], name: str, noun: str) -> int:
    names = [str(item.get("name")) if isinstance(item, dict) else "" for item in items]
    if name in names:
        return names.index(name)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"the {noun}s are {', '.join(names)}"
    raise InputError.of(f"no {noun} '{name}'; {hint} (put a name with a dot in double quotes)")


def _index(items: list[Any], part: str) -> int:
    if not part.isdecimal() or int(part) >= len(items):
        raise InputError.of(f"'{part}' is no item of a list of {len(items)}; count from 0")
    return int(part)


def _first_absent(tree: dict[str, Any], path: Path) -> Path:
    """Return the way to the first mapping that must be made, nothing if all are there."""
    node: Any = tree
    for n, part in enumerate(path):
        if not isinstance(node, dict | list) or not _holds(node, part):
            return path[: n + 1]
        node = node[part]  # type: ignore[index]
    return ()


def _holder(tree: dict[str, Any], path: Path) -> tuple[Any, str | int]:
    """Return the mapping or list that holds the value at `path`, made where it is absent, and its key."""
    node: Any = tree
    for part, following in pairwise(path):
        child = node[part] if _holds(node, part) else None
        if not isinstance(child, dict | list):
            # a bare exit or never is short for its probability
            keeps = child is not None and following in {"probability", "timeout", "stay"}
            child = {"probability": child} if keeps else {}
            node[part] = child
        node = child
    return node, path[-1]


def _holds(node: Any, key: str | int) -> bool:
    return key in node if isinstance(node, dict) else True


def _is_chance(path: Path) -> bool:
    return path[-1] in _CHANCES or (len(path) >= 2 and (path[-2] in {"exits", "by", "opinions"} or path[-1] == "never"))


def _refuse_near_change(raw: Any) -> None:
    if isinstance(raw, str) and (raw.startswith(("+", "x1", "x0", "×")) or raw.rstrip().endswith("points")):
        raise InputError.of(f"'{raw}' is no change; write +5 points, -3 points or x1.2")


def changed(raw: Any, change: Change, *, is_chance: bool) -> Any:
    """Return a figure or a law after a change."""
    if change.kind == "points":
        if not is_chance:
            raise InputError.of("points are added to a probability only; write a new value or x1.2")
        return _each_figure(raw, lambda value: _chance(figures.probability(value) + change.amount, value))
    if is_chance:
        return _each_figure(raw, lambda value: _chance(figures.probability(value) * change.amount, value))
    return _each_figure(raw, lambda value: _scaled(value, change.amount))


def _each_figure(raw: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(raw, dict):
        if isinstance(raw.get("empirical"), str) or "file" in raw:
            raise InputError.of("a sample in a file cannot be changed here; write a new law")
        if "won" in raw:
            raise InputError.of("what was learnt from counts cannot be changed here; write a new law")
        return {key: value if key in _NOT_SCALED else _each_figure(value, change) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_each_figure(value, change) for value in raw]
    return change(raw)


def _chance(value: float, before: Any) -> float:
    value = round(value, 15)
    if not 0 <= value <= 1:
        raise InputError.of(f"this takes {before} to {value:.4g}, outside 0..1; change it by less")
    return value


def _scaled(raw: Any, factor: float) -> Any:
    if isinstance(raw, bool) or raw is None:
        raise InputError.of(f"{figures.shown(raw)} is no figure; write a new value")
    if isinstance(raw, int | float):
        value = figures.number(raw) * factor
        return int(value) if isinstance(raw, int) and value.is_integer() else value
    if (found := _RATE.fullmatch(str(raw))) and (found[1] or found[3]):
        before, number, after = (part or "" for part in found.groups())
        return f"{before}{float(number.replace(',', '')) * factor!r}{after}"
    try:
        return f"{figures.duration(raw) * factor!r} d"
    except InputError:
        return figures.share(raw) * factor
