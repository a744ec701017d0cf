"""The case: everything a forecast is made from, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.capacity import Capacity
from funnelsim.model.communication import Communication
from funnelsim.model.daily import DailyTables
from funnelsim.model.fitted_case import fitted_problems
from funnelsim.model.funnel import Funnel
from funnelsim.model.horizon import Horizon, Period
from funnelsim.model.law import Beta, Law
from funnelsim.model.money import Money
from funnelsim.model.opinions import Opinions
from funnelsim.model.payment import Payment
from funnelsim.model.pipeline import Pipeline
from funnelsim.model.roles import Roles
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Loyalty, Referral, Source
from funnelsim.model.target import Booked, Measure, Target

GROUPINGS = ("segment", "owner", "source")
MAX_TRIALS = 1_000_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2200
SMALLEST_AMOUNT = 0.005  # half a hundredth of the unit
LARGEST_TOTAL = 1e13  # sums in hundredths stay far inside 64 bits
LARGEST_REALISATION = 5.0
StalePolicy = Literal["lost", "fresh", "open"]


@dataclass(frozen=True)
class Origin:
    """Where a case came from: the files read, the SHA-256 of their bytes, and the bytes themselves.

    `content` has those of the config under its name, and those of each file by its name in the config; with `overrides`
    and `scenario` they make the same case again.
    """

    config: str = ""
    config_sha256: str = ""
    data_sha256: dict[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    scenario: str = ""
    content: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Case:
    """A funnel, its open pipeline and what is believed about both.

    Parameters
    ----------
    as_of : date
        Rows stamped on or after 00:00 of this day in `timezone` are unknown.
    realisation : Law, optional
        Law of final over quoted amount, drawn per deal; None means 1.
    stale : {"lost", "fresh", "open"}
        What becomes of a deal so old that hardly any deal stays as long (M3).
    due_today : bool
        Whether an exit due on the day of a deal's age is still to come ("as of the start of the day").
    opinions : Opinions, optional
        What the win rates of some deals were pooled from; the deals hold the pooled figures already.
    roles : Roles, optional
        What the evidence of some deals was summed from; the deals hold the sums already.
    capacity : Capacity, optional
        How many deals are worked on at a time; None lets nobody wait.
    communication : Communication, optional
        The chain a message is handed down, and the stages that hang on it (M8).
    fitted : DailyTables, optional
        The funnel as daily chances; `funnel` is then what they imply, for display (M1.2).
    notes : tuple of str
        What the reader of the files wants said beside every result.
    """

    name: str
    money: Money
    as_of: date
    funnel: Funnel
    pipeline: Pipeline
    timezone: str = "UTC"
    horizon: Horizon = field(default_factory=Horizon)
    booked: tuple[Booked, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    shock: Shock = field(default_factory=Shock)
    realisation: Law | None = None
    groups: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    trials: int = 100_000
    seed: int | None = None
    stale: StalePolicy = "lost"
    due_today: bool = False
    sources: tuple[Source, ...] = ()
    referral: Referral | None = None
    loyalty: Loyalty | None = None
    payment: Payment | None = None
    opinions: Opinions | None = None
    roles: Roles | None = None
    capacity: Capacity | None = None
    communication: Communication | None = None
    fitted: DailyTables | None = None
    notes: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin, compare=False)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Return the periods of the horizon; none if it is unlimited."""
        return self.horizon.periods(self.as_of)

    @property
    def end(self) -> date | None:
        """Return the first day after the horizon, or None if it is unlimited."""
        return self.periods[-1].end if self.periods else None

    @property
    def has_business(self) -> bool:
        """Return whether anything but the fate of open deals is simulated: new deals, customers, or payment."""
        return bool(self.sources or self.referral or self.loyalty or self.payment)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return what is measured unless more is asked for."""
        found: list[Measure] = ["bookings", "wins"]
        if self.sources or self.referral or self.loyalty:
            found += ["new_deals", "bookings_from_open", "bookings_from_new", "wins_from_open", "wins_from_new"]
        if self.loyalty:
            found.append("customers")
        if self.payment:
            found.append("cash")
        return tuple(found)

    def measured(self, wanted: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Return what is wanted, and what the targets are of."""
        return tuple(dict.fromkeys((*wanted, *(target.measure for target in self.targets))))

    @property
    def booked_total(self) -> float:
        """Return what is signed already, in the case's unit."""
        return sum(entry.amount for entry in self.booked)

    def values_of(self, axis: str) -> set[str]:
        """Return the segments, owners or sources there are among open deals and new business."""
        found = {str(getattr(deal, axis)) for deal in self.pipeline.deals}
        found |= {source.name if axis == "source" else str(getattr(source, axis)) for source in self.sources}
        found |= {str(getattr(base, axis)) for base in (self.loyalty.base if self.loyalty else ())}
        return found | ({"referral"} if self.referral and axis == "source" else set())

    def _problems(self) -> Iterator[Problem]:
        if not FIRST_YEAR <= self.as_of.year <= LAST_YEAR:
            yield Problem(("as_of",), f"{self.as_of} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
            return
        yield from self._time_problems()
        yield from self._amount_problems()
        yield from self._pipeline_problems()
        yield from self._business_problems()
        yield from self._belief_problems()
        yield from self._correlation_problems()
        if self.communication is not None:
            yield from self.communication.stage_problems(self.funnel.names)
        for i, name in enumerate(self.groups):
            if name not in GROUPINGS:
                yield Problem(("groups", i), f"'{name}' is no grouping; take {', '.join(GROUPINGS)}")
        for name in self.shock.by:
            if name not in GROUPINGS:
                yield Problem(("shock", "by", name), f"'{name}' is no grouping; take {', '.join(GROUPINGS)}")
        yield from self._target_problems()
        yield from self._capacity_problems()
        if self.fitted is not None:
            yield from fitted_problems(self.fitted, self)
        if not 1 <= self.trials <= MAX_TRIALS:
            yield Problem(("trials",), f"{self.trials} trials; give 1 to {MAX_TRIALS:,}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            yield Problem(("seed",), f"{self.seed} must be 0 or more and below 2^63")

    def _time_problems(self) -> Iterator[Problem]:
        if not self.horizon.is_unlimited and not self.funnel.has_stays:
            yield Problem(
                ("horizon",),
                "no stage states a stay, so nothing is known of when; state stays, or horizon: unlimited",
            )
        first_of_period = self.horizon.current_period_start(self.as_of)
        for i, entry in enumerate(self.booked):
            if entry.since > self.as_of:
                yield Problem(("booked", i, "from"), f"{entry.since} is after as_of {self.as_of}")
            elif not self.horizon.is_unlimited and entry.since < first_of_period:
                yield Problem(
                    ("booked", i, "from"),
                    f"{entry.since} is before the current period, which began on {first_of_period}; "
                    "only what was signed in it counts",
                )
            yield from self._group_problems(("booked", i, "group"), entry.group)

    def _amount_problems(self) -> Iterator[Problem]:
        for i, deal in enumerate(self.pipeline.deals):
            if 0 < deal.amount < SMALLEST_AMOUNT:
                yield Problem(
                    ("pipeline", i, "amount"),
                    f"amount {deal.amount:g} of deal '{deal.id}' is lost when money is kept in hundredths of "
                    f"{self.money}; take a smaller unit",
                )
        total = sum(deal.amount for deal in self.pipeline.deals)
        if total > LARGEST_TOTAL:
            yield Problem(
                ("pipeline",),
                f"amounts add up to {total:.3g} {self.money}, above {LARGEST_TOTAL:.0e}; take a larger unit",
            )
        if self.realisation is not None and self.realisation.support[0] > LARGEST_REALISATION:
            low = self.realisation.support[0]
            yield Problem(("realisation",), f"final over quoted is {low:g} at least; write {low:g}% if that is meant")

    def _pipeline_problems(self) -> Iterator[Problem]:
        stages = {stage.name: stage for stage in self.funnel.stages}
        for i, deal in enumerate(self.pipeline.deals):
            stage = stages.get(deal.stage)
            if stage is None:
                yield Problem(
                    ("pipeline", i, "stage"),
                    f"deal '{deal.id}' is in '{deal.stage}', which is no stage; the stages are {', '.join(stages)}",
                )
            elif stage.in_forecast and deal.stage in self.funnel.progress_marks and deal.win_rate is None:
                yield Problem(
                    ("pipeline", i, "stage"),
                    f"deal '{deal.id}' is in '{deal.stage}', whose win rate is 0; state a conversion for that stage, "
                    "or give it in_forecast: no",
                )

    def _business_problems(self) -> Iterator[Problem]:
        if not self.pipeline.deals and not self.sources and not (self.loyalty and self.loyalty.base):
            yield Problem(("pipeline",), "no open deals; a forecast needs at least one")
        names: set[str] = set()
        for i, source in enumerate(self.sources):
            yield from (p.under("sources", i) for p in self._entry_problems(source.entry))
            if source.name in names:
                yield Problem(("sources", i, "name"), f"'{source.name}' is the name of an earlier source")
            names.add(source.name)
            if source.rate and self.end is None and source.until is None:
                yield Problem(
                    ("sources", i),
                    f"'{source.name}' brings deals for ever and the horizon is unlimited; state a horizon, or until",
                )
            if source.cohort and source.since and source.since < self.as_of:
                yield Problem(("sources", i, "on"), f"{source.since} is before as_of {self.as_of}")
            if source.until and source.until.year > LAST_YEAR:
                yield Problem(("sources", i, "until"), f"{source.until} is after the year {LAST_YEAR}")
            if source.name == "referral" and self.referral:
                yield Problem(
                    ("sources", i, "name"), "'referral' is the source of the leads of customers; take another name"
                )
            if source.until and source.until < self.as_of:
                yield Problem(("sources", i, "until"), f"{source.until} is before as_of {self.as_of}")
        if self.referral:
            yield from (p.under("referral") for p in self._entry_problems(self.referral.entry))
        if self.loyalty and self.loyalty.renews == 1 and self.end is None:
            yield Problem(("loyalty", "renews"), "customers who always renew never end; state a horizon")
        if self.loyalty and self.loyalty.after.support == (0, 0):
            yield Problem(("loyalty", "after"), "a customer buys again at once, for ever; give a stay above 0 days")

    def _entry_problems(self, entry: Entry) -> Iterator[Problem]:
        stage = next((stage for stage in self.funnel.stages if stage.name == entry.stage), None)
        if stage is None:
            names = ", ".join(self.funnel.names)
            yield Problem(("enters",), f"'{entry.stage}' is no stage; the stages are {names}")
        elif not stage.in_forecast:
            yield Problem(
                ("enters",), f"'{entry.stage}' is not in the forecast (in_forecast: no), so no deal can enter"
            )
        elif entry.stage in self.funnel.progress_marks and entry.win_rate is None:
            yield Problem(
                ("enters",),
                f"deals enter '{entry.stage}', whose win rate is 0, a mark of progress; state a conversion for it",
            )

    def _belief_problems(self) -> Iterator[Problem]:
        exits = {stage.name: {e.to for e in stage.exits} for stage in self.funnel.stages}
        probability_kinds = {"win_rate", "conversion", "exit"}
        taken: set[tuple[str, bool]] = set()
        for belief in self.beliefs:
            about, where = belief.about, ("beliefs", str(belief.about))
            low, high = belief.law.support
            if about.stage and about.stage not in exits:
                yield Problem(where, f"no stage '{about.stage}'; the stages are {', '.join(exits)}")
                continue
            key = (about.stage or about.kind, about.kind in probability_kinds)
            if key in taken:
                yield Problem(where, "a second belief about the same figures; keep one")
            taken.add(key)
            if about.kind in {"win_rate", "conversion"} and not self.funnel.is_linear:
                yield Problem(where, "this funnel states exits; put the belief on stages.NAME.exits.NAME.probability")
            if about.kind == "exit" and about.exit not in exits[about.stage]:
                yield Problem(
                    where,
                    f"'{about.stage}' has no exit '{about.exit}'; it has {', '.join(exits[about.stage])}",
                )
            if about.kind in probability_kinds and not (low >= 0 and high <= 1):
                yield Problem(
                    where,
                    f"a law over {low:g}..{high:g} for a probability; take a beta, or a law within 0..1",
                )
            if about.kind == "rho" and not (low >= 0 and high <= 0.9):
                yield Problem(where, f"a law over {low:g}..{high:g} for a rho; it must lie within 0..0.9")
            if about.kind in {"stay", "realisation"} and isinstance(belief.law, Beta):
                yield Problem(where, "a beta speaks of a probability; take lognormal, pert, uniform or triangular")
            if about.kind == "stay" and not self.funnel.has_stays:
                yield Problem(where, "this case states no stays")

    def _correlation_problems(self) -> Iterator[Problem]:
        subjects = {belief.about for belief in self.beliefs}
        pairs: set[frozenset[Subject]] = set()
        for i, correlation in enumerate(self.correlations):
            pair = frozenset(correlation.between)
            if pair in pairs:
                yield Problem(("correlations", i), "the same two figures are correlated twice; keep one")
            pairs.add(pair)
            for subject in correlation.between:
                if subject not in subjects:
                    yield Problem(("correlations", i), f"'{subject}' has no belief; correlate figures named in beliefs")

    def _capacity_problems(self) -> Iterator[Problem]:
        capacity = self.capacity
        if capacity is None:
            return
        if not self.funnel.has_stays:
            yield Problem(("capacity",), "no stage states a stay, so nobody waits for anybody; state stays")
        if self.shock.phi is not None:
            yield Problem(
                ("capacity",),
                "with a shock per period the chance of an exit depends on its day, and waiting moves that day; "
                "leave out shock.periods or capacity",
            )
        for stage in capacity.stages:
            if stage not in self.funnel.names:
                yield Problem(
                    ("capacity", "stages", stage), f"no such stage; the stages are {', '.join(self.funnel.names)}"
                )
        for part in ("referral", "loyalty"):
            if getattr(self, part) is not None:
                yield Problem(
                    ("capacity",),
                    f"deals that {part} brings hang on the day of the win before them, which waiting moves; "
                    f"leave out {part} or capacity",
                )
        known = self.values_of("owner") - {""}
        for owner in capacity.owners:
            if owner not in known:
                yield Problem(
                    ("capacity", "owners", owner),
                    f"no deal has this owner; there are {', '.join(sorted(known)) or 'none'}",
                )
        nameless = [f"the deals of source '{source.name}'" for source in self.sources if not source.owner]
        nameless += [f"deal '{deal.id}'" for deal in self.pipeline.deals if not deal.owner]
        if capacity.limits_owners and nameless:
            told = ", ".join(nameless[:3]) + (f" and {len(nameless) - 3} more" if len(nameless) > 3 else "")
            yield Problem(("capacity", "owners"), f"nobody owns {told}; state their owners, or a team")

    def _target_problems(self) -> Iterator[Problem]:
        for i, target in enumerate(self.targets):
            if target.measure == "cash" and self.payment is None:
                yield Problem(("targets", i, "measure"), "cash needs to know how customers pay; state payment")
            if target.by is not None:
                if self.end is None:
                    yield Problem(("targets", i, "by"), "the horizon is unlimited; leave out `by`, or state a horizon")
                elif not self.as_of <= target.by < self.end:
                    yield Problem(
                        ("targets", i, "by"),
                        f"{target.by} is outside the horizon, {self.as_of} up to and without {self.end}",
                    )
            yield from self._group_problems(("targets", i, "group"), target.group)

    def _group_problems(self, where: tuple[str | int, ...], group: dict[str, str]) -> Iterator[Problem]:
        for axis, value in group.items():
            if axis not in GROUPINGS:
                yield Problem((*where, axis), f"'{axis}' is no grouping; take {', '.join(GROUPINGS)}")
            elif value not in (values := self.values_of(axis)):
                known = sorted(values - {""})
                yield Problem((*where, axis), f"no deal has {axis} '{value}'; there are {', '.join(known) or 'none'}")
