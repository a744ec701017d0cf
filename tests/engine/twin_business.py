"""A whole business again, slow and obvious: one trial, one event after the other, from the words (M6, M7).

It shares with the engine the generator and the names of the addresses, nothing else: every new deal, lead, renewal and
instalment is written to one list of entries, which is added up at the end. Nobody is counted out in advance.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from math import floor, inf

import numpy as np
from scipy import stats

from funnelsim.model.funnel import WON
from funnelsim.model.pipeline import Deal
from tests.engine.twin import GOLDEN, MASK, VISIT, Twin, curve_of, key, mix64

NUMBER, DAY = 0x6A09E667F3BCC909, 0x1F83D9ABFB41BD6B
NEXT, RENEWED = 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1
LEADS, LEAD = 0x510E527FADE682D1, 0x9B05688C2B3E6C1F
MONTHS = {"month": 1, "quarter": 3, "year": 12}
ROUNDING = 2e-5  # of a day, by tables of quantiles
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hashed(*parts):
    return mix64(sum(parts) & MASK)


def high(word):
    return ((word >> 32) + 0.5) / 2**32


def low(word):
    return ((word & 0xFFFFFFFF) + 0.5) / 2**32


class BusinessTwin(Twin):
    """One trial of a case with new business; `tilts` are those of sources by name, and of leads under ''."""

    def __init__(self, case, seed, trial, tilts, open_tilts):
        super().__init__(case, seed, trial)
        self.tilts, self.open_tilts = tilts, open_tilts
        self.end = inf if case.end is None else (case.end - case.as_of).days
        self.entries = []  # (measure, whose, day, amount)
        self.known = {}
        self.n_deals = 0
        self.doubtful = 0  # hundredths due so near midnight that a rounded quantile may move them to another pay day

    def happen(self):
        """Let everything happen, and return the entries."""
        for deal, tilt in zip(self.case.pipeline.deals, self.open_tilts, strict=True):
            path, signed = self.walk(deal, tilt)
            _, to, day = path[-1]
            if day < self.end and (to == WON or to not in {*self.names, "never"}):
                self.enter("closed", deal, day, floor(deal.amount * 100 + 0.5))
                self.enter("losses", deal, day, to != WON)
            if signed is not None:
                self.first_win(deal, key("deal", deal.id, 0), day, signed, False, 0)
        for source in self.case.sources:
            self.bring(source)
        for i, base in enumerate(self.case.loyalty.base if self.case.loyalty else ()):
            whose = Deal("", self.names[0], 0.0, 0.0, base.owner, base.segment, base.source)
            address = key("customers", i, base.owner, base.segment, base.source)
            for j in range(base.customers):
                entity = hashed(address, (j + 1) * GOLDEN)
                self.renew(whose, entity, 0.0, round(base.amount * 100), 0, base.age_days)
        return self.entries

    def enter(self, measure, whose, day, amount=1):
        self.entries.append((measure, whose, day, int(amount)))

    def quantile(self, law, v):
        return float(curve_of(law).upper(v))

    # ---- new deals

    def bring(self, source):
        whose = Deal("", source.entry.stage, 0.0, 0.0, source.owner, source.segment, source.name)
        for label, first, n_days, count in self.months(source):
            address = key("source", source.name, label)
            for j in range(count):
                entity = hashed(address, (j + 1) * GOLDEN)
                day = first + low(self.word(entity, DAY)) * n_days
                self.enter("new_deals", whose, day)
                self.new_deal(whose, entity, day, source.entry, self.tilts[source.name], 0, 0)

    def months(self, source):
        """Yield (label, first day, days, number of deals) of each calendar month."""
        case = self.case
        if source.cohort is not None:
            if case.end is None or source.since < case.end:
                yield "cohort", (source.since - case.as_of).days, 0, source.cohort
            return
        days = defaultdict(list)
        for n in range(2000):
            day = case.as_of + timedelta(days=n)
            if (case.end and day >= case.end) or (source.until and day > source.until):
                break
            if not source.since or day >= source.since:
                days[day.year, day.month].append(n)
        for (year, month), inside in days.items():
            label = f"{year}-{month:02}"
            if source.rate.per in MONTHS:
                mean = source.rate.level / MONTHS[source.rate.per] * len(inside) / monthrange(year, month)[1]
            else:
                mean = source.rate.level * len(inside) / {"day": 1, "week": 7}[source.rate.per]
            since_start = 12 * (year - case.as_of.year) + month - case.as_of.month
            mean *= source.season[month - 1] * (1 + source.growth) ** since_start
            if source.spread:
                once = label if source.spread.per == "month" else ""
                mean *= self.quantile(source.spread.law, self.uniform(key("spread", source.name, once)))
            u = self.uniform(key("source", source.name, label), NUMBER)
            yield label, inside[0], len(inside), int(stats.poisson.ppf(u, mean)) if mean > 0 else 0

    def new_deal(self, whose, entity, day, entry, tilt, brought, generation):
        self.n_deals += 1
        worth = brought
        if entry.amount is not None:
            worth = floor(100 * self.quantile(entry.amount, low(self.word(entity, key("amount")))) + 0.5)
        self.enter("closed", whose, day, -worth)
        to, day = self.new_walk(whose, entity, day, tilt)
        if not day < self.end or to == "never":
            return
        self.enter("closed", whose, day, worth)
        if to == WON:
            self.first_win(whose, entity, day, worth, True, generation)
        else:
            self.enter("losses", whose, day)

    def new_walk(self, whose, entity, day, tilt):
        """Return (last exit, its day) of a deal that enters its stage at age 0."""
        late = self.case.shock.phi is not None
        stage, visits = self.names.index(whose.stage), defaultdict(int)
        while True:
            base = self.tilted(stage, tilt)
            chances = base if late else self.fresh(whose, tilt)[stage]
            word = self.word(entity, key("stage", self.names[stage]), visits[stage] * VISIT)
            visits[stage] += 1
            k = min(int(np.searchsorted(np.cumsum(chances), high(word), side="right")), len(chances) - 1)
            x = self.quantile(self.exits[stage][k][2], low(word))
            day += self.time[stage] * x * self.stay_factor
            if late and day < self.end:
                k = self.late_exit(whose, stage, base, k, x, day, word)
            to = self.exits[stage][k][0]
            if not day < self.end or to not in self.names:
                return to, day
            stage = self.names.index(to)

    def fresh(self, whose, tilt):
        shock = self.shock_of(whose)
        if (tilt, shock) not in self.known:
            self.known[tilt, shock] = self.fresh_chances(tilt, shock)[0]
        return self.known[tilt, shock]

    # ---- what a win brings

    def first_win(self, whose, entity, day, signed, is_new, generation):
        self.purchase(whose, entity, day, signed, is_new)
        self.leads(whose, entity, day, signed, generation)
        if self.case.loyalty:
            self.enter("customers", whose, day)
            self.renew(whose, entity, day, signed, generation, None)

    def purchase(self, whose, entity, day, signed, is_new):
        for measure, amount in (("bookings", signed), ("wins", 1)):
            self.enter(measure, whose, day, amount)
            if is_new:
                self.enter("new_" + measure, whose, day, amount)
        payment = self.case.payment
        if payment is None:
            return
        nothing = high(self.word(entity, key("payment", "nothing"))) < payment.never
        due, upto, paid = day, 0.0, 0
        for k, part in enumerate(payment.instalments):
            word = self.word(entity, key("payment", k))
            due = (due if part.after == "previous" else day) + self.quantile(part.lag, low(word))
            if payment.pays_on and abs(due - round(due)) < ROUNDING * (1 + due) and due != round(due):
                self.doubtful += signed
            due = self.pay_day(due, payment.pays_on)
            upto += part.share
            if k + 1 == len(payment.instalments):
                upto = 1.0
            amount = floor(signed * upto + 0.5) - paid
            paid += amount
            if not due < self.end:
                self.entries.append(("outstanding", whose, 0.0, amount))
            elif nothing or high(word) < part.never:
                self.enter("written_off", whose, due, amount)
            else:
                self.enter("cash", whose, due, amount)

    def pay_day(self, due, names):
        if not names or not due < self.end or self.end == inf:
            return due
        while True:
            day: date = self.case.as_of + timedelta(days=int(due))
            if WEEK[day.weekday()] in names or ("month_end" in names and day.day == monthrange(day.year, day.month)[1]):
                return due
            due = float(int(due) + 1)

    def leads(self, whose, entity, day, signed, generation):
        referral = self.case.referral
        if referral is None or (referral.generations is not None and generation >= referral.generations):
            return
        lead = Deal("", referral.entry.stage, 0.0, 0.0, whose.owner, whose.segment, "referral")
        for n in range(int(stats.poisson.ppf(self.uniform(entity, LEADS), referral.leads))):
            address = hashed(entity, LEAD, n * GOLDEN)
            enters = day + self.quantile(referral.after, low(self.word(address, LEADS)))
            if enters < self.end:
                self.enter("new_deals", lead, enters)
                self.new_deal(lead, address, enters, referral.entry, self.tilts[""], signed, generation + 1)

    def renew(self, whose, entity, day, signed, generation, age):
        loyalty, number = self.case.loyalty, 0
        curve = curve_of(loyalty.after)
        while True:
            word = self.word(entity, NEXT, number * GOLDEN)
            if number == 0 and age is not None:
                alive = float(curve.survival(age)) if age > 0 else 1.0
                day += max(float(curve.upper(low(word) * alive)) - age, 0.0)
            else:
                day += float(curve.upper(low(word)))
            if not day < self.end:
                return
            if high(word) >= loyalty.renews:
                self.enter("customers", whose, day, -1)
                return
            again = hashed(entity, RENEWED, number * GOLDEN)
            signed = floor(signed * self.quantile(loyalty.amount, low(self.word(again, key("amount")))) + 0.5)
            self.purchase(whose, again, day, signed, True)
            if loyalty.refers:
                self.leads(whose, again, day, signed, generation)
            number += 1
