"""A stage with another conversion: what leads onward and what does not keep their proportions (model page, M2)."""

from __future__ import annotations

from dataclasses import replace

from funnelsim.model.funnel import Exit, Stage


def with_conversion(stage: Stage, is_onward: list[bool], conversion: float) -> Stage:
    """Return a stage with another conversion; its onward exits keep their proportions, and so do the others."""
    rest = max(1.0 - stage.never - conversion, 0.0)
    found: list[Exit] = []
    for onward, whole in ((True, conversion), (False, rest)):
        mine = [e for e, is_mine in zip(stage.exits, is_onward, strict=True) if is_mine == onward]
        total = sum(e.probability for e in mine)
        found += [
            replace(e, probability=whole * (e.probability / total if total > 0 else 1.0 / len(mine))) for e in mine
        ]
    order = {e.to: n for n, e in enumerate(stage.exits)}
    return replace(stage, exits=tuple(sorted(found, key=lambda e: order[e.to])))
