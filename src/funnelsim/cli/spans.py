"""How far to look, as the command line says it: `2 quarters`, `6 months`, `2 季度`."""

from __future__ import annotations

import re
from typing import Any

import click

from funnelsim.model.horizon import SPANS, Horizon

_SPAN = re.compile(r"\s*(\d{1,4})\s*(?:(week|month|quarter|year)s?|个?(周|月|季度?|年))\s*\Z")
_CHINESE = {"周": "week", "月": "month", "季": "quarter", "季度": "quarter", "年": "year"}


class HorizonOption(click.ParamType[Horizon]):
    """A number of calendar periods; the one that contains the day of the forecast counts as one."""

    name = "periods"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Horizon:
        """Return the horizon."""
        if isinstance(value, Horizon):
            return value
        found = _SPAN.match(str(value))
        n = int(found[1]) if found else 0
        if not found or not 1 <= n <= 1200:
            spans = ", ".join(f"{span}s" for span in SPANS)
            self.fail(f"'{value}' is no horizon; write a number of {spans}, such as 2 quarters", param, ctx)
        return Horizon(n, found[2] or _CHINESE[found[3]])  # type: ignore[arg-type]
