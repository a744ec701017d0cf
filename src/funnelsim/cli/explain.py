"""`funnelsim explain`: why the forecast changed between two runs, or between two days of a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import seed_option
from funnelsim.cli.progress import Report, progress
from funnelsim.cli.spans import HorizonOption
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.between_days import BetweenDays, Fate
    from funnelsim.fitting.fitted import Fitted
    from funnelsim.history.record import History
    from funnelsim.model.case import Case
    from funnelsim.model.horizon import Horizon

TRIALS_OF_A_HISTORY = 20_000


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    old: Path
    new: Path | None
    since: datetime | None
    until: datetime | None
    horizon: Horizon
    fair: bool
    engine: Literal["auto", "exact", "simulate"]
    trials: int | None
    seed: int | None
    threads: int | None
    allow_unmapped: bool
    out: Path | None
    as_json: bool
    lang: Literal["en", "zh"]

    def check(self) -> None:
        """Refuse what is neither two runs nor two days of a history."""
        days = self.since is not None, self.until is not None
        if self.new is None and not all(days):
            raise click.UsageError("name two folders of runs, or a history with --from and --to")
        if self.new is not None and any(days):
            raise click.UsageError("--from and --to are days of one history; name one file, or leave them out")
        if self.since and self.until and self.since >= self.until:
            raise click.UsageError(f"--from {self.since.date()} must be before --to {self.until.date()}")


@dataclass(frozen=True)
class Question:
    """The two cases with what happened between them, and what is known of how they were forecast."""

    between: BetweenDays
    trials: int | None
    seed: int | None
    told: tuple[float, ...] | None


_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", required=False, type=click.Path(path_type=Path))
@click.option("--from", "since", type=_DAY, metavar="DAY", help="Of a history: the day of the first forecast.")
@click.option("--to", "until", type=_DAY, metavar="DAY", help="Of a history: the day of the second forecast.")
@click.option(
    "--horizon", type=HorizonOption(), default="2 quarters", show_default=True, help="Of a history: how far to look."
)
@click.option("--shapley", "fair", is_flag=True, help="Average over all orders of the causes, not the stated one.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "exact", "simulate"]),
    default="simulate",
    show_default=True,
    help="What computes: random trials, exact laws alone, or these where they apply.",
)
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: those of NEW, or 20,000.")
@seed_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@click.option("--allow-unmapped", is_flag=True, help="Of a history: drop rows with unknown stages, and count them.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def explain(**wishes: object) -> None:
    """Explain why the forecast changed: from run OLD to run NEW, or between two days of the history OLD."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    wish.check()
    started = datetime.now(UTC)
    if wish.out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(wish.out)
    from funnelsim.analysis.explain import explain as explained

    with progress("reading", "computing") as (reading, computing):
        asked = _of_runs(wish) if wish.new is not None else _of_history(wish, reading)
        found = explained(
            asked.between, fair=wish.fair, engine=wish.engine, trials=wish.trials or asked.trials,
            seed=asked.seed if wish.seed is None else wish.seed, threads=wish.threads, on_progress=computing,
        )  # fmt: skip
    from funnelsim.report.explain import explain_picture, print_explanation
    from funnelsim.report.words import Words

    say = Words(wish.lang)
    if wish.out is not None:
        from funnelsim.report.answer_folder import write_answer

        write_answer("explain", found.as_json(), explain_picture(found, say), found.new, wish.out, started)
    if wish.as_json:
        click.echo(json_text(found.as_json()))
        return
    print_explanation(found, say, asked.told)
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)


# ---- two runs


def _of_runs(wish: Wish) -> Question:
    from funnelsim.analysis.between_days import BetweenDays
    from funnelsim.config.load import load_kept
    from funnelsim.report.published_folder import read_case

    kept = [read_case(folder) for folder in (wish.old, wish.new) if folder is not None]
    old, new = (load_kept(origin) for origin, _ in kept)
    told = [forecast for _, forecast in kept]
    between = BetweenDays(old, new, None, (old.booked_total, new.booked_total))
    means = [float(one["measures"]["bookings"]["total"]["with_booked"]["mean"]) for one in told]
    is_simulated = wish.engine == "simulate"
    return Question(between, told[1]["trials"], told[1]["seed"], tuple(means) if is_simulated else None)


# ---- two days of a history


def _of_history(wish: Wish, reading: Report) -> Question:
    import secrets

    from funnelsim.analysis.between_days import BetweenDays
    from funnelsim.config.history import load_history
    from funnelsim.fitting.forecaster import Forecaster

    if wish.since is None or wish.until is None:
        raise click.UsageError("name --from and --to")
    seed = secrets.randbelow(2**31) if wish.seed is None else wish.seed
    history, _ = load_history(wish.old, allow_unmapped=wish.allow_unmapped, on_progress=reading)
    forecaster, days = Forecaster(history, seed), (wish.since.date(), wish.until.date())
    horizons = wish.horizon, _same_end(wish.horizon, *days)
    fits = [_fit(forecaster, day, horizon) for day, horizon in zip(days, horizons, strict=True)]
    old, new = (_case(fit, horizon, wish.old.stem) for fit, horizon in zip(fits, horizons, strict=True))
    fates, signed = _fates(history, *days)
    booked = sum(amount for _, amount, _ in fits[0].booked)
    between = BetweenDays(old, new, fates, (booked, booked + signed))
    return Question(between, TRIALS_OF_A_HISTORY, seed, None)


def _same_end(horizon: Horizon, first: date, second: date) -> Horizon:
    """Return the horizon that ends on the same day when it is looked at from the second day."""
    from dataclasses import replace

    end = horizon.periods(first)[-1].end
    if second >= end:
        raise click.UsageError(f"--to {second} is not before {end}, where the window from --from ends; --horizon more")
    choices = (replace(horizon, n_periods=n) for n in range(1, (horizon.n_periods or 1) + 1))
    return next(choice for choice in choices if choice.periods(second)[-1].end == end)


def _fit(forecaster: object, day: date, horizon: Horizon) -> Fitted:
    from funnelsim.fitting.fitted import fit

    end = horizon.periods(day)[-1].end
    return fit(forecaster, day, end, horizon.current_period_start(day))  # type: ignore[arg-type]


def _case(fitted: Fitted, horizon: Horizon, name: str) -> Case:
    """Return the case of a fit as `funnelsim run` reads it."""
    import tempfile

    from funnelsim.config import load
    from funnelsim.report.fit_folder import CASE, write_fit

    with tempfile.TemporaryDirectory() as spare:
        place = Path(spare) / "case"
        write_fit(fitted, horizon, name, place)
        return load(place / CASE)


def _fates(history: History, first: date, second: date) -> tuple[dict[str, Fate], float]:
    """Return how deals ended between two days, and all that was signed meanwhile."""
    import numpy as np

    from funnelsim.analysis.between_days import Fate
    from funnelsim.fitting.chronicle import Chronicle
    from funnelsim.history.record import LOST, day_of

    start, end = day_of(first), day_of(second)
    chronicle, known = Chronicle(history), history.known_at(end)
    won_on, amount = chronicle.won_on(end), np.nan_to_num(chronicle.stated(end).amount)
    is_won = (won_on >= start) & (won_on < end)
    ids = history.deals.id
    fates = {str(name): Fate(False) for name in known.deals.id[known.deals.outcome == LOST]}
    fates |= {str(ids[row]): Fate(True, float(amount[row])) for row in np.flatnonzero(is_won)}
    return fates, float(amount[is_won].sum())
