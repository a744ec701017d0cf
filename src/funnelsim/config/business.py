"""Sections on new business and payment -> words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, TypeVar

from funnelsim.config.business_forms import LoyaltyForm, PaymentForm, ReferralForm, SourceForm, SpreadForm
from funnelsim.config.sections import Findings, Sections
from funnelsim.errors import InputError, Problem
from funnelsim.model.law import Empirical, Fixed, Law
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.sources import FLAT, CustomerBase, Entry, Loyalty, Referral, Source, Spread

T = TypeVar("T")


def business_parts(sections: Sections, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Return sources, referral, loyalty and payment; problems are noted in the sections' findings.

    `names` are the stages in order, for new deals that state none and so enter the first.
    """
    findings, first = sections.findings, (names or ("",))[0]
    sources = [
        (form and _made(findings, partial(_source, form, first), "sources", i)) or _stand_in(i, first)
        for i, form in enumerate(sections.items("sources", SourceForm))
    ]
    referral, loyalty, payment = (sections.value(key) for key in ("referral", "loyalty", "payment"))
    return {
        "sources": tuple(sources),
        "referral": referral and _made(findings, partial(_referral, referral, first), "referral"),
        "loyalty": loyalty and _loyalty(findings, loyalty),
        "payment": payment and _payment(findings, payment),
    }


def _made(findings: Findings, make: Callable[[], T], *prefix: str | int) -> T | None:
    try:
        return make()
    except InputError as error:
        findings.extend(error, *prefix)
        return None


def _stand_in(number: int, stage: str) -> Source:
    """Return a harmless source in place of a wrong one, so that later ones keep their numbers."""
    return Source(f"\0{number}", Entry(stage, Fixed(1.0)), cohort=1, since=date.max)


def _source(form: SourceForm, first: str) -> Source:
    problems = [
        Problem((key,), f"only with {other}; {hint}")
        for key, other, hint in (
            ("on", "cohort", "for a rate write from: and until:"),
            ("from", "rate", "a cohort enters on: one day"),
        )
        if getattr(form, "since" if key == "from" else key) is not None and getattr(form, other) is None
    ]
    entry = Entry(form.enters or first, Fixed(1.0))
    try:
        entry = Entry(entry.stage, _amount(form.amount), form.win_rate, form.odds)
    except InputError as error:
        problems += error.problems
    try:
        source = _with_entry(form, entry)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    return source


def _with_entry(form: SourceForm, entry: Entry) -> Source:
    return Source(
        name=form.name,
        entry=entry,
        rate=form.rate,
        cohort=form.cohort,
        since=form.on if form.cohort is not None else form.since,
        until=form.until,
        growth=form.growth,
        season=form.season or FLAT,
        spread=_spread(form.spread) if form.spread else None,
        owner=form.owner,
        segment=form.segment,
        label=form.label,
    )


def _spread(form: SpreadForm) -> Spread:
    factors = form.factors
    if factors is not None and not (isinstance(factors, Empirical) and factors.weights is None):
        raise InputError.of("write {empirical: {file: factors.csv, column: factor}}", "spread", "factors")
    return Spread(form.cv or 0.0, form.per, factors.values if factors else (), form.together)


def _amount(law: Law | None) -> Law | None:
    if law is not None and law.support[0] < 0:
        raise InputError.of("an amount must be 0 or more", "amount")
    return law


def _referral(form: ReferralForm, first: str) -> Referral:
    entry = Entry(form.enters or first, _amount(form.amount), form.win_rate, form.odds)
    return Referral(form.leads, form.after, entry, form.generations)


def _loyalty(findings: Findings, form: LoyaltyForm) -> Loyalty | None:
    customers = [
        _made(
            findings,
            partial(CustomerBase, base.customers, base.amount, base.age, base.owner, base.segment, base.source),
            "loyalty",
            "customers",
            i,
        )
        for i, base in enumerate(form.customers)
    ]
    made = tuple(base for base in customers if base is not None)
    return _made(
        findings, partial(Loyalty, form.renews, form.after, form.amount or Fixed(1.0), form.refers, made), "loyalty"
    )


def _payment(findings: Findings, form: PaymentForm) -> Payment | None:
    parts = [
        _made(findings, partial(Instalment, part.share, part.lag, part.after, part.never), "payment", "instalments", i)
        for i, part in enumerate(form.instalments)
    ]
    if None in parts:
        return None
    made = tuple(part for part in parts if part is not None)
    return _made(findings, partial(Payment, made, tuple(form.pays_on), form.never), "payment")
