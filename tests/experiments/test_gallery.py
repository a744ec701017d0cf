"""The gallery shows one picture of every system, in both languages, and its script draws them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from experiment_cases import EXPERIMENTS, module_of

ROOT = EXPERIMENTS.parent
GALLERY = ROOT / "docs/images/gallery"


@pytest.mark.parametrize(("page", "language"), [("gallery.md", "en"), ("gallery.zh.md", "zh")])
def test_a_page_shows_every_picture_that_the_script_draws(page: str, language: str) -> None:
    shown = re.findall(r"images/gallery/(\w+)-(\w+)\.png", (ROOT / "docs" / page).read_text("utf-8"))
    assert {config for config, _ in shown} == set(module_of("gallery").PICTURES)
    assert {told for _, told in shown} == {language}
    assert all((GALLERY / f"{config}-{language}.png").stat().st_size > 10_000 for config, _ in shown)


def test_the_script_draws_the_stored_picture_again(tmp_path: Path) -> None:
    from matplotlib.image import imread

    module_of("gallery").draw("aida", "zh", tmp_path)
    again, stored = imread(tmp_path / "aida-zh.png"), imread(GALLERY / "aida-zh.png")
    assert again.shape == stored.shape
    assert abs(again - stored).mean() < 0.01  # glyphs may differ by a shade between versions
