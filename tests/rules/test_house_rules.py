"""The house keeps its rules, and each rule can tell a house that breaks it."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import house_rules
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "funnelsim"

# For each rule, a small house that breaks it and nothing else of that rule.
BREACHES = {
    "looking_up": {"funnelsim.model.law": "from funnelsim.engine.walk import walk"},
    "unknown_rooms": {"funnelsim.attic.box": ""},
    "relative": {"funnelsim.model.law": "from . import funnel"},
    "foreign_to_kernel": {"funnelsim.engine.kernel.walk": "from funnelsim.errors import InputError"},
    "out_of_place": {"funnelsim.model.law": "def mean():\n    import numpy"},
    "heavy_at_the_door": {"funnelsim.cli.run": "try:\n    import numpy\nexcept ImportError:\n    pass"},
    "private_taken": {"funnelsim.config.load": "from funnelsim.model.law import _tail"},
    "past_the_entry": {
        "funnelsim.engine.kernel.walk": "@compiled\ndef step(): ...\n@entry\ndef walk(): ...",
        "funnelsim.engine.simulate": "from funnelsim.engine.kernel.walk import step, walk",
    },
    "talking": {"funnelsim.engine.walk": "def walk():\n    print('done')"},
    "nameless": {"funnelsim.engine.utils": ""},
    "undocumented": {"funnelsim.model.law": '"""Laws."""\ndef mean():\n    """Return the mean"""'},
    "swallowing": {"funnelsim.engine.walk": "try:\n    pass\nexcept Exception:\n    pass"},
}
MORE_BREACHES = [
    ("looking_up", {"funnelsim.engine.walk": "import funnelsim.history.readers"}),
    ("looking_up", {"funnelsim.report.page": "def page():\n    from funnelsim import config"}),
    ("looking_up", {"funnelsim.model.law": "from funnelsim import load"}),
    ("foreign_to_kernel", {"funnelsim.engine.kernel.walk": "import scipy.special"}),
    ("out_of_place", {"funnelsim.analysis.answer": "from matplotlib import pyplot"}),
    ("out_of_place", {"funnelsim.engine.walk": "from numba import njit"}),
    ("out_of_place", {"funnelsim.config.load": "import click"}),
    ("heavy_at_the_door", {"funnelsim.config.load": "from funnelsim.engine.lower import lower"}),
    ("heavy_at_the_door", {"funnelsim": "if True:\n    import scipy"}),
    (
        "past_the_entry",
        {
            "funnelsim.engine.kernel.walk": "@inlined\ndef step(): ...",
            "funnelsim.engine.simulate": "from funnelsim.engine.kernel import walk\nwalk.step()",
        },
    ),
    ("talking", {"funnelsim.engine.walk": "import sys\ndef walk():\n    sys.exit(1)"}),
    ("talking", {"funnelsim.engine.walk": "def walk():\n    raise SystemExit(2)"}),
    ("undocumented", {"funnelsim.model.law": '"""Laws."""\nclass Law:\n    """A law."""\n    def mean(self): ...'}),
    ("undocumented", {"funnelsim.model.law": "x = 1"}),
    ("swallowing", {"funnelsim.engine.walk": "def walk(n):\n    assert n > 0"}),
]
GOOD = {
    "funnelsim.errors": '"""Errors."""',
    "funnelsim.engine.kernel.walk": '"""Walk."""\nimport numpy as np\nfrom numba import njit\nfrom math import exp',
    "funnelsim.cli.run": '"""Run."""\nfrom funnelsim.errors import InputError\ndef run():\n'
    '    """Run it."""\n    import numpy\n    from funnelsim.engine.walk import walk\n    print(1)',
    "funnelsim.report.page": '"""Pages."""\nfrom matplotlib import pyplot\nfrom funnelsim.analysis import answer',
}


@pytest.fixture(scope="module")
def tree() -> dict[str, ast.Module]:
    return house_rules.tree_of(SOURCE)


def parsed(sources: dict[str, str]) -> dict[str, ast.Module]:
    return {name: ast.parse(text) for name, text in sources.items()}


def test_the_whole_house_is_read(tree: dict[str, ast.Module]) -> None:
    assert {"funnelsim", "funnelsim.errors", "funnelsim.engine.kernel.walk", "funnelsim.cli.run"} <= set(tree)


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule, tree: dict[str, ast.Module]) -> None:
    assert rule(tree) == []


@pytest.mark.parametrize(
    ("rule", "sources"), [*BREACHES.items(), *MORE_BREACHES], ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_breach_is_told(rule: str, sources: dict[str, str]) -> None:
    assert len(getattr(house_rules, rule)(parsed(sources))) == 1


def test_every_rule_has_a_breach_it_is_tried_on() -> None:
    assert set(BREACHES) == {rule.__name__ for rule in house_rules.RULES}


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda rule: rule.__name__)
def test_a_good_house_is_let_be(rule) -> None:
    assert rule(parsed(GOOD)) == []


def test_files_are_short_enough_to_be_read_in_one_go() -> None:
    # the longest is a collection of small children of one class
    long = {file.name: n for file in SOURCE.rglob("*.py") if (n := len(file.read_text("utf-8").splitlines())) > 450}
    assert long == {}


def test_the_version_is_written_in_one_place() -> None:
    from funnelsim.version import __version__

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in settings["project"]
    assert settings["tool"]["hatch"]["version"]["path"] == "src/funnelsim/version.py"
    told = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    others = [
        file for file in SOURCE.rglob("*.py") if file.name != "version.py" and told.search(file.read_text("utf-8"))
    ]
    assert others == []


def test_the_change_log_begins_with_this_version() -> None:
    from funnelsim.version import __version__

    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heads[0] == __version__


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").is_file()
