"""The first result in the README is what the command line prints, and its case runs."""

import os
import re
import subprocess
import sys

from experiment_cases import EXPERIMENTS

import funnelsim as fs

ROOT = EXPERIMENTS.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[1]


def test_every_line_of_the_first_result_is_printed_by_the_real_run():
    done = subprocess.run(
        [sys.executable, "-m", "funnelsim", "run", "configs/weighted_pipeline_2685.yaml"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    said = " ".join(done.stdout.split())
    for passage in block("text").split("\n\n"):
        for line in passage.splitlines():
            assert " ".join(line.split()) in said


def test_the_case_of_the_readme_is_sound_and_runs(tmp_path):
    text = block("yaml")
    assert len(text.splitlines()) <= 15
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    told = fs.forecast(fs.simulate(fs.load(tmp_path / "case.yaml"), trials=2000, seed=1))
    weighted = 40 * 50 * 0.2 + 12 * 80 * 0.5
    assert 0 < told.bookings.total.mean < weighted  # the horizon cuts some off
    assert len(told.targets) == len(told.bookings.periods) == 2
