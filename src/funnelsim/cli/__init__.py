"""The command line: each command loads, calls and prints; only here is printing, exiting and argv.

Nothing but click is imported before a command needs it, so that help answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click

from funnelsim.cli.act import act
from funnelsim.cli.app import app
from funnelsim.cli.backtest import backtest
from funnelsim.cli.calls import calls
from funnelsim.cli.capacity import capacity
from funnelsim.cli.combine import combine
from funnelsim.cli.communicate import communicate
from funnelsim.cli.compare import compare
from funnelsim.cli.configs import init, schema, validate
from funnelsim.cli.deals import deals
from funnelsim.cli.explain import explain
from funnelsim.cli.fit import fit
from funnelsim.cli.forecast import forecast
from funnelsim.cli.goal import goal
from funnelsim.cli.history import history
from funnelsim.cli.layers import layers, value
from funnelsim.cli.lint import lint
from funnelsim.cli.people import opinions, roles
from funnelsim.cli.pipeline import pipeline
from funnelsim.cli.replay import replay
from funnelsim.cli.report import report
from funnelsim.cli.results import results
from funnelsim.cli.run import run
from funnelsim.cli.score import score
from funnelsim.cli.sensitivity import sensitivity
from funnelsim.cli.standings import people
from funnelsim.cli.stress import stress
from funnelsim.cli.sweep import sweep
from funnelsim.errors import FunnelsimError
from funnelsim.version import __version__

INTERRUPTED = 130


class _Commands(click.Group):
    """Commands whose interruption is told by `main`, in one line of its own."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _InterruptedError from None


class _InterruptedError(Exception):
    """The user pressed Ctrl-C."""


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="funnelsim", message="%(prog)s %(version)s")
def commands() -> None:
    """From a sales funnel and its open deals to an honest distribution."""


for _command in (
    run,
    validate,
    schema,
    init,
    replay,
    goal,
    opinions,
    roles,
    pipeline,
    communicate,
    compare,
    explain,
    layers,
    value,
    capacity,
    history,
    fit,
    forecast,
    backtest,
    score,
    sweep,
    results,
    combine,
    calls,
    sensitivity,
    lint,
    stress,
    deals,
    act,
    people,
    report,
    app,
):
    commands.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong input or usage, 3 out of time, 130 interrupted."""
    _print_anything()
    sys.exit(_outcome(arguments))


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="funnelsim", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except FunnelsimError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except (_InterruptedError, click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing was written", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return 1
    except OSError as error:
        _close_quietly()
        click.echo(f"cannot write the output: {error.strerror}; make room or print it elsewhere", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _print_anything() -> None:
    """Spell out characters that the terminal's encoding lacks, rather than fail on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _close_quietly() -> None:
    """Send what is left to nowhere: the reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
