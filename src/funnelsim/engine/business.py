"""New business and payment, lowered: sources, leads and the customers there are become kinds, arrivals and rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.graph import Curves
from funnelsim.engine.kernel.plan import Arrivals, Business, Instalments, Leads, Renewals, Tables
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.law import Law
from funnelsim.model.pipeline import Deal
from funnelsim.model.sources import LARGEST_AMOUNT, MAX_PER_MONTH, Arrival, Source

COUNTED_FROM = 256.0  # deals a month from which winners are counted out before they walk
REFERRAL = "referral"
Ints = npt.NDArray[np.int64]


class Kind(NamedTuple):
    """A way to be new: a stand-in deal that says where it enters and whose it is, its tilt and its amount."""

    deal: Deal
    log_odds: float = 0.0
    amount: Law | None = None
    enters: bool = True


@dataclass
class Kinds:
    """The kinds of a case: one per source, one for the leads of every owner and segment, one per group of customers."""

    case: Case
    kinds: list[Kind] = field(default_factory=list)
    _leads: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, deals: tuple[Deal, ...]) -> Kinds:
        """Return the kinds that sources, customers and the winners among `deals` need."""
        found = cls(case)
        for source in case.sources:
            entry = source.entry
            stand_in = _stand_in(f"source:{source.name}", entry.stage, source.owner, source.segment, source.name)
            found.kinds.append(Kind(stand_in._replace(win_rate=entry.win_rate), log(entry.odds), entry.amount))
        for i, base in enumerate(case.loyalty.base if case.loyalty else ()):
            first = case.funnel.names[0]
            stand_in = _stand_in(f"customers:{i}", first, base.owner, base.segment, base.source)
            found.kinds.append(Kind(stand_in, enters=False))
        for deal in [*deals, *(kind.deal for kind in found.kinds)]:
            found._add_leads_of(deal)
        return found

    def leads_of(self, deal: Deal) -> int:
        """Return the kind of the leads that the winners among deals like this one bring; -1 for none."""
        return self._leads.get((deal.owner, deal.segment), -1)

    def _add_leads_of(self, deal: Deal) -> None:
        referral, whose = self.case.referral, (deal.owner, deal.segment)
        if referral is None or whose in self._leads:
            return
        self._leads[whose] = len(self.kinds)
        entry = referral.entry
        stand_in = _stand_in(f"{REFERRAL}:{whose}", entry.stage, *whose, REFERRAL)
        self.kinds.append(Kind(stand_in._replace(win_rate=entry.win_rate), log(entry.odds), entry.amount))


def _stand_in(identity: str, stage: str, owner: str, segment: str, source: str) -> Deal:
    return Deal(identity, stage, 0.0, 0.0, owner, segment, source)


@dataclass(frozen=True)
class _Row:
    """One arrival of one source."""

    source: Source
    kind: int
    arrival: Arrival


def business_of(
    case: Case, kinds: Kinds, deals: tuple[Deal, ...], stage: Ints, lane: Ints, curves: Curves, *, can_count: bool
) -> Business:
    """Return the arrays of new business and payment; those it shares with the plan are put in by `lower`.

    Parameters
    ----------
    stage, lane : int arrays (kind,)
        Entry stage, and the profile under which its deals walk.
    can_count : bool
        Whether winners of large numbers may be counted out: a straight funnel without a shock per period.
    """
    subjects = [*deals, *(kind.deal for kind in kinds.kinds)]
    amounts = [-1 if kind.amount is None else curves.row(kind.amount) for kind in kinds.kinds]
    none = np.zeros(0, np.int64)
    return Business(
        n_deals=len(deals),
        tables=Tables(np.zeros((0, 2, 0, 2)), none, none, np.zeros(0), np.zeros(0)),
        row_start=none,
        row_index=none,
        bin_of_day=none,
        end_days=0.0,
        amount_key=np.uint64(0),
        kind_stage=stage,
        kind_lane=lane,
        kind_amount_row=np.array(amounts, np.int64),
        arrivals=_arrivals_of(case, curves, can_count=can_count),
        leads=_leads(case, np.array([kinds.leads_of(deal) for deal in subjects], np.int64), curves),
        renewals=_renewals(case, curves),
        instalments=_instalments(case, curves),
    )


def _arrivals_of(case: Case, curves: Curves, *, can_count: bool) -> Arrivals:
    rows = _rows(case)
    count = np.array([row.arrival.count for row in rows], np.int64)
    mean = np.array([row.arrival.mean for row in rows], float)
    _refuse_too_many(rows, curves)
    return Arrivals(
        kind=np.array([row.kind for row in rows], np.int64),
        start=np.array([row.arrival.start_days for row in rows], float),
        days=np.array([row.arrival.n_days for row in rows], float),
        mean=mean,
        exact=count,
        is_counted=np.asarray(can_count & (np.maximum(mean, count) >= COUNTED_FROM), bool),
        key=_keys([("source", row.source.name, *row.arrival.address) for row in rows]),
        spread_row=np.array([_spread_row(row.source, curves) for row in rows], np.int64),
        spread_key=_keys([_spread_address(row) for row in rows]),
    )


def _refuse_too_many(rows: list[_Row], curves: Curves) -> None:
    """Raise where numbers or money of a source outgrow whole numbers of 64 bits."""
    for row in rows:
        if row.arrival.mean > MAX_PER_MONTH:
            raise InputError.of(
                f"'{row.source.name}' brings {row.arrival.mean:.3g} deals in {row.arrival.label}, above "
                f"{MAX_PER_MONTH:.0e}; mend its rate, season or growth",
                "sources", row.kind,
            )  # fmt: skip
    for kind in {row.kind for row in rows}:
        here = [row for row in rows if row.kind == kind]
        law = here[0].source.entry.amount
        total = sum(max(row.arrival.mean, row.arrival.count) for row in here)
        money = total * curves.rows[curves.row(law)].mean if law is not None else 0.0
        if money > LARGEST_AMOUNT:
            raise InputError.of(
                f"'{here[0].source.name}' offers {money:.3g} in all, above {LARGEST_AMOUNT:.0e}; take a larger unit",
                "sources", kind, "amount",
            )  # fmt: skip


def _keys(addresses: list[tuple[str, ...]]) -> npt.NDArray[np.uint64]:
    return np.array([key(*address) for address in addresses], np.uint64)


def _rows(case: Case) -> list[_Row]:
    found, closed = [], case.fitted.closed if case.fitted else frozenset()
    for kind, source in enumerate(case.sources):
        end = case.end or source.until
        last = end if case.end else (end + timedelta(days=1) if end else None)
        if last is None:  # only a cohort lasts without an end
            last = (source.since or case.as_of) + timedelta(days=1)
        found += [_Row(source, kind, arrival) for arrival in source.arrivals(case.as_of, last, closed)]
    return found


def _spread_row(source: Source, curves: Curves) -> int:
    return -1 if source.spread is None else curves.row(source.spread.law)


def _spread_address(row: _Row) -> tuple[str, ...]:
    spread = row.source.spread
    who = ("spread together", spread.together) if spread and spread.together else ("spread", row.source.name)
    return (*who, row.arrival.label if spread and spread.per == "month" else "")


def _leads(case: Case, kind: Ints, curves: Curves) -> Leads:
    referral = case.referral
    if referral is None:
        return Leads(0.0, -1, -1, kind)
    cap = referral.generations
    return Leads(referral.leads, curves.row(referral.after), -1 if cap is None else cap, kind)


def _renewals(case: Case, curves: Curves) -> Renewals:
    loyalty = case.loyalty
    base = loyalty.base if loyalty else ()
    row = -1 if loyalty is None else curves.row(loyalty.after)
    alive = [float(curves.rows[row].survival(b.age_days)) if b.age_days > 0 else 1.0 for b in base]
    for i, chance in enumerate(alive):
        if chance <= 0:
            raise InputError.of(
                f"no customer stays {base[i].age_days:g} days without buying again or leaving, as `after` has it; "
                "mend the age or the law",
                "loyalty", "customers", i, "age",
            )  # fmt: skip
    return Renewals(
        chance=-1.0 if loyalty is None else loyalty.renews,
        lag_row=row,
        ratio_row=-1 if loyalty is None else curves.row(loyalty.amount),
        refer=loyalty is not None and loyalty.refers,
        base_kind=np.array([len(case.sources) + i for i in range(len(base))], np.int64),
        base_count=np.array([b.customers for b in base], np.int64),
        base_amount=np.array([round(b.amount * 100) for b in base], np.int64),
        base_age=np.array([b.age_days for b in base], float),
        base_alive=np.array(alive, float),
        base_key=_keys([("customers", str(i), b.owner, b.segment, b.source) for i, b in enumerate(base)]),
    )


def _instalments(case: Case, curves: Curves) -> Instalments:
    payment = case.payment
    parts = payment.instalments if payment else ()
    shares = np.cumsum([part.share for part in parts])
    if len(parts):
        shares[-1] = 1.0  # to the cent, whatever the shares round to
    return Instalments(
        share_upto=np.asarray(shares, float),
        lag_row=np.array([curves.row(part.lag) for part in parts], np.int64),
        after_previous=np.array([part.after == "previous" for part in parts], bool),
        never=np.array([part.never for part in parts], float),
        key=_keys([("payment", str(k)) for k in range(len(parts))]),
        nothing=payment.never if payment else 0.0,
        nothing_key=key("payment", "nothing"),
        day=_pay_days(case),
    )


def _pay_days(case: Case) -> Ints:
    """Return, for each day of the horizon, the first day from it on on which money comes in."""
    if case.payment is None or case.end is None or not case.payment.pays_on:
        return np.zeros(0, np.int64)
    n_days = (case.end - case.as_of).days
    found = np.zeros(n_days, np.int64)
    following = n_days
    while not case.payment.pays_at(case.as_of + timedelta(days=following)):
        following += 1
    for day in range(n_days - 1, -1, -1):
        if case.payment.pays_at(case.as_of + timedelta(days=day)):
            following = day
        found[day] = following
    return found
