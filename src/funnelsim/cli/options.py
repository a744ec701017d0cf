"""Options and arguments that several commands share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import click

LARGEST = 1e15

config_argument = click.argument("config", type=click.Path(path_type=Path))
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Override a key of the config, such as shock.rho=0.1; may be repeated.",
)
scenario_option = click.option("--scenario", metavar="NAME", help="Apply a scenario of the config.")
seed_option = click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed; 0 is a seed like any other.")


def cores() -> int:
    """Return how many cores this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Share(click.ParamType[float]):
    """A share written in per cent, such as 0.5%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share as a number between 0 and 1."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / 100 if text.endswith("%") else -1.0
        except ValueError:
            share = -1.0
        if not 0 < share < 1:
            self.fail(
                f"'{value}' is no share; write it in per cent, such as 0.5%, above 0% and below 100%",
                param,
                ctx,
            )
        return share


class Finite(click.ParamType[float]):
    """A finite number above 0."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1.0
        if not 0 < number < LARGEST:
            self.fail(f"'{value}' is no amount; write a number above 0 and below {LARGEST:g}", param, ctx)
        return number


class Length(click.ParamType[float]):
    """A length of time, such as 90s, 10m or 2h; in seconds."""

    name = "time"
    _SECONDS: ClassVar = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the length in seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h)\s*", str(value))
        if found is None:
            self.fail(
                f"'{value}' is no length of time; write seconds, minutes or hours, such as 90s, 10m or 2h", param, ctx
            )
        return float(found[1]) * self._SECONDS[found[2]]


def prices_of(texts: Sequence[str], form: str, example: str) -> dict[str, float]:
    """Return the costs that ``--cost NAME=COST`` states, each name once.

    Raises
    ------
    click.UsageError
        If one is no such text, its cost is not above 0 and finite, or a name stands twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, cost = (part.strip() for part in text.rpartition("="))
        try:
            price = float(cost)
        except ValueError:
            price = 0.0
        if not name or not 0 < price < LARGEST:
            raise click.UsageError(f"--cost '{text}': write {form} with a cost above 0, such as {example}")
        if name in found:
            raise click.UsageError(f"--cost names '{name}' twice; keep one")
        found[name] = price
    return found
