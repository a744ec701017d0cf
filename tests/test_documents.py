"""The documents tell what is so: their blocks run, and nothing a user can write is left out of them.

- ```python blocks of a document run in order, in one namespace.
- ```console blocks: each line ``$ funnelsim ...`` is run by the real command line, ``$ make forecast`` by make. Lines
  below a command are its output, with ``...`` for what is left out; spaces at line ends and blank lines do not count. A
  comment ``<!-- exit 2 -->`` above the block tells the exit code of its last command. Other commands are not run.
- ```csv NAME and ```yaml NAME blocks are files of that name: beside the document's configs, and where its commands run.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
DOCUMENTS = sorted(path for path in [*READMES, *(ROOT / "docs").rglob("*.md")] if path.is_file())
COMMANDS, CONFIG = ROOT / "docs/guide/commands.md", ROOT / "docs/guide/config.md"
HISTORIES, SWEEPS = ROOT / "docs/guide/history.md", ROOT / "docs/guide/sweeps.md"
FENCE = re.compile(
    r"^(?:<!-- exit (?P<code>\d+) -->\n+)?```(?P<kind>\w+)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
LINKED = (
    "configs",
    "experiments",
    "docs",
    "src",
    "Makefile",
    "README.md",
    "README.zh-CN.md",
    "GLOSSARY.md",
    "pyproject.toml",
)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, and what it holds."""

    place: str
    line: int
    kind: str
    name: str
    text: str
    exit_code: int


@dataclass(frozen=True)
class Command:
    """A line that begins with a dollar sign, and the output shown below it."""

    place: str
    words: list[str]
    shown: str
    exit_code: int


def blocks(path: Path, kind: str) -> list[Block]:
    text = path.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        if match["kind"] == kind:
            line = text[: match.start("text")].count("\n")
            place = f"{path.relative_to(ROOT)}:{line}" if path.is_relative_to(ROOT) else f"{path.name}:{line}"
            found.append(Block(place, line, kind, match["name"] or "", match["text"], int(match["code"] or 0)))
    return found


def commands_of(block: Block) -> Iterator[Command]:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    for n, part in enumerate(parts):
        line, _, shown = part.replace("\\\n", " ").partition("\n")
        is_last = n == len(parts) - 1
        yield Command(block.place, shlex.split(re.sub(r"\s#.*", "", line)), shown, block.exit_code if is_last else 0)


def with_blocks(kind: str) -> list[Any]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCUMENTS if blocks(path, kind)]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder that looks like the project's, so that what a document writes does not litter the project."""
    for name in LINKED:
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run_python(path: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(path, "python"):
        code = compile("\n" * block.line + block.text, str(path), "exec")
        exec(code, names)  # noqa: S102 - the documents are ours


def run_command(command: Command, folder: Path) -> None:
    if command.words[0] == "funnelsim":
        argv, place = [sys.executable, "-m", *command.words], folder
    elif command.words[:2] == ["make", "forecast"]:
        argv, place = command.words, ROOT
    else:
        return
    done = subprocess.run(
        argv, cwd=place, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8"}
    )
    said = done.stdout + done.stderr
    line = shlex.join(command.words)
    assert done.returncode == command.exit_code, f"{command.place}: $ {line}\n{said}"
    assert is_shown(command.shown, said), f"{command.place}: $ {line}\n--- shown\n{command.shown}--- said\n{said}"


def is_shown(shown: str, said: str) -> bool:
    """Tell whether the output a document shows is what a command said."""
    want, got = tidy(shown), tidy(said)
    return not want or doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS)


def tidy(text: str) -> str:
    # a leading "..." would read as an empty line to a doctest, an indent as part of the output
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line) + "\n" if any(lines) else ""


# ---- every block runs


@pytest.mark.parametrize("path", with_blocks("python"))
def test_the_python_of_a_document_runs(path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    run_python(path)


@pytest.mark.parametrize("path", with_blocks("console"))
def test_the_commands_of_a_document_run_and_say_what_is_shown(path: Path, desk: Path) -> None:
    for table in (*blocks(path, "csv"), *blocks(path, "yaml")):
        if table.name:
            (desk / table.name).write_text(table.text, encoding="utf-8")
    for block in blocks(path, "console"):
        for command in commands_of(block):
            run_command(command, desk)


def test_a_block_that_fails_is_told(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nn = 1\n```\ntext\n```python\nprint(n / 0)\n```\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        run_python(page)
    page.write_text(
        "```console\n$ funnelsim --version\nfunnelsim 9.9.9\n$ funnelsim validate none.yaml\n```\n", "utf-8"
    )
    wrong_output, wrong_code = commands_of(blocks(page, "console")[0])
    with pytest.raises(AssertionError, match=r"9\.9\.9"):
        run_command(wrong_output, tmp_path)
    with pytest.raises(AssertionError, match="no such file"):
        run_command(wrong_code, tmp_path)


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("", "anything", True),
        ("a  b\n", "a b  \n\n", True),
        ("...\ntotal 5\n...\n", "head\ntotal 5\ntail\n", True),
        ("...\ntotal 5\n...\n", "head\ntotal 6\ntail\n", False),
        ("total\n", "total\nmore\n", False),
    ],
)
def test_shown_output_is_compared_line_by_line(shown: str, said: str, same: bool) -> None:
    assert is_shown(shown, said) is same


# ---- links lead somewhere


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in DOCUMENTS])
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text("utf-8"))
    links = re.findall(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", text)
    broken = []
    for target, anchor in links:
        if re.match(r"[a-z]+:", target):
            continue
        file = (path.parent / target) if target else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor[1:] not in anchors(file)):
            broken.append(target + anchor)
    assert broken == []


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


# ---- every paragraph of the model that is cited is there


def cited(text: str) -> set[str]:
    return set(re.findall(r"\bM\d{1,2}(?:\.\d)?\b", text))


def paragraphs() -> set[str]:
    return set(re.findall(r"^#+ (M\d{1,2}(?:\.\d)?) ", (ROOT / "docs/model.md").read_text("utf-8"), re.MULTILINE))


def test_every_paragraph_that_code_and_documents_cite_is_on_the_model_page() -> None:
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *DOCUMENTS]
    found = {name: str(file.relative_to(ROOT)) for file in files for name in cited(file.read_text("utf-8"))}
    assert {name: file for name, file in found.items() if name not in paragraphs()} == {}


# ---- every command and option is described


def commands() -> dict[str, click.Command]:
    from funnelsim.cli import commands as group

    return dict(group.commands)


def section(path: Path, head: str) -> str:
    """Return the text under a heading, up to the next of its kind; blocks included."""
    found = re.search(rf"^## `{re.escape(head)}\b.*?(?=^## |\Z)", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def parameters(command: click.Command) -> list[click.Parameter]:
    """Return what a command takes, and what the commands of a group take."""
    inner = command.commands.values() if isinstance(command, click.Group) else []
    return [*command.params, *(parameter for one in inner for parameter in parameters(one))]


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_is_described_with_every_option_and_no_other(name: str) -> None:
    described = section(COMMANDS, f"funnelsim {name}")
    assert described
    assert f"$ funnelsim {name}" in described
    options = {
        o for p in parameters(commands()[name]) if isinstance(p, click.Option) for o in p.opts if o.startswith("--")
    }
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", re.sub(r"<!--.*?-->", "", described)))
    assert told - {"--help", "--version"} == options


def test_no_command_is_described_that_is_not_there() -> None:
    heads = re.findall(r"^## `funnelsim (\w+)", COMMANDS.read_text("utf-8"), re.MULTILINE)
    assert sorted(heads) == sorted(commands())


# ---- every key of a config is described, and every example is a sound config


def forms_of_sweeps() -> list[Any]:
    from funnelsim.config import sweep_forms

    return [sweep_forms.SweepForm, sweep_forms.AxisForm, sweep_forms.RangeForm]


@pytest.mark.parametrize(
    "key", sorted({field.alias or key for form in forms_of_sweeps() for key, field in form.model_fields.items()})
)
def test_a_key_of_a_sweep_is_described(key: str) -> None:
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`", SWEEPS.read_text("utf-8"))


def keys_of_configs() -> set[str]:
    from funnelsim.config.document import Form
    from funnelsim.config.laws import FORMS
    from funnelsim.model.law import FIGURES

    of_cases = [form for form in Form.__subclasses__() if form not in forms_of_sweeps()]
    fields = {field.alias or key for form in of_cases for key, field in form.model_fields.items()}
    return fields | set(FORMS) | set(FIGURES) | {"law", "delay", "values", "weights"}


@pytest.mark.parametrize("key", sorted(keys_of_configs()))
def test_a_key_of_a_config_is_described(key: str) -> None:
    assert re.search(rf"`(\w+\.)*{key}(: [^`]*)?`", CONFIG.read_text("utf-8"))


def keys_of_histories() -> set[str]:
    from funnelsim.config import history_forms
    from funnelsim.config.history_forms import Part, TableForm

    forms = [*Part.__subclasses__(), *TableForm.__subclasses__()]
    assert history_forms.HistoryForm in forms
    return {field.alias or key for form in forms for key, field in form.model_fields.items()}


@pytest.mark.parametrize("key", sorted(keys_of_histories()))
def test_a_key_of_a_history_is_described(key: str) -> None:
    assert re.search(rf"`{key}\b[^`]*`", HISTORIES.read_text("utf-8"))


def test_every_preset_is_described() -> None:
    from funnelsim.config.presets import PRESETS

    assert {name for name in PRESETS if f"`{name}`" not in HISTORIES.read_text("utf-8")} == set()


def examples() -> list[Any]:
    return [pytest.param(block, id=f"line {block.line}") for block in blocks(CONFIG, "yaml")]


def yaml_of(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    found: dict[str, Any] = YAML(typ="rt").load(text)
    return found


def is_whole(tree: dict[str, Any]) -> bool:
    return {"currency", "unit", "as_of", "stages", "pipeline"} <= set(tree)


@pytest.mark.parametrize("block", examples())
def test_an_example_of_a_config_is_sound(block: Block, tmp_path: Path) -> None:
    """An example that is no whole case is put into the first one of the page, key by key."""
    from ruamel.yaml import YAML

    from funnelsim.config import load

    tree, written = yaml_of(block.text), tmp_path / "case.yaml"
    if not is_whole(tree):
        tree = {**yaml_of(blocks(CONFIG, "yaml")[0].text), **tree}
    for table in blocks(CONFIG, "csv"):
        (tmp_path / table.name).write_text(table.text, encoding="utf-8")
    with written.open("w", encoding="utf-8") as file:
        YAML(typ="rt").dump(tree, file)
    assert len(load(written).pipeline) > 0


def test_the_first_example_is_a_whole_case() -> None:
    assert is_whole(yaml_of(blocks(CONFIG, "yaml")[0].text))
