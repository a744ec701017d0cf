"""Days and lengths as the command line takes them: ``FROM:TO:STEP`` and ``30d``."""

from __future__ import annotations

import re
from datetime import date

from funnelsim.config.figures import day, duration
from funnelsim.errors import InputError, Problem


def origins(text: str) -> tuple[date, date, int]:
    """Return the first day, the last and the days between, of ``2025-01-06:2025-12-29:7d``.

    Raises
    ------
    InputError
        With everything that is wrong.

    Examples
    --------
    >>> origins("2025-01-06:2025-12-29:2w")
    (datetime.date(2025, 1, 6), datetime.date(2025, 12, 29), 14)
    """
    parts = text.split(":")
    if len(parts) != 3:
        raise InputError.of(f"found '{text}'; write FROM:TO:STEP, such as 2025-01-06:2025-12-29:7d", "origins")
    problems: list[Problem] = []
    found: list[date] = []
    step = 0
    for read in parts[:2]:
        try:
            found.append(day(read))
        except InputError as error:
            problems += [problem.under("origins") for problem in error.problems]
    try:
        step = whole_days(parts[2])
    except InputError as error:
        problems += [problem.under("origins") for problem in error.problems]
    if problems:
        raise InputError(problems)
    if found[1] < found[0]:
        raise InputError.of(f"{found[1]} is before {found[0]}; write FROM:TO:STEP", "origins")
    return found[0], found[1], step


def whole_days(text: str) -> int:
    """Return a number of whole days, 1 or more, of ``30d``, ``4 weeks``, ``30 天``; a number alone is days.

    Examples
    --------
    >>> whole_days("30d"), whole_days("2 weeks"), whole_days("7")
    (30, 14, 7)
    """
    days = float(text) if re.fullmatch(r"\s*\d{1,6}\s*", text) else duration(text)
    if days < 1 or days != int(days):
        raise InputError.of(f"'{text}' is no number of whole days, 1 or more; write it such as 30d or 4 weeks")
    return int(days)
