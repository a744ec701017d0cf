"""Bytes of a YAML file -> a plain tree and the place of every value in it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from funnelsim.errors import InputError, Problem
from funnelsim.errors import Path as ValuePath

CONFIG_LIMIT = 16 * 2**20
DATA_LIMIT = 512 * 2**20
MAX_ALIASED_NODES = 10_000
MAX_DEPTH = 200
DATA_VARIABLE = "FUNNELSIM_DATA"

_HALF = re.compile("[\ud800-\udfff]")
_HALVES = r"half a character ('\ud800' to '\udfff'); write the character itself, or its escape '\UXXXXXXXX'"

Mark = tuple[int, int]


@dataclass
class Document:
    """A config file: its plain tree, and where each value stands.

    `marks` hold the places of values that were set after reading, by a scenario or ``--set``.
    """

    name: str
    tree: dict[str, Any]
    root: Any
    sha256: str = ""
    marks: dict[ValuePath, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)

    def place(self, path: ValuePath, *, of_key: bool = False, marks: dict[ValuePath, str] | None = None) -> str:
        """Return ``file:line:column`` of the value at `path`, or of the nearest value around it."""
        known = self.marks if marks is None else marks
        for n in range(len(path), 0, -1):
            if path[:n] in known:
                return known[path[:n]]
        line, column = self._walk(path, of_key)
        return f"{self.name}:{line + 1}:{column + 1}"

    def _walk(self, path: ValuePath, of_key: bool) -> Mark:
        node, mark = self.root, (0, 0)
        for n, part in enumerate(path):
            step = _step(node, part, of_key and n == len(path) - 1)
            if step is None:
                break
            node, mark = step
        return mark


def _step(node: Any, part: str | int, of_key: bool) -> tuple[Any, Mark] | None:
    """Return the child of a node and its place; None where there is no such child."""
    try:
        if isinstance(node, list):
            return node[int(part)], node.lc.item(int(part))  # type: ignore[attr-defined]
        key = next(key for key in node if str(key) == str(part))
        return node[key], node.lc.key(key) if of_key else node.lc.value(key)
    except (KeyError, IndexError, TypeError, ValueError, StopIteration, AttributeError):
        return None


def read_document(path: Path) -> Document:
    """Return the document in a YAML file.

    Raises
    ------
    InputError
        If the file is missing, too large, binary, not UTF-8, not YAML, repeats a key or unfolds too far.
    """
    name = str(path)
    return document_in(read_bytes(path, name, CONFIG_LIMIT), name)


def document_in(content: bytes, name: str) -> Document:
    """Return the document that these bytes are.

    Raises
    ------
    InputError
        As `read_document`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError.of("not UTF-8 text; save the file as UTF-8", place=f"{name}:{line}:1") from None
    root = parse(text, name)
    if not isinstance(root, dict):
        raise InputError.of("holds no mapping of keys; begin with `case: NAME`", place=f"{name}:1:1")
    return Document(name, plain(root), root, hashlib.sha256(content).hexdigest(), content=content)


class _Constructor(RoundTripConstructor):
    r"""Reads a date that no calendar has, such as 2026-02-30, as text: then it is refused where it stands.

    Halves of characters, which only an escape such as ``"\ud83d"`` can state, are no text and are refused.
    """

    def construct_scalar(self, node: Any) -> Any:
        """Return a scalar."""
        if _HALF.search(str(node.value)):
            raise ConstructorError(None, None, _HALVES, node.start_mark)
        return super().construct_scalar(node)

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        """Return a date or time, or the text of one that cannot be."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return self.construct_scalar(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def parse(text: str, name: str) -> Any:
    """Return the YAML value of a text, with places; problems name line and column."""
    if _depth(text) > MAX_DEPTH:
        raise InputError.of("nested too deeply; a config needs a handful of levels", place=f"{name}:1:1")
    try:
        reader = YAML(typ="rt")
        reader.Constructor = _Constructor
        root = reader.load(text)
        _refuse_bombs(root, name)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise InputError.of(_yaml_message(error), place=place) from None
    except RecursionError:
        raise InputError.of("nested too deeply; a config needs a handful of levels", place=f"{name}:1:1") from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise InputError.of(f"not readable as YAML: {_first_line(error)}", place=f"{name}:1:1") from None
    return root


def _depth(text: str) -> int:
    """Return how deep brackets nest at most: the parser's time grows with the square of it."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _yaml_message(error: MarkedYAMLError) -> str:
    problem = str(error.problem or "").strip()
    if problem == _HALVES:
        return problem
    if repeated := re.match(r'found duplicate key "(.*?)"', problem, re.DOTALL):
        return f"the key '{repeated[1]}' appears twice here; keep one"
    return f"not readable as YAML: {problem}; mend the indentation, brackets or quotes here"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def read_bytes(path: Path, name: str, limit: int) -> bytes:
    """Return the bytes of a regular file no larger than `limit`, free of NUL bytes."""
    content = raw_bytes(path, name, limit)
    refuse_binary(content, name)
    return content


def raw_bytes(path: Path, name: str, limit: int) -> bytes:
    """Return the bytes of a regular file no larger than `limit`."""
    try:
        if not path.exists():
            raise InputError.of("no such file; check the name and the folder", place=name)
        if not path.is_file():
            raise InputError.of("not a regular file; give a file", place=name)
        size = path.stat().st_size
        if size > limit:
            raise InputError.of(
                f"{size / 2**20:,.0f} MB is more than the {limit // 2**20} MB allowed; give a smaller file",
                place=name,
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.of(f"cannot be read: {reason}", place=name) from None


def refuse_binary(content: bytes, name: str) -> None:
    """Raise if the content holds NUL bytes: then it is no text in a charset known here."""
    if b"\0" in content:
        hint = "it is UTF-16; save it as UTF-8" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "give a text file"
        raise InputError.of(f"a binary file (it holds NUL bytes); {hint}", place=name)


@dataclass
class Files:
    """The files a config names: paths relative to its folder, and the SHA-256 of what was read.

    With `keeps` the bytes of what was read are kept in `content`. With `kept` they are read from there, by the names
    that stand in the config, and from no folder.
    """

    folder: Path
    sha256: dict[str, str] = field(default_factory=dict)
    keeps: bool = False
    content: dict[str, bytes] = field(default_factory=dict, repr=False)
    kept: Mapping[str, bytes] | None = None

    def read(self, written: str, limit: int = DATA_LIMIT) -> bytes:
        """Return the bytes of the file a config names; `written` is its name as it stands there."""
        content = self._kept(written) if self.kept is not None else raw_bytes(self.locate(written), written, limit)
        self.sha256[written] = hashlib.sha256(content).hexdigest()
        if self.keeps:
            self.content[written] = content
        return content

    def _kept(self, written: str) -> bytes:
        if self.kept is None or written not in self.kept:
            raise InputError.of("is not among the files that came with the config; add it to them", place=written)
        return self.kept[written]

    def locate(self, written: str) -> Path:
        """Return where the file of a name lies: beside the config, or in the folder of the data."""
        variable = "${" + DATA_VARIABLE + "}"
        rest = written.replace(variable, "", 1) if written.startswith(variable) else written
        if "$" in rest or rest.startswith("~"):
            raise InputError.of(
                f"'{written}': only {variable} at the start of a path is replaced; write the path out",
                place="",
            )
        if rest == written:
            return self.folder / written
        if not (folder := os.environ.get(DATA_VARIABLE)):
            raise InputError.of(f"'{written}': {DATA_VARIABLE} is not set; set it to the folder of the data")
        return Path(folder + rest)


def plain(node: Any) -> Any:
    """Return a tree of plain dict, list, str, int, float, bool, date and None; keys become texts."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | set | tuple):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None or isinstance(node, date):
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    # ruamel's own scalars: a boolean with an anchor, a tagged value
    return bool(node) if type(node).__name__ == "ScalarBoolean" else str(getattr(node, "value", node))


def scalars(node: Any, path: ValuePath = ()) -> list[tuple[ValuePath, Any]]:
    """Return every scalar of a plain tree with its path."""
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in scalars(value, (*path, key))]
    if isinstance(node, list):
        return [found for i, value in enumerate(node) for found in scalars(value, (*path, i))]
    return [(path, node)]


def _refuse_bombs(root: Any, name: str) -> None:
    """Raise if aliases unfold into far more values than the file holds, or into themselves."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Any) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) in open_nodes:
            raise InputError.of("an alias holds itself; write the values out", place=f"{name}:1:1")
        if id(node) not in sizes:
            open_nodes.add(id(node))
            children = node.values() if isinstance(node, dict) else node
            sizes[id(node)] = 1 + sum(size(child) for child in children)
            open_nodes.discard(id(node))
        return sizes[id(node)]

    unfolded = size(root)
    distinct = len(sizes) + sum(len(node) for node in _containers(root))
    if unfolded - distinct > MAX_ALIASED_NODES:
        raise InputError([Problem((), "its aliases unfold into too many values; write them out", f"{name}:1:1")])


def _containers(root: Any) -> list[Any]:
    """Return every distinct mapping and list."""
    found: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list) and id(node) not in found:
            found[id(node)] = node
            waiting.extend(node.values() if isinstance(node, dict) else node)
    return list(found.values())
