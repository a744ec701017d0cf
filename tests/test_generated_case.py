"""The large generated case is what its seed gives."""

from __future__ import annotations

import gzip
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_generated_table_is_what_its_script_writes() -> None:
    script = runpy.run_path(str(ROOT / "experiments" / "generated_100k" / "make.py"), run_name="made")
    assert gzip.decompress((ROOT / "configs" / "generated_100k.csv.gz").read_bytes()).decode() == script["table"]()
