"""The workbench: one config held in memory, from which drafts become cases and files.

It reads what it was given and nothing else: no path that a config names is ever opened here.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

from funnelsim.app.deal_lines import lines_of, people_left
from funnelsim.app.draft import Draft
from funnelsim.app.lever import Lever
from funnelsim.app.levers import levers_of
from funnelsim.config.load import Loader, Wanted, load_kept
from funnelsim.config.reading import Files, document_in, scalars
from funnelsim.errors import InputError
from funnelsim.model.briefing import Briefing
from funnelsim.model.case import Case, Origin

DEALS = "deals"


class Workbench:
    """A config with all its files, ready for any draft.

    Parameters
    ----------
    origin : Origin
        With the bytes of the config and of every file it names.

    Raises
    ------
    InputError
        If the config is not sound as it stands.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        document = document_in(origin.content[origin.config], origin.config)
        self._loader = Loader(document, Files(Path(), keeps=True, kept=origin.content), origin.config)
        self._bases: dict[str, tuple[Case, dict[str, Any], dict[str, Lever]]] = {}
        self.base("")

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the config's scenarios."""
        return self._loader.scenarios

    @cached_property
    def seed(self) -> int:
        """Return the seed of every answer: the config's, or one drawn now."""
        stated = self.base("").seed
        return secrets.randbelow(2**31) if stated is None else stated

    def base(self, scenario: str) -> Case:
        """Return the case as the config states it, with a scenario put in."""
        return self._base(scenario)[0]

    def levers(self, scenario: str) -> dict[str, Lever]:
        """Return the levers by key."""
        return self._base(scenario)[2]

    def case(self, draft: Draft) -> Case:
        """Return the case of a draft.

        Raises
        ------
        InputError
            With every problem; the place of one that a lever made is its key, and `DEALS` for edited deals.
        """
        found = self._case(self._wanted(draft), draft.scenario or self.origin.scenario)
        return replace(found, seed=self.seed)

    def tree(self, draft: Draft) -> dict[str, Any]:
        """Return the config of a draft, as a file would state it; with a seed."""
        tree = self._loader.tree(self._wanted(draft), self._scenario(draft))
        return {**tree, "seed": self.seed}

    def files(self, draft: Draft, heading: str = "") -> dict[str, bytes]:
        """Return the config of a draft as YAML below a heading of comment lines, and the files it names beside it."""
        tree, files = _beside(self.tree(draft), self.origin)
        return {self.name: yaml_of(tree, heading).encode(), **files}

    def with_scenarios(self, drafts: Mapping[str, Draft]) -> dict[str, bytes]:
        """Return the config as it is, with drafts of it as scenarios, but for those that begin at one.

        `funnelsim compare` then compares what the page compares.
        """
        wanted = {name: self._wanted(draft)[len(self.origin.overrides) :] for name, draft in drafts.items()
                  if not draft.scenario}  # fmt: skip
        scenarios = {
            name: {one.dotted: one.raw for one in changes if isinstance(one, Wanted)}
            for name, changes in wanted.items()
        }
        tree, files = _beside({**self.tree(Draft()), "scenarios": scenarios}, self.origin)
        return {self.name: yaml_of(tree).encode(), **files}

    def sealed(self, draft: Draft, heading: str = "") -> Case:
        """Return the case of a draft as it is read back from its own files, which it carries."""
        return load_kept(Origin(self.name, content=self.files(draft, heading)))

    @property
    def name(self) -> str:
        """Return the name of the config, without a folder."""
        return PurePosixPath(self.origin.config.replace("\\", "/")).name

    def _scenario(self, draft: Draft) -> str | None:
        return draft.scenario or self.origin.scenario or None

    def _case(self, wanted: list[str | Wanted], scenario: str) -> Case:
        found = self._loader.load(wanted, scenario or None)
        if isinstance(found, Briefing):
            raise InputError.of("states a chain of communication and no funnel; state stages", place=self.origin.config)
        return found

    def _base(self, scenario: str) -> tuple[Case, dict[str, Any], dict[str, Lever]]:
        if scenario not in self._bases:
            chosen = scenario or self.origin.scenario
            case = self._case(list(self.origin.overrides), chosen)
            tree = self._loader.tree(self.origin.overrides, chosen or None)
            self._bases[scenario] = case, tree, levers_of(tree, case)
        return self._bases[scenario]

    def _wanted(self, draft: Draft) -> list[str | Wanted]:
        levers, case = self.levers(draft.scenario), self.base(draft.scenario)
        moved = [(levers[key], value) for key, value in draft.moved if key in levers]
        moved.sort(key=lambda pair: pair[0].rank)
        settings = [
            Wanted(path, raw, lever.key) for lever, value in moved for path, raw in lever.settings(value)
        ]  # fmt: skip
        return [*self.origin.overrides, *self._deals(draft, case), *settings]

    def _deals(self, draft: Draft, case: Case) -> list[Wanted]:
        if not draft.edits:
            return []
        people = ((self._base(draft.scenario)[1].get("roles") or {}).get("people")) or []
        left = people_left(people, draft.edits)
        changed = [Wanted("roles.people", left, DEALS)] if len(left) < len(people) else []
        return [Wanted("pipeline", lines_of(case, draft.edits), DEALS), *changed]


def yaml_of(tree: Mapping[str, Any], heading: str = "") -> str:
    """Return a tree as YAML below a heading of comment lines."""
    yaml, out = YAML(), io.StringIO()
    yaml.allow_unicode, yaml.width = True, 120
    yaml.dump(dict(tree), out)
    return "".join(f"# {line}\n" for line in heading.splitlines()) + out.getvalue()


def _beside(tree: dict[str, Any], origin: Origin) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a tree in which every file has a name without a folder, and the files by these names."""
    named = {str(value) for _, value in scalars(tree)} & (set(origin.content) - {origin.config})
    files: dict[str, bytes] = {}
    new: dict[str, str] = {}
    for written in sorted(named):
        last = PurePosixPath(written.replace("\\", "/")).name
        new[written] = last if last not in files else f"{len(files)}_{last}"
        files[new[written]] = origin.content[written]
    return _renamed(tree, new), files


def _renamed(node: Any, new: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, new) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value, new) for value in node]
    return new.get(node, node) if isinstance(node, str) else node
