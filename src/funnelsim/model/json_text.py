"""JSON, the one way it is written: numbers that are none stand as null, since JSON knows no NaN and no Infinity."""

from __future__ import annotations

import json
from math import isfinite


def json_text(content: object, indent: int | None = None) -> str:
    """Return plain values as JSON text.

    Examples
    --------
    >>> json_text({"mean": float("nan"), "top": [float("inf"), 2.0], "名": "甲"})
    '{"mean": null, "top": [null, 2.0], "名": "甲"}'
    """
    return json.dumps(_finite(content), ensure_ascii=False, indent=indent, allow_nan=False)


def _finite(content: object) -> object:
    if isinstance(content, float):
        return content if isfinite(content) else None
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return content
