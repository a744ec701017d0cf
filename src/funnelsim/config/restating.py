"""A linear funnel stated by win rates, restated by conversions, and the other way round (model page, M2)."""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import Any

from funnelsim.config import figures
from funnelsim.config.beliefs import hoist
from funnelsim.config.laws import Sample
from funnelsim.errors import InputError, Path
from funnelsim.model.funnel import Step, conversions_of


def is_stated_by(stages: list[Any], key: str) -> bool:
    """Tell whether every stage states `key`."""
    return all(isinstance(stage, dict) and key in stage for stage in stages)


def as_conversions(tree: dict[str, Any], marks: dict[Path, str], sample: Sample) -> None:
    """Write conversions in place of win rates."""
    _write(tree["stages"], "conversion", _conversions(tree, marks, sample))


def as_win_rates(tree: dict[str, Any], marks: dict[Path, str], sample: Sample) -> None:
    """Write win rates in place of conversions."""
    conversions = _conversions(tree, marks, sample)
    win_rates = list(accumulate(reversed(conversions), mul))
    _write(tree["stages"], "win_rate", tuple(reversed(win_rates)))


def _conversions(tree: dict[str, Any], marks: dict[Path, str], sample: Sample) -> tuple[float, ...]:
    # laws in place of numbers become beliefs first: they speak of the figure as it was stated
    hoist(tree, marks, lambda path: marks.get(path, ""), sample)
    try:
        return conversions_of([_step(stage) for stage in tree["stages"]])
    except (InputError, AttributeError):
        raise InputError.of("the stages have problems of their own; mend those first") from None


def _step(stage: dict[str, Any]) -> Step:
    return Step(str(stage.get("name")), _figure(stage, "win_rate"), _figure(stage, "conversion"))


def _figure(stage: dict[str, Any], key: str) -> float | None:
    return figures.probability(stage[key]) if stage.get(key) is not None else None


def _write(stages: list[dict[str, Any]], key: str, values: tuple[float, ...]) -> None:
    for stage, value in zip(stages, values, strict=True):
        stage.pop("win_rate", None)
        stage.pop("conversion", None)
        stage[key] = value
