"""Findings of method on a terminal: what, where, why it misleads, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from funnelsim.model.finding import Fact, Finding
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import percent, plain
from funnelsim.report.terminal import new_console
from funnelsim.report.words import Words

_SHARES = frozenset({"share", "chance", "rate", "rate_next"})
PARTS = ("what", "why", "do")


def print_findings(
    file: str, findings: Iterable[Finding], n_rules: int, say: Words, *, is_whole: bool, console: Console | None = None
) -> None:
    """Print the findings of one file; `is_whole` tells whether every rule could look."""
    console, found = console or new_console(), tuple(findings)
    name = one_line(file)
    title = say("lint_title", file=name, n=len(found)) if found else say("lint_clean", file=name, n=n_rules)
    console.print(Text(title, style="bold"))
    for finding in found:
        for indent, text, style in _lines(finding, say):
            console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))
    if not is_whole:
        console.print(Text(say("lint_waits")))


def sentences_of(finding: Finding, say: Words) -> dict[str, str]:
    """Return what was found, why it misleads and what to do, in words.

    Examples
    --------
    >>> sentences_of(Finding("thin_evidence", (), {"stage": "demo", "n": 12}), Words("en"))["what"]
    'the rate of demo rests on 12 deals'
    """
    shown = {name: _shown(name, fact) for name, fact in finding.facts.items()}
    return {part: say(f"lint_{finding.rule}_{part}", **{"": "", **shown}) for part in PARTS}


def _lines(finding: Finding, say: Words) -> Iterator[tuple[int, str, str]]:
    told = sentences_of(finding, say)
    yield 0, "", ""
    yield 2, f"{one_line(finding.place)}  {finding.rule}", "bold"
    yield 4, told["what"], ""
    yield 4, say("lint_why", text=told["why"]), "dim"
    yield 4, say("lint_do", text=told["do"]), ""


def _shown(name: str, fact: Fact) -> str:
    if isinstance(fact, str):
        return one_line(fact, 60)
    return percent(fact) if name in _SHARES else plain(round(fact, 1) if fact >= 10 else fact)
