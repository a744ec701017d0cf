"""Dotted paths: ``stages.初步接洽.win_rate``; a part that holds a dot stands in double quotes."""

from __future__ import annotations

import re

from funnelsim.errors import InputError

_PART = re.compile(r'"([^"]*)"|([^."]+)')


def split(path: str) -> tuple[str, ...]:
    """Return the parts of a dotted path.

    Examples
    --------
    >>> split('stages."a.b".win_rate')
    ('stages', 'a.b', 'win_rate')
    """
    parts: list[str] = []
    at = 0
    while found := _PART.match(path, at):
        parts.append((found[1] if found[1] is not None else found[2]).strip())
        at = found.end() + 1
        if found.end() == len(path):
            return tuple(parts)
        if path[found.end()] != ".":
            break
    raise InputError.of(f"'{path}' is no path; write parts with dots between them, a part with a dot in double quotes")


def join(parts: tuple[str, ...]) -> str:
    """Return the dotted path of `parts`, with quotes where a part holds a dot."""
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def assignment(text: str) -> tuple[str, str]:
    """Return path and value of ``path=value``; an equals sign inside quotes belongs to the path."""
    found = re.match(r'((?:"[^"]*"|[^"=])+)=(.*)', text, re.DOTALL)
    if found is None:
        raise InputError.of(f"'{text}' is no setting; write path=value, such as stages.demo.win_rate=35%")
    return found[1].strip(), found[2].strip()
