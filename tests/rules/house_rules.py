"""The rules of the house, read off syntax trees; nothing is imported to check them.

A tree is a mapping of module names to syntax trees. Each rule returns what breaks it, one line a breach.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

Tree = Mapping[str, ast.Module]
PACKAGE = "funnelsim"
FLOORS = (
    {"errors", "version"},
    {"model", "whole_file"},
    {"engine", "history"},
    {"fitting"},
    {"analysis"},
    {"batch", "report"},
    {"config"},
    {"app"},
    {"cli"},
    {"", "__main__"},  # the front door
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
SCIENCE = {"numpy", "scipy", "numba", "pandas", "matplotlib", "pyarrow", "zhplot"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "managers", "misc"}
KERNEL = f"{PACKAGE}.engine.kernel"


def tree_of(folder: Path) -> dict[str, ast.Module]:
    """Return the tree of a package's folder."""
    found = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text(encoding="utf-8"), str(file))
    return found


def room_of(module: str) -> str:
    """Return the room of a module: the second part of its name."""
    return module.split(".")[1] if "." in module else ""


def looking_up(tree: Tree) -> list[str]:
    """Return imports of a room on a higher floor, or of another room on the same floor."""
    found = []
    for module, target, line in _own_imports(tree):
        here, there = room_of(module), room_of(target)
        if here != there and FLOOR_OF.get(there, 99) >= FLOOR_OF.get(here, 99):
            found.append(f"{module}:{line} imports {target}, which is no lower floor")
    return found


def unknown_rooms(tree: Tree) -> list[str]:
    """Return modules in a room that the plan does not know."""
    return [f"{module} stands in no room of the plan" for module in tree if room_of(module) not in FLOOR_OF]


def relative(tree: Tree) -> list[str]:
    """Return relative imports."""
    return [
        f"{module}:{node.lineno} imports relatively"
        for module, node in _nodes(tree)
        if isinstance(node, ast.ImportFrom) and node.level > 0
    ]


def foreign_to_kernel(tree: Tree) -> list[str]:
    """Return what the kernel imports beyond numpy, numba, the standard library and itself."""
    allowed = {"numpy", "numba", *sys.stdlib_module_names}
    return [
        f"{module}:{line} imports {target}; the kernel knows numpy, numba and itself"
        for module, target, line in _imports(tree)
        if module.startswith(KERNEL) and not (target.startswith(KERNEL) or target.split(".")[0] in allowed)
    ]


def out_of_place(tree: Tree) -> list[str]:
    """Return third-party imports outside the rooms they belong to."""
    homes = {"matplotlib": "report", "zhplot": "report", "numba": "engine", "click": "cli", "streamlit": "app"}
    found = []
    for module, target, line in _imports(tree):
        top, room = target.split(".")[0], room_of(module)
        if top in homes and room != homes[top]:
            found.append(f"{module}:{line} imports {top}; only {homes[top]} may")
        if top == "numba" and room == "engine" and not module.startswith(KERNEL):
            found.append(f"{module}:{line} imports numba; compiled code lives in the kernel")
        if top in SCIENCE and room in {"errors", "version", "model", "whole_file"}:
            found.append(f"{module}:{line} imports {top}; words need no science")
    return found


def heavy_at_the_door(tree: Tree) -> list[str]:
    """Return scientific imports, direct or through the engine, that run when config or cli is imported."""
    heavy_rooms = {"engine", "history", "fitting", "analysis", "batch", "report"}
    found = []
    for module, body in tree.items():
        if room_of(module) not in {"", "__main__", "config", "cli"}:
            continue
        for target, line in _targets(_run_at_import(body.body)):
            own = target.split(".")[0] == PACKAGE
            if target.split(".")[0] in SCIENCE or (own and room_of(target) in heavy_rooms):
                found.append(f"{module}:{line} imports {target} before a command needs it")
    return found


def private_taken(tree: Tree) -> list[str]:
    """Return private names imported from another module."""
    return [
        f"{module}:{node.lineno} imports the private {name.name} of {node.module}"
        for module, node in _nodes(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE
        for name in node.names
        if name.name.startswith("_") and not name.name.startswith("__")
    ]


def past_the_entry(tree: Tree) -> list[str]:
    """Return compiled functions taken from outside the kernel that only compiled code may call: Python would crash."""
    inner = {
        (module, node.name)
        for module, node in _nodes(tree)
        if module.startswith(KERNEL) and isinstance(node, ast.FunctionDef)
        if {"compiled", "inlined"} & {way.id for way in node.decorator_list if isinstance(way, ast.Name)}
    }
    found = []
    for module, body in tree.items():
        nodes = [] if module.startswith(KERNEL) else list(ast.walk(body))
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        taken = [((node.module or "", name.name), node.lineno) for node in froms for name in node.names]
        rooms = {name.asname or name.name: f"{node.module}.{name.name}" for node in froms for name in node.names}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms:
                taken.append(((rooms[node.value.id], node.attr), node.lineno))
        found += [f"{module}:{line} takes {name[1]}, which is no entry" for name, line in taken if name in inner]
    return found


def talking(tree: Tree) -> list[str]:
    """Return printing and exiting outside the command line."""
    ways_out = {"print", "exit", "quit", "input", "breakpoint"}
    found = []
    for module, node in _nodes(tree):
        if room_of(module) in {"cli", "__main__"}:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ways_out:
            found.append(f"{module}:{node.lineno} calls {node.func.id}; only cli may")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.exit", "os._exit", "sys.argv"}:
            found.append(f"{module}:{node.lineno} uses {ast.unparse(node)}; only cli may")
        if isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.unparse(node.exc):
            found.append(f"{module}:{node.lineno} raises SystemExit; only cli may")
    return found


def nameless(tree: Tree) -> list[str]:
    """Return modules and folders whose name says nothing."""
    return [f"{module} names no thing" for module in tree if NAMELESS & set(module.split("."))]


def undocumented(tree: Tree) -> list[str]:
    """Return public functions, classes and modules without a docstring, or whose first line has no period."""
    found = []
    for module, body in tree.items():
        for name, node in [(module, body), *_public(module, body)]:
            text = ast.get_docstring(node)
            if not text:
                found.append(f"{name} has no docstring")
            elif not _first_sentence(text).endswith((".", "::")):
                found.append(f"{name}: the first sentence of its docstring has no period")
    return found


def swallowing(tree: Tree) -> list[str]:
    """Return handlers that catch everything for good, and assertions, which vanish under ``-O``."""
    found = []
    for module, node in _nodes(tree):
        if isinstance(node, ast.Assert):
            found.append(f"{module}:{node.lineno} asserts; raise an error that says what to do")
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            goes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if caught in {"", "Exception", "BaseException"} and not goes_on:
                found.append(f"{module}:{node.lineno} catches everything")
    return found


RULES = (
    looking_up,
    unknown_rooms,
    relative,
    foreign_to_kernel,
    out_of_place,
    heavy_at_the_door,
    private_taken,
    past_the_entry,
    talking,
    nameless,
    undocumented,
    swallowing,
)


def _nodes(tree: Tree) -> Iterator[tuple[str, ast.AST]]:
    for module, body in tree.items():
        for node in ast.walk(body):
            yield module, node


def _imports(tree: Tree) -> Iterator[tuple[str, str, int]]:
    for module, body in tree.items():
        for target, line in _targets(list(ast.walk(body))):
            yield module, target, line


def _own_imports(tree: Tree) -> Iterator[tuple[str, str, int]]:
    return (found for found in _imports(tree) if found[1].split(".")[0] == PACKAGE)


def _targets(nodes: list[ast.AST]) -> Iterator[tuple[str, int]]:
    """Return what is imported; of ``from package import room`` each room."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == PACKAGE:
            yield from ((f"{PACKAGE}.{name.name}", node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno


def _run_at_import(body: list[ast.stmt]) -> list[ast.AST]:
    """Return the statements of a module that run when it is imported; not those for type checkers alone."""
    found: list[ast.AST] = []
    for node in body:
        found.append(node)
        if isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            found += _run_at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.If):
            found += _run_at_import(node.orelse)
        elif isinstance(node, ast.Try):
            found += _run_at_import([*node.body, *node.orelse, *node.finalbody])
            found += _run_at_import([line for handler in node.handlers for line in handler.body])
        elif isinstance(node, ast.With | ast.ClassDef):
            found += _run_at_import(node.body)
    return found


def _public(
    prefix: str, body: ast.Module | ast.ClassDef
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for node in body.body:
        is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not is_definition or node.name.startswith("_"):
            continue
        yield f"{prefix}.{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _public(f"{prefix}.{node.name}", node)


def _first_sentence(text: str) -> str:
    """Return the first paragraph of a docstring."""
    return text.split("\n\n", maxsplit=1)[0].strip()
