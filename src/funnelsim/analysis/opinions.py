"""Opinions side by side: the forecast by each voice alone, by the pool, and by the stages (model page, M12.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from funnelsim.analysis.variants import EngineName, Progress, Variant, Variants, forecast_variants
from funnelsim.engine.own_chance import own_chances
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.opinions import Opinions
from funnelsim.model.pipeline import Deal, Pipeline

SCHEMA = "funnelsim.opinions/1"
Heard = Literal["pool", "said", "recalibrated", "stages"]


@dataclass(frozen=True)
class Hearing:
    """A forecast that listens to one voice, to the pool, or to nobody.

    Parameters
    ----------
    heard : {"pool", "said", "recalibrated", "stages"}
        What the deals that were spoken of take as their win rate. A deal of which the voice says nothing keeps
        what its stage says.
    voice : str
        Whose; empty for the pool and for the stages.
    n_deals : int
        How many deals take a figure from it.
    """

    heard: Heard
    voice: str
    n_deals: int
    variant: Variant


@dataclass(frozen=True)
class DealOpinions:
    """What is said of one deal.

    Parameters
    ----------
    said, recalibrated : dict of str to float
        Voice -> probability.
    pooled : float, optional
        None where no voice with a weight speaks.
    by_stage : float
        Its chance in the end by its stage and age alone, evidence of its roles counted in.
    disagreement : float
        Largest difference of the calls in log odds.
    """

    deal: Deal
    said: dict[str, float]
    recalibrated: dict[str, float]
    pooled: float | None
    by_stage: float
    disagreement: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "id": self.deal.id,
            "stage": self.deal.stage,
            "amount": self.deal.amount,
            "said": self.said,
            "recalibrated": self.recalibrated,
            "pooled": self.pooled,
            "by_stage": self.by_stage,
            "disagreement": self.disagreement,
        }


@dataclass(frozen=True)
class OpinionForecast:
    """Every hearing, the pool first, and the deals spoken of, those most disputed first."""

    case: Case
    opinions: Opinions
    variants: Variants
    hearings: tuple[Hearing, ...]
    deals: tuple[DealOpinions, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.opinions/1`` as plain values."""
        case, made = self.case, self.variants
        return {
            "schema": SCHEMA,
            "case": case.name,
            "engine": made.engine,
            "trials": made.trials,
            "seed": made.seed,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "booked": case.booked_total,
            "weights": self.opinions.basis,
            "no_surer_than": self.opinions.surest,
            "sources": [
                {
                    "name": voice.name,
                    "weight": voice.weight,
                    "weight_se": voice.weight_se,
                    "share": self.opinions.shares[voice.name],
                    "record": None if voice.record is None else asdict(voice.record),
                }
                for voice in self.opinions.voices
            ],
            "forecasts": [
                {"heard": h.heard, "source": h.voice, "deals": h.n_deals, **h.variant.as_json()} for h in self.hearings
            ],
            "deals": [deal.as_json() for deal in self.deals],
            "notes": list(case.notes),
        }


def forecast_opinions(
    case: Case,
    *,
    engine: EngineName = "simulate",
    trials: int | None = None,
    seed: int | None = None,
    on_progress: Progress | None = None,
) -> OpinionForecast:
    """Forecast a case by each opinion alone, by the pool and by its stages.

    Parameters
    ----------
    case : Case
        One whose deals carry opinions.
    engine, trials, seed, on_progress
        As in `forecast_variants`.

    Returns
    -------
    OpinionForecast

    Raises
    ------
    InputError
        If no deal carries an opinion.
    """
    opinions = case.opinions
    if opinions is None or not opinions.calls:
        raise InputError.of(
            "no deal carries an opinion; write opinions: {NAME: 80%} on pipeline lines, or name columns.opinions",
            "pipeline",
        )
    figures = list(_figures(case, opinions))
    cases = {f"{heard} {voice}": _listening(case, opinions, found) for heard, voice, found in figures}
    made = forecast_variants(cases, engine=engine, trials=trials, seed=seed, on_progress=on_progress)
    hearings = tuple(
        Hearing(heard, voice, len(found), made.by_name[f"{heard} {voice}"]) for heard, voice, found in figures
    )
    deals = _deals(case, opinions, own_chances(cases["stages "]))
    return OpinionForecast(case, opinions, made, hearings, deals)


def _figures(case: Case, opinions: Opinions) -> Iterator[tuple[Heard, str, dict[str, float]]]:
    """Return, for each hearing, deal -> win rate."""
    ids = [deal.id for deal in case.pipeline.deals if deal.id in opinions.calls]
    yield "pool", "", {i: p for i in ids if (p := opinions.pooled(i)) is not None}
    for voice in opinions.voices:
        yield "said", voice.name, {i: p for i in ids if (p := opinions.said(i, voice.name)) is not None}
        if voice.record is not None:
            found = {i: p for i in ids if (p := opinions.calibrated(i, voice.name)) is not None}
            yield "recalibrated", voice.name, found
    yield "stages", "", {}


def _listening(case: Case, opinions: Opinions, figures: dict[str, float]) -> Case:
    """Return the case with these figures in place of the pooled ones."""
    marks = set(case.funnel.progress_marks)
    deals = tuple(
        deal._replace(
            # a stage that only marks progress has nothing to say but 0
            win_rate=figures.get(deal.id, 0.0 if deal.stage in marks else None)
        )
        if deal.id in opinions.calls
        else deal
        for deal in case.pipeline.deals
    )
    return replace(case, pipeline=Pipeline(deals))


def _deals(case: Case, opinions: Opinions, by_stage: dict[str, float]) -> tuple[DealOpinions, ...]:
    def heard(deal: str, *, as_said: bool) -> dict[str, float]:
        read = opinions.said if as_said else opinions.calibrated
        return {v.name: p for v in opinions.voices if (p := read(deal, v.name)) is not None}

    found = [
        DealOpinions(
            deal,
            heard(deal.id, as_said=True),
            heard(deal.id, as_said=False),
            opinions.pooled(deal.id),
            by_stage[deal.id],
            opinions.disagreement(deal.id),
        )
        for deal in case.pipeline.deals
        if deal.id in opinions.calls and deal.id in by_stage
    ]
    return tuple(sorted(found, key=lambda told: (-told.disagreement, -told.deal.amount, told.deal.id)))
