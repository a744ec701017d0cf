"""Opinions and buyer roles as tables of plain text cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from funnelsim.analysis.forecast import TargetForecast
from funnelsim.analysis.opinions import DealOpinions, Hearing, OpinionForecast
from funnelsim.analysis.roles import DealRoles, RoleForecast, Turn
from funnelsim.analysis.variants import Variant, Variants
from funnelsim.model.case import Case
from funnelsim.model.opinions import TrackRecord
from funnelsim.report.clean import one_line
from funnelsim.report.notes import notes_in_words
from funnelsim.report.numbers import (
    chance,
    error_figure,
    figure,
    mean_places,
    places_of,
    plain,
    points,
    rate,
    signed,
)
from funnelsim.report.tables import COUNTS, Column, Table
from funnelsim.report.words import Words

_N_SHOWN = 20
_NONE = "–"


def opinion_tables(told: OpinionForecast, say: Words) -> list[Table]:
    """Return who speaks and with which record, the forecast by each, and the deals most disputed."""
    records = [_records(told, say)] if any(voice.record for voice in told.opinions.voices) else []
    return [_voices(told, say), *records, _hearings(told, say), _disputed(told, say)]


def role_tables(told: RoleForecast, say: Words) -> list[Table]:
    """Return the roles of each deal, the forecast with and without them, and what a turn changes."""
    return [_roles(told, say), _with_and_without(told, say), _turns(told, say)]


def title_of(name: str, case: Case, say: Words) -> str:
    """Return the title of a page of opinions (``opinions_title``) or roles (``roles_title``)."""
    return say(name, case=one_line(case.name), day=case.as_of.isoformat())


def closing_lines(case: Case, made: Variants, say: Words) -> Iterator[str]:
    """Yield the notes of a case, what the errors mean, and how all was made."""
    for note in notes_in_words(case.notes, say):
        yield say("note_line", note=note)
    yield say("error_note" if made.trials is not None else "numeric_note")
    parts = [f"{say('engine')} {say(f'engine_{made.engine}')}"]
    if made.trials is not None:
        parts += [f"{say('trials')} {made.trials:,}", f"{say('seed')} {made.seed}"]
    parts += [f"{say('config')} {one_line(case.origin.config)}"] if case.origin.config else []
    yield " · ".join(parts)


# ---- opinions


def _voices(told: OpinionForecast, say: Words) -> Table:
    opinions = told.opinions
    is_earned, has_records = opinions.basis == "earned", any(v.record for v in opinions.voices)
    columns = [Column(say("voice"), is_number=False), Column(say(f"weight_{opinions.basis}"))]
    columns += [Column(say("weight_error"))] * is_earned
    columns += [Column(say(name)) for name in ("past_calls", "past_won", "intercept", "slope")] * has_records
    rows = tuple(
        (
            one_line(voice.name, 40),
            rate(round(opinions.shares[voice.name], 3)),
            *([points(voice.weight_se)] * is_earned),
            *(_calibration_cells(voice.record) if has_records else ()),
        )
        for voice in opinions.voices
    )
    return Table(say("voices"), tuple(columns), rows, note=say("voices_note" if has_records else "voices_note_stated"))


def _calibration_cells(record: TrackRecord | None) -> tuple[str, ...]:
    if record is None or not record.n_calls:
        return ("0", _NONE, "0", "1")
    return (
        f"{record.n_calls:,}",
        rate(round(record.n_won / record.n_calls, 3)),
        f"{figure(record.intercept, 2)} ± {figure(record.intercept_se, 2)}",
        f"{figure(record.slope, 2)} ± {figure(record.slope_se, 2)}",
    )


def _records(told: OpinionForecast, say: Words) -> Table:
    names = ("score_said", "score", "score_base", "gain", "brier_said", "brier", "brier_base")
    rows = tuple(
        (one_line(voice.name, 40), *_score_cells(voice.record)) for voice in told.opinions.voices if voice.record
    )
    columns = (Column(say("voice"), is_number=False), *(Column(say(name)) for name in names))
    return Table(say("records"), columns, rows, note=say("records_note"))


def _score_cells(record: TrackRecord) -> tuple[str, ...]:
    if not record.n_calls:
        return (_NONE,) * 7
    return (
        *(figure(x, 3) for x in (record.log_score_said, record.log_score, record.log_score_base)),
        f"{record.gain:+.3f} ± {figure(record.gain_se, 3)}",
        *(figure(x, 3) for x in (record.brier_said, record.brier, record.brier_base)),
    )


def _hearings(told: OpinionForecast, say: Words) -> Table:
    targets = told.hearings[0].variant.targets
    columns = [
        Column(say("heard"), is_number=False),
        Column(say("deals_head")),
        *_bookings_columns(targets, told.case, say),
        Column(say("against_pool")),
    ]
    rows = tuple(
        (
            _heard(hearing, say),
            f"{hearing.n_deals:,}",
            *_bookings_cells(hearing.variant, told.variants, told.case),
            signed(hearing.variant.difference.mean, hearing.variant.difference.mean_se),
        )
        for hearing in told.hearings
    )
    shared = [say("common_numbers")] * (told.variants.trials is not None)
    note = " ".join([say("hearings_note"), *shared, *_booked_note(told.case, say)])
    return Table(say("hearings", unit=told.case.money), tuple(columns), rows, note=note)


def _heard(hearing: Hearing, say: Words) -> str:
    return say(f"heard_{hearing.heard}", voice=one_line(hearing.voice, 40))


def _disputed(told: OpinionForecast, say: Words) -> Table:
    voices = [voice.name for voice in told.opinions.voices]
    columns = [
        Column(say("deal"), is_number=False),
        Column(say("stage"), is_number=False),
        Column(say("amount")),
        *(Column(say("heard_said", voice=one_line(name, 40))) for name in voices),
        Column(say("pooled")),
        Column(say("by_stage")),
        Column(say("disagreement")),
    ]
    rows = tuple(_disputed_cells(deal, voices) for deal in told.deals[:_N_SHOWN])
    n_more = len(told.deals) - _N_SHOWN
    return Table(say("disputed"), tuple(columns), rows, note=say("more_deals", n=n_more) if n_more > 0 else "")


def _disputed_cells(told: DealOpinions, voices: Sequence[str]) -> tuple[str, ...]:
    return (
        one_line(told.deal.id, 40),
        one_line(told.deal.stage, 40),
        plain(told.deal.amount),
        *(rate(told.said[name]) if name in told.said else _NONE for name in voices),
        _NONE if told.pooled is None else chance(told.pooled, 0.0),
        chance(told.by_stage, 0.0),
        figure(told.disagreement, 2),
    )


# ---- roles


def _roles(told: RoleForecast, say: Words) -> Table:
    names = (("deal", False), ("role", False), ("stance", False), ("influence", True), ("shift", True))
    columns = [Column(say(name), is_number=is_number) for name, is_number in names]
    columns += [Column(say("without_roles")), Column(say("with_roles"))]
    rows = tuple(cells for deal in told.deals for cells in _role_cells(deal, told, say))
    strengths = [
        say("strength_of", stance=say(f"stance_{stance}"), x=_plus(strength))
        for stance, strength in {"neutral": 0.0, **told.roles.strengths}.items()
    ]
    return Table(say("roles"), tuple(columns), rows, note=say("strengths_note", strengths=say.listed(strengths)))


def _role_cells(told: DealRoles, whole: RoleForecast, say: Words) -> Iterator[tuple[str, ...]]:
    for i, role in enumerate(told.roles):
        yield (
            "" if i else one_line(told.deal.id, 40),
            one_line(role.name, 40),
            say(f"stance_{role.stance}"),
            plain(role.influence),
            _plus(whole.roles.shift(role)),
            "" if i else chance(told.without, 0.0),
            "" if i else chance(told.with_roles, 0.0),
        )


def _with_and_without(told: RoleForecast, say: Words) -> Table:
    rows = {"with_roles": told.with_roles, "without_roles": told.without_roles}
    return Table(
        say("bookings_with", unit=told.case.money),
        (Column(say("roles"), is_number=False), *_bookings_columns(told.with_roles.targets, told.case, say)),
        tuple((say(name), *_bookings_cells(variant, told.variants, told.case)) for name, variant in rows.items()),
        note=" ".join([say("common_numbers")] * (told.variants.trials is not None) + _booked_note(told.case, say)),
    )


def _turns(told: RoleForecast, say: Words) -> Table:
    targets = told.with_roles.targets[:1]
    columns = [Column(say(name), is_number=False) for name in ("deal", "role", "stance", "turns_to")]
    columns += [Column(say("chance_then")), Column(say("mean_change"))]
    columns += [Column(say("chance_change", target=_target(t, told.case, say))) for t in targets]
    rows = tuple(_turn_cells(turn, say) for turn in told.turns)
    note = say("more_turns", n=told.n_more) if told.n_more else ""
    return Table(say("turns", unit=told.case.money), tuple(columns), rows, note=note)


def _turn_cells(turn: Turn, say: Words) -> tuple[str, ...]:
    apart = turn.difference
    return (
        one_line(turn.role.deal, 40),
        one_line(turn.role.name, 40),
        say(f"stance_{turn.role.stance}"),
        say(f"stance_{turn.stance}"),
        chance(turn.chance, 0.0),
        signed(apart.mean, apart.mean_se),
        *(signed(100 * c, 100 * se) for c, se in zip(apart.chances[:1], apart.chances_se[:1], strict=True)),
    )


# ---- cells of both


def _bookings_columns(targets: Sequence[TargetForecast], case: Case, say: Words) -> Iterator[Column]:
    for name in ("commit", "likely", "stretch"):
        yield Column(say(name), say(f"{name}_hint"))
    yield Column(say("mean"))
    yield Column(say("error"))
    for target in targets:
        yield Column(_target(target, case, say), say("chance"))


def _target(told: TargetForecast, case: Case, say: Words) -> str:
    target = told.target
    parts = [say("wins"), plain(target.amount)] if target.measure in COUNTS else [plain(target.amount)]
    label = say("target_label", amount=" ".join(parts))
    label += "".join(f" {one_line(value, 40)}" for value in target.group.values())
    return label + (f" ({target.by.isoformat()})" if target.by and case.periods else "")


def _booked_note(case: Case, say: Words) -> list[str]:
    return [say("counts_booked_too")] * (case.booked_total > 0)


def _bookings_cells(variant: Variant, made: Variants, case: Case) -> Iterator[str]:
    total, booked = variant.bookings, case.booked_total
    for value in (total.commit, total.likely, total.stretch):
        yield figure(value + booked, places_of(total))
    yield figure(total.mean + booked, mean_places(total))
    yield error_figure(total.mean_se or total.mean_error or 0.0)
    for target in variant.targets:
        reached = chance(target.chance, target.chance_se, made.trials)
        yield f"{reached} ± {points(target.chance_se)}" if points(target.chance_se) != "0" else reached


def _plus(value: float) -> str:
    return plain(value) if value == 0 else f"{value:+.3g}"
