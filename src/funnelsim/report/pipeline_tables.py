"""The tables of a pipeline review as plain text cells."""

from __future__ import annotations

from collections.abc import Sequence

from funnelsim.analysis.bottleneck import Bottleneck, Lift
from funnelsim.analysis.fresh import MOST_DEALS
from funnelsim.analysis.method import Gain
from funnelsim.analysis.pipeline import PipelineReview, PlanStanding
from funnelsim.analysis.stages import StageStanding
from funnelsim.analysis.stalled import StalledDeal
from funnelsim.model.case import Case
from funnelsim.model.funnel import Stage
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import chance, decimals, error_figure, figure, money, percent, places_of, plain, rate
from funnelsim.report.tables import Column, Table, targets_table
from funnelsim.report.words import Words

_NONE = "–"
_NAME = 40


def standings_table(review: PipelineReview, say: Words) -> Table:
    """Return each stage with its rates, its times and what is open in it, and their sum."""
    stages = review.stages
    has_labels, has_stays = any(s.label for s in stages), review.case.funnel.has_stays
    columns = [Column(say("stage"), is_number=False), *[Column(say("label"), is_number=False)] * has_labels]
    columns += [Column(say(name)) for name in ("conversion", "win_rate")]
    columns += [Column(say(name)) for name in ("mean_days", "median_days")] * has_stays
    columns += [Column(say(name)) for name in ("open_deals", "open_amount", "weighted", "expected_wins")]
    rows = [_standing(stage, has_labels, has_stays, say) for stage in stages]
    blanks = ("",) * (len(columns) - 5)
    rows.append((say("total"), *blanks, *_sums(list(stages))))
    note = say("weighted_note", unit=review.case.money)
    return Table(say("stages"), tuple(columns), tuple(rows), has_total=True, note=note)


def practice_table(stages: tuple[Stage, ...], say: Words) -> Table | None:
    """Return what each stage means, when a deal moves on and what is done; None if nothing is stated."""
    told = [(stage, stage.practice) for stage in stages if stage.practice.is_told]
    columns = (
        Column(say("stage"), is_number=False, is_day=True),
        *(Column(say(name), is_number=False) for name in ("definition", "promotion_mark", "tasks")),
    )
    rows = tuple(
        (
            one_line(stage.name, _NAME),
            one_line(practice.definition),
            one_line(practice.mark),
            one_line("；".join(practice.tasks) if say.language == "zh" else "; ".join(practice.tasks)),
        )
        for stage, practice in told
    )
    return Table(say("practice"), columns, rows) if rows else None


def plan_table(review: PipelineReview, say: Words) -> Table:
    """Return each target with what is booked, what is to come, and its chance."""
    told = targets_table(review.forecast, say)
    names = ("booked", "to_come_commit", "to_come_likely", "to_come_stretch")
    columns = (*told.columns[:2], *(Column(say(name)) for name in names), *told.columns[2:])
    rows = tuple(
        (*row[:2], *_plan_figures(standing), *row[2:]) for standing, row in zip(review.plan, told.rows, strict=True)
    )
    title = say("in_unit", measure=say("plan"), unit=review.case.money)
    return Table(title, columns, rows, note=say("plan_note"))


def fresh_table(review: PipelineReview, say: Words) -> Table:
    """Return how many fresh deals each target asks for."""
    names = ("fresh_worth", "fresh_mean", "fresh_even", "fresh_nine")
    columns = (Column(say("target"), is_number=False), Column(say("by"), is_number=False))
    rows = tuple(
        (*row[:2], *_fresh_figures(review, standing, say))
        for standing, row in zip(review.plan, targets_table(review.forecast, say).rows, strict=True)
    )
    first = review.plan[0].fresh
    amount, day = money(plain(first.amount), review.case.money), review.case.as_of.isoformat()
    note = say("fresh_note", amount=amount, stage=one_line(first.stage, _NAME), day=day)
    title = say("in_unit", measure=say("fresh_title"), unit=review.case.money)
    return Table(title, (*columns, *(Column(say(name)) for name in names)), rows, note=note)


def bottleneck_table(review: PipelineReview, say: Words) -> Table:
    """Return what one more point of conversion at each stage does."""
    return table_of_lifts(review.bottleneck, review.case, say)


def table_of_lifts(found: Bottleneck, case: Case, say: Words) -> Table:
    """Return what one more point of conversion at each stage of a case does."""
    lifts = found.lifts
    has_chance = any(lift.chance for lift in lifts)
    has_cost = any(lift.cost for lift in lifts)
    columns = [Column(say("stage"), is_number=False), Column(say("conversion"))]
    columns += [Column(say("gain_mean")), Column(say("gain_error"))]
    columns += [Column(say("gain_chance")), Column(say("gain_error"))] * has_chance
    columns += [Column(say("cost_of_point")), Column(say("per_cost"))] * has_cost
    rows = tuple(_lift_cells(lift, has_chance, has_cost, say) for lift in lifts)
    unit = say("in_unit", measure=say("bottleneck"), unit=case.money)
    return Table(unit, tuple(columns), rows, note=say("bottleneck_note"))


def bottleneck_sentence(review: PipelineReview, say: Words) -> str:
    """Return where a point buys most, by each measure that is known."""
    return bottleneck_words(review.bottleneck, review.case, say)


def bottleneck_words(found: Bottleneck, case: Case, say: Words) -> str:
    """Return where a point buys most in a case, by each measure that is known."""
    best = found.for_mean
    if best is None or best.mean is None:
        return say("best_none")
    gain = money(_gain(best.mean), case.money)
    parts = [say("best_mean", stage=one_line(best.stage, _NAME), gain=gain)]
    if found.rivals:
        parts.append(say("best_rivals", stages=say.listed([one_line(lift.stage, _NAME) for lift in found.rivals])))
    if found.for_chance and found.for_chance.chance:
        points = _points(found.for_chance.chance)
        parts.append(say("best_chance", stage=one_line(found.for_chance.stage, _NAME), points=points))
    if found.per_cost and found.per_cost.mean_per_cost:
        each = plain(found.per_cost.mean_per_cost)
        parts.append(say("best_cost", stage=one_line(found.per_cost.stage, _NAME), gain=each))
    return (" " if say.language == "en" else "").join(parts)


def stalled_table(review: PipelineReview, say: Words, limit: int) -> Table:
    """Return the stalled deals, the longest waiting first; at most `limit` of them."""
    return table_of_stalled(review.stalled, review.case, say, limit)


def table_of_stalled(deals: Sequence[StalledDeal], case: Case, say: Words, limit: int) -> Table:
    """Return stalled deals of a case, at most `limit` of them."""
    is_straight = case.funnel.is_linear
    has_owner = any(deal.owner for deal in deals)
    columns = [Column(say("deal"), is_number=False), Column(say("stage"), is_number=False)]
    columns += [Column(say("owner"), is_number=False)] * has_owner
    columns += [Column(say("amount")), Column(say("age_days")), Column(say("advanced_later"))]
    columns += [] if is_straight else [Column(say("won_later"))]
    columns += [Column(say("chance_now")), Column(say("chance_fresh"))]
    rows = tuple(_stalled_cells(deal, has_owner, is_straight, say) for deal in deals[:limit])
    more = [say("stalled_more", n=len(deals) - limit)] if len(deals) > limit else []
    title = say("in_unit", measure=say("stalled"), unit=case.money)
    return Table(title, tuple(columns), rows, note=" ".join([say("stalled_note"), *more]))


def stalled_sentence(review: PipelineReview, say: Words) -> str:
    """Return how many deals are stalled and what they amount to."""
    return stalled_line(review.stalled, review.case, review.n_judged, review.stalled_below, say)


def stalled_line(deals: Sequence[StalledDeal], case: Case, n_judged: int, below: float, say: Words) -> str:
    """Return how many of the deals of a case are stalled and what they amount to."""
    if not case.funnel.has_stays:
        return say("stalled_unknown")
    amount = money(plain(sum(deal.amount for deal in deals)), case.money)
    return say("stalled_line", n=f"{len(deals):,}", all=f"{n_judged:,}", share=rate(below), amount=amount)


def days(value: float | None) -> str:
    """Return a mean or median number of days, a dash where it is not known."""
    return _NONE if value is None else figure(value, 1)


def _standing(stage: StageStanding, has_labels: bool, has_stays: bool, say: Words) -> tuple[str, ...]:
    name = one_line(stage.name, _NAME)
    cells = [name if stage.in_forecast else say("not_in_forecast", name=name), *[one_line(stage.label)] * has_labels]
    cells += [rate(stage.conversion), rate(stage.win_rate)]
    cells += [days(stage.mean_days), days(stage.median_days)] * has_stays
    return (*cells, *_sums([stage]))


def _sums(stages: list[StageStanding]) -> tuple[str, ...]:
    return (
        f"{sum(s.open_deals for s in stages):,}",
        plain(sum(s.open_amount for s in stages)),
        plain(sum(s.weighted for s in stages)),
        plain(round(sum(s.expected_wins for s in stages), 1)),
    )


def _plan_figures(standing: PlanStanding) -> tuple[str, ...]:
    to_come = standing.to_come
    places = min(places_of(to_come), 0) if standing.target.measure == "wins" else places_of(to_come)
    return (plain(standing.booked), *(figure(x, places) for x in (to_come.commit, to_come.likely, to_come.stretch)))


def _fresh_figures(review: PipelineReview, standing: PlanStanding, say: Words) -> tuple[str, ...]:
    fresh, unit = standing.fresh, review.case.money
    is_count = standing.target.measure == "wins"
    worth = f"{plain(fresh.worth)} {say('deals_unit')}" if is_count else money(plain(fresh.worth), unit)

    def cell(n: int | None) -> str:
        if n is None:
            return say("fresh_many", n=f"{MOST_DEALS:,}")
        return say("fresh_of", n=f"{n:,}", amount=plain(n * fresh.amount)) if n else say("fresh_none")

    return (worth, *(cell(fresh.deals[name]) for name in ("mean", "even", "nine_in_ten")))


def _lift_cells(lift: Lift, has_chance: bool, has_cost: bool, say: Words) -> tuple[str, ...]:
    head = (one_line(lift.stage, _NAME), rate(lift.conversion))
    if lift.mean is None:
        return (*head, say(f"hindrance_{lift.hindrance}"), *[""] * (1 + 2 * has_chance + 2 * has_cost))
    gain = _gain(lift.mean)
    whole = lift.points > 1 - 1e-9
    cells = [gain if whole else say("part_point", gain=gain, points=plain(lift.points)), error_figure(lift.mean.error)]
    if has_chance and lift.chance:
        cells += [_points(lift.chance), error_figure(100 * lift.chance.error)]
    if has_cost:
        known = lift.cost is not None and lift.mean_per_cost is not None
        cells += [plain(lift.cost or 0.0), plain(lift.mean_per_cost or 0.0)] if known else [_NONE, _NONE]
    return (*head, *cells)


def _gain(gain: Gain) -> str:
    return figure(gain.value, decimals(gain.value, gain.error))


def _points(gain: Gain) -> str:
    return figure(100 * gain.value, decimals(100 * gain.value, 100 * gain.error))


def _stalled_cells(deal: StalledDeal, has_owner: bool, is_straight: bool, say: Words) -> tuple[str, ...]:
    name = one_line(deal.id, _NAME)
    cells = [say("stalled_stale", id=name) if deal.is_stale else name, one_line(deal.stage, _NAME)]
    cells += [one_line(deal.owner, _NAME)] * has_owner
    cells += [plain(deal.amount), plain(deal.age_days), _share(deal.advanced_later)]
    cells += [] if is_straight else [_NONE if deal.won_later is None else _share(deal.won_later)]
    return (*cells, chance(deal.chance, 0.0), chance(deal.chance_fresh, 0.0))


def _share(share: float) -> str:
    """Return a share of deals in per cent, never as nothing where something is left."""
    return "<0.1%" if 0 < share < 0.0005 else percent(share)
