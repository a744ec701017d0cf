"""What the page begins with: a config, a run that was kept, or a history that is fitted first."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from funnelsim.config.history_forms import HistoryForm
from funnelsim.config.load import load
from funnelsim.config.reading import read_document
from funnelsim.model.case import Origin
from funnelsim.model.horizon import Horizon

if TYPE_CHECKING:
    from funnelsim.analysis.backtest import Backtest
    from funnelsim.fitting.fitted import Fitted
    from funnelsim.fitting.forecaster import Forecaster
    from funnelsim.history.findings import ImportReport
    from funnelsim.history.record import History

Start = Literal["config", "run", "history"]
Progress = Callable[[int, int], None]
HORIZON = Horizon(2, "quarter")
_OF_HISTORIES = {field.alias or key for key, field in HistoryForm.model_fields.items()} - {"currency", "unit", "stages"}


def kind_of(path: Path) -> Start:
    """Tell what a path leads to: a folder is a run, a YAML file a config or a history.

    Raises
    ------
    InputError
        If a file is no YAML.
    """
    if path.is_dir():
        return "run"
    keys = set(read_document(path).tree)
    is_history = bool(keys & _OF_HISTORIES - {"timezone"}) and not keys & {"pipeline", "horizon", "fitted", "as_of"}
    return "history" if is_history else "config"


def origin_of(path: Path) -> Origin:
    """Return the config at a path, or the one that a run kept, with the bytes of every file it names.

    Raises
    ------
    InputError
        With every problem of the config, or if the folder holds no run.
    """
    if path.is_dir():
        from funnelsim.report.published_folder import read_case

        return read_case(path)[0]
    return load(path).origin


@dataclass
class Record:
    """A history that is fitted on the page.

    Parameters
    ----------
    report : ImportReport
        What was read and what is odd about it.
    fitted : Fitted, optional
        The latest fit.
    track : Backtest, optional
        How the same forecast did at past days, once that was asked.
    """

    name: str
    history: History
    report: ImportReport
    fitted: Fitted | None = None
    forecaster: Forecaster | None = None
    track: Backtest | None = None

    def fit(self, horizon: Horizon, seed: int, as_of: date | None = None) -> Origin:
        """Fit the history as of a day, its last by default, and return the case of the fit.

        Raises
        ------
        InputError
            If the day lies outside the records, or there is nothing to fit.
        """
        from funnelsim.fitting.fitted import fit
        from funnelsim.fitting.forecaster import Forecaster
        from funnelsim.history.record import date_of

        day = as_of or date_of(self.history.as_of)
        end = horizon.periods(day)[-1].end
        self.forecaster = Forecaster(self.history, seed)
        self.fitted, self.track = fit(self.forecaster, day, end, horizon.current_period_start(day)), None
        return origin_of_fit(self.fitted, horizon, self.name)

    def try_the_past(self, on_progress: Progress | None = None) -> Backtest | None:
        """Return how the same forecast did at past days; None before a fit, or where the records are too short."""
        from funnelsim.analysis.record import record_of
        from funnelsim.history.record import day_of

        if self.track is None and self.fitted is not None and self.forecaster is not None:
            n_days = (self.fitted.end - self.fitted.as_of).days
            self.track = record_of(self.forecaster, day_of(self.fitted.as_of), n_days, on_progress=on_progress)
        return self.track


def origin_of_fit(fitted: Fitted, horizon: Horizon, name: str) -> Origin:
    """Return the case of a fit with its tables; what is written on the way is gone at the end."""
    from funnelsim.report.fit_folder import CASE, write_fit

    with tempfile.TemporaryDirectory(prefix="funnelsim-") as private:
        folder = write_fit(fitted, horizon, name, Path(private) / "fit")
        return load(folder / CASE).origin
