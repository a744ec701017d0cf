"""A headless browser that the machine itself must have."""

import shutil

import pytest


@pytest.fixture(scope="module")
def browser():
    """Return one browser for all tests of a file."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no browser: install chromium (.ci/run does)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
