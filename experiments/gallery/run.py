"""One picture of every system of the documents behind the project, in English and Chinese, for docs/gallery.md.

.venv/bin/python experiments/gallery/run.py [--out FOLDER]
"""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PICTURES = {  # config: (command, its picture, further options)
    "communication_funnel": ("communicate", "chain.png", ()),
    "product_type": ("pipeline", "pipeline.png", ()),
    "consultative_sales": ("run", "chart.png", ("--trials", "20000")),
    "people_not_things": ("run", "chart.png", ("--trials", "20000")),
    "marketing_funnel": ("run", "chart.png", ()),
    "database_funnel": ("run", "chart.png", ()),
    "aida": ("pipeline", "pipeline.png", ()),
    "hourglass": ("run", "chart.png", ("--trials", "20000")),
    "pipeline_management": ("pipeline", "pipeline.png", ()),
    "traditional_funnel": ("pipeline", "pipeline.png", ()),
    "vpn_project_funnel": ("run", "chart.png", ()),
    "capacity_team": ("run", "chart.png", ()),
    "design_funnel": ("run", "chart.png", ()),
}


def draw(config: str, language: str, out: Path) -> None:
    """Write the picture of a config as `out`/CONFIG-LANGUAGE.png."""
    command, picture, options = PICTURES[config]
    with TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        words = [command, f"configs/{config}.yaml", "--lang", language, "--out", str(place), *options]
        subprocess.run([sys.executable, "-m", "funnelsim", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (out / f"{config}-{language}.png").write_bytes((place / picture).read_bytes())


def main() -> None:
    """Write all pictures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=ROOT / "docs/images/gallery", help="default: docs/images/gallery")
    out = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for config in PICTURES:
        for language in ("en", "zh"):
            draw(config, language, out)
            print(f"{out.name}/{config}-{language}.png")


if __name__ == "__main__":
    main()
