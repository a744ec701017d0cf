"""`funnelsim app`: the what-if page, served to this machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import click

PORT, MOST_UPLOADED_MB = 8501, 200
_ABSENT = "the page needs Streamlit, which is not installed; install it with: pip install 'funnelsim[app]'"


@click.command()
@click.argument("start", required=False, type=click.Path(path_type=Path), metavar="[CONFIG|RUN|HISTORY]")
@click.option("--port", type=click.IntRange(1024, 65535), default=PORT, show_default=True, help="Port on this machine.")
@click.option(
    "--upload-limit", type=click.IntRange(1, 2048), default=MOST_UPLOADED_MB, show_default=True, metavar="MB",
    help="Largest file that may be opened on the page.",
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to begin with."
)
def app(start: Path | None, port: int, upload_limit: int, lang: Literal["en", "zh"]) -> None:
    """Open a page on which assumptions are changed and answers move: of a config, a run's folder or a history."""
    if find_spec("streamlit") is None:
        raise click.UsageError(_ABSENT)
    if start is not None:
        _check(start)
    said = {"FUNNELSIM_APP_LANGUAGE": lang, **({"FUNNELSIM_APP_START": str(start.resolve())} if start else {})}
    click.echo(f"http://127.0.0.1:{port} (Ctrl-C ends it)", err=True)
    done = subprocess.run(served(port, upload_limit), env={**os.environ, **said}, check=False)  # noqa: S603
    raise click.exceptions.Exit(done.returncode)


def served(port: int, upload_limit: int) -> list[str]:
    """Return the command that serves the page: to this machine alone, and telling nobody of it."""
    found = find_spec("funnelsim.app")
    folder = Path((found.origin if found else None) or "").parent
    settings = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "runner.fastReruns": "false",  # a run that is cut off may lose the last move of a slider
        "server.headless": "true",
        "server.maxUploadSize": upload_limit,
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": "true",
        "server.enableCORS": "true",
        "server.enableStaticServing": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "theme.base": "light",
        "theme.font": "Source Sans, Page Han, sans-serif",
        "logger.hideWelcomeMessage": "true",
    }
    flags = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "streamlit", "run", str(folder / "page.py"), *flags]


def _check(start: Path) -> None:
    """Refuse at once what the page could not begin with."""
    from funnelsim.app.start import kind_of, origin_of

    if kind_of(start) == "history":
        from funnelsim.config.history import read_contract
        from funnelsim.config.reading import Files, read_document

        read_contract(read_document(start), Files(start.parent))
        return
    origin_of(start)
