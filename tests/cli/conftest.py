import pytest

from funnelsim.cli import main

CONFIG = """\
case: small
currency: CNY
unit: 万元
as_of: 2026-10-01
timezone: Asia/Shanghai
horizon: {periods: 2, of: quarter}
stages:
  - {name: 接洽, win_rate: 25%, stay: {median: 20 d, p90: 60 d}}
  - {name: 报价, win_rate: 50%, stay: {median: 20 d, p90: 60 d}}
pipeline:
  - {stage: 接洽, deals: 8, amount: 50, age: 3 d}
  - {stage: 报价, deals: 4, amount: 50, age: 3 d}
targets: [150]
scenarios: {better: {stages.报价.conversion: +5 points}}
trials: 2000
seed: 7
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def cli(capsys):
    """Run the command line; return exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return call
