"""The page of the what-if command on a port of its own, and a browser in which it is opened."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# The machine may be busy, and compile at the first visit; no test counts on speed but through what the page tells.
PATIENCE_MS = 240_000
QUIET = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(start: Path | None, *words: str, folder: Path) -> Iterator[str]:
    """Yield the address of a page that begins with a file; it runs in `folder`."""
    port = free_port()
    named = [str(start)] if start else []
    argv = [sys.executable, "-m", "funnelsim", "app", *named, "--port", str(port), *words]
    with (folder / "server.log").open("wb") as log:
        running = subprocess.Popen(
            argv, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, running, folder)
        yield address
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGTERM)
        running.wait(30)


def _wait(address: str, running: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(600):
        assert running.poll() is None, (folder / "server.log").read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((folder / "server.log").read_text("utf-8"))


@contextmanager
def browser() -> Iterator[Any]:
    """Yield Debian's Chromium; skip where there is none."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no browser: install Debian's package chromium")
    with sync_playwright() as tools:
        opened = tools.chromium.launch(executable_path=chromium, args=list(QUIET))
        try:
            yield opened
        finally:
            opened.close()
