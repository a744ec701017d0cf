"""The stage table: what was stated of each stage, what follows from it, and what is open there."""

from __future__ import annotations

from funnelsim.analysis.forecast import Forecast
from funnelsim.model.funnel import LOST, WON, Exit, Stage, is_lost
from funnelsim.report.clean import one_line
from funnelsim.report.laws import law_of_days
from funnelsim.report.numbers import plain, rate
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words


def stages_table(forecast: Forecast, say: Words) -> Table:
    """Return the stages with their rates, implied rates, stays, open deals and open amount."""
    funnel = forecast.case.funnel
    has_labels = any(stage.label for stage in funnel.stages)
    columns = [Column(say("stage"), is_number=False)]
    columns += [Column(say("label"), is_number=False)] * has_labels
    columns += [Column(_marked(name, forecast, say)) for name in ("win_rate", "conversion")]
    columns += [Column(say("implied", name=_implied_name(forecast, say)))] * bool(forecast.implied)
    columns += [Column(say(name), is_number=False) for name in _text_columns(forecast)]
    unit = say("in_unit", measure=say("open_amount"), unit=str(forecast.case.money))
    columns += [Column(say("open_deals")), Column(unit)]
    rows = tuple(_row(forecast, i, stage, has_labels, say) for i, stage in enumerate(funnel.stages))
    return Table(say("stages"), tuple(columns), rows)


def _marked(name: str, forecast: Forecast, say: Words) -> str:
    stated = forecast.case.funnel.stated_as == name
    return say("stated_mark" if stated else "derived_mark", name=say(name))


def _implied_name(forecast: Forecast, say: Words) -> str:
    return say("conversion" if forecast.case.funnel.is_linear else "win_rate")


def _text_columns(forecast: Forecast) -> list[str]:
    funnel = forecast.case.funnel
    own_losses = set(funnel.shared_stay) != set(funnel.names)
    stays = ["stay", *["stay_lost"] * own_losses] if funnel.has_stays else []
    return stays if funnel.is_linear else ["exits"]


def _row(forecast: Forecast, i: int, stage: Stage, has_labels: bool, say: Words) -> tuple[str, ...]:
    funnel, amounts = forecast.case.funnel, _open_amounts(forecast, stage.name)
    name = one_line(stage.name)
    cells = [name if stage.in_forecast else say("not_in_forecast", name=name)]
    cells += [one_line(stage.label)] * has_labels
    cells += [rate(funnel.win_rates[i]), rate(funnel.conversions[i])]
    if forecast.implied:
        cells.append(rate(forecast.implied[stage.name][1]) if stage.name in forecast.implied else "")
    cells += [_text_cell(column, i, stage, forecast, say) for column in _text_columns(forecast)]
    return (*cells, f"{len(amounts):,}", plain(sum(amounts)))


def _open_amounts(forecast: Forecast, stage: str) -> list[float]:
    return [deal.amount for deal in forecast.case.pipeline.deals if deal.stage == stage]


def _text_cell(column: str, i: int, stage: Stage, forecast: Forecast, say: Words) -> str:
    if column == "exits":
        never = [f"{say('never')} {rate(stage.never)}"] if stage.never else []
        return "; ".join([_exit_in_words(exit_, say) for exit_ in stage.exits] + never)
    wanted = forecast.case.funnel.is_onward
    chosen = [e for e in stage.exits if (is_lost(e.to) if column == "stay_lost" else wanted(i, e.to))]
    return law_of_days(chosen[0].stay, say) if chosen else say("no_stay")


def _exit_in_words(exit_: Exit, say: Words) -> str:
    text = f"{_target(exit_.to, say)} {rate(exit_.probability)}"
    return text if exit_.stay is None else f"{text} ({law_of_days(exit_.stay, say)})"


def _target(to: str, say: Words) -> str:
    if to in {WON, LOST}:
        return say(to)
    return say("lost_reason", reason=one_line(to[len(LOST) + 1 :])) if is_lost(to) else one_line(to)
