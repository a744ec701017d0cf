"""`funnelsim app` serves this machine alone, says nothing to anybody, and refuses at once what it cannot show."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from funnelsim.cli import commands, main
from funnelsim.cli.app import served

module: Any = importlib.import_module("funnelsim.cli.app")  # the command has the name of its module
SAFE = {
    "--server.address": "127.0.0.1",
    "--server.maxUploadSize": "20",
    "--server.fileWatcherType": "none",
    "--server.enableXsrfProtection": "true",
    "--server.enableCORS": "true",
    "--server.enableStaticServing": "false",
    "--browser.gatherUsageStats": "false",
    "--client.showErrorDetails": "none",
}


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, ["app", *words])


def test_the_page_is_served_to_this_machine_alone() -> None:
    words = served(8600, 20)
    flags = dict(zip(words[5::2], words[6::2], strict=True))
    assert Path(words[4]).is_file()
    assert flags.items() >= SAFE.items()
    assert flags["--server.port"] == "8600"


def test_every_setting_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    for word in served(8600, 20)[5::2]:
        assert config.get_config_options()[word.removeprefix("--")] is not None


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "streamlit" else known(name))
    done = call()
    assert done.exit_code == 2
    assert "pip install 'funnelsim[app]'" in done.output


@pytest.mark.parametrize(
    ("text", "told"),
    [("case: [\n", "not readable as YAML"), ("case: a\nstages: []\n", "problem"), ("history: a\n", "problem")],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_served(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: pytest.fail("served"))
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["app", str(tmp_path / "wrong.yaml")])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


def test_what_is_shown_reaches_the_page_by_name(config_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class Done:
        returncode = 0

    def run(argv: list[str], env: dict[str, str], check: bool) -> Done:
        seen.update(argv=argv, env=env)
        return Done()

    monkeypatch.setattr(module.subprocess, "run", run)
    assert call(str(config_path), "--lang", "zh", "--upload-limit", "5").exit_code == 0
    assert seen["env"]["FUNNELSIM_APP_START"] == str(config_path)
    assert seen["env"]["FUNNELSIM_APP_LANGUAGE"] == "zh"
    assert "5" in seen["argv"]
