import os
import subprocess
import sys

import pytest
from experiment_cases import EXPERIMENTS


@pytest.fixture
def start():
    """Run an experiment as a person would; return its standard output."""

    def call(question, *arguments):
        script = EXPERIMENTS / question / "run.py"
        done = subprocess.run(
            [sys.executable, "-W", "error", str(script), *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call
