import resource
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[2] / "configs"
SCIENCE = {"numpy", "scipy", "numba", "pandas", "matplotlib", "pyarrow"}
WATCHED = """
import sys
from funnelsim.cli import main
try:
    main(sys.argv[1:])
finally:
    print("\\nLOADED", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def loaded_by(*arguments):
    done = subprocess.run([sys.executable, "-c", WATCHED, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *([name, "--help"] for name in ("run", "validate", "schema", "init", "replay")),
        ["validate", str(CONFIGS / "weighted_pipeline_2685_timed.yaml")],
        ["schema"],
        ["init"],
    ],
    ids=" ".join,
)
def test_what_computes_nothing_imports_nothing_scientific(arguments):
    assert loaded_by(*arguments) & SCIENCE == set()


def test_the_front_door_imports_nothing_scientific():
    code = "import funnelsim as fs, sys; dir(fs); fs.Deal; print(*{n.partition('.')[0] for n in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & SCIENCE == set()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_answer_within_a_fifth_of_a_second(option):
    taken = []
    for _ in range(5):  # processor time, the best of five: other work on the machine only adds to it
        begun = _children_seconds()
        subprocess.run([sys.executable, "-m", "funnelsim", option], capture_output=True, check=True)
        taken.append(_children_seconds() - begun)
    assert 0 < min(taken) < 0.2


def _children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_every_option_of_every_command_is_explained():
    from funnelsim.cli import commands

    for command in commands.commands.values():
        assert command.help
        options = [p for p in command.params if p.param_type_name == "option"]
        assert [o.name for o in options if not getattr(o, "help", None)] == []


def test_every_name_at_the_front_door_opens():
    import funnelsim

    assert [name for name in funnelsim.__all__ if getattr(funnelsim, name, None) is None] == []
    assert set(funnelsim.__all__) <= set(dir(funnelsim))


def test_a_name_that_is_not_there_is_an_attribute_error():
    import funnelsim

    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = funnelsim.simulat


def test_the_example_at_the_front_door_runs():
    import doctest

    import funnelsim

    found = doctest.testmod(funnelsim)
    assert found.attempted >= 5
    assert found.failed == 0


def test_validate_returns_problems_and_load_raises_them(tmp_path):
    import funnelsim

    bad = tmp_path / "bad.yaml"
    bad.write_text("case: x\n", encoding="utf-8")
    problems = funnelsim.validate(bad)
    assert problems
    with pytest.raises(funnelsim.InputError) as caught:
        funnelsim.load(bad)
    assert list(caught.value.problems) == problems
    assert funnelsim.validate(CONFIGS / "weighted_pipeline_2685.yaml") == []
