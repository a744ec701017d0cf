"""What arrives at each hop of a chain, in time or not, and which hop is worth mending (model page, M8.1, M8.2).

Given the retentions r_k each item comes through independently, so that after hop k the number left of n is
Binomial(n, F_k), F_k = r_1 ... r_k. Where the r_k have laws it is the mixture over F_k. A Gauss rule of N points for
F_k gives the mixture without error up to n = 2 N - 1 items, since a binomial chance is a polynomial in F_k of degree
n. Means and the chances of a whole message are moments, E[F^j] = E[r_1^j] ... E[r_K^j].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.analysis.in_time import chance_in_time, mean_days
from funnelsim.engine.coupling import remedied, remedy_row
from funnelsim.engine.laws import curve_of
from funnelsim.engine.rules import STEP, Rule, combined, rule_of
from funnelsim.model.briefing import Briefing
from funnelsim.model.communication import REMOVED, Communication, Hop, Message
from funnelsim.version import __version__

SCHEMA = "funnelsim.communication/1"
N_POINTS = 64
MAX_POINTS = 96
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
ChangeKind = Literal["as_told", "remedy", "all_remedies", "removed"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CountLaw:
    """The law of a count from 0 up: its chances, mean and quantiles (the smallest x with F(x) >= p)."""

    probability: tuple[float, ...]
    mean: float
    quantiles: dict[str, float]

    @classmethod
    def of(cls, pmf: Floats, scale: float = 1.0) -> CountLaw:
        """Return the law with chances `pmf` of 0, 1, 2 ... times `scale`."""
        upto = np.cumsum(pmf)
        places = {name: int(np.searchsorted(upto, p - 1e-12)) for name, p in LEVELS.items()}
        mean = float(pmf @ np.arange(len(pmf))) * scale
        return cls(tuple(map(float, pmf)), mean, {name: at * scale for name, at in places.items()})

    def as_json(self) -> dict[str, Any]:
        """Return mean and quantiles."""
        return {"mean": self.mean, "quantiles": self.quantiles}


@dataclass(frozen=True)
class Arrival:
    """What is left after a hop; the first one is the message as it set out.

    Parameters
    ----------
    keeps, reaches : float
        Mean retention of the hop after its remedy, and mean share of the items left so far.
    items : CountLaw
        Of the number of items left.
    worth : CountLaw
        Of the share of the weight left, 0 if a critical item is lost.
    whole, critical : float
        Chance that all items, and all critical items, are left.
    error : float
        How far a coarser rule moves any of the chances.
    """

    hop: Hop | None
    keeps: float
    reaches: float
    items: CountLaw
    worth: CountLaw
    whole: float
    critical: float
    error: float

    def as_json(self) -> dict[str, Any]:
        """Return the arrival as plain values."""
        return {
            "hop": self.hop.name if self.hop else None,
            "label": self.hop.label if self.hop else None,
            "keeps": self.keeps,
            "reaches": self.reaches,
            "items": {**self.items.as_json(), "probability": self.items.probability},
            "worth": self.worth.as_json(),
            "whole": self.whole,
            "critical": self.critical,
            "error": self.error,
        }


@dataclass(frozen=True)
class Change:
    """The end of the chain if one thing were done.

    Parameters
    ----------
    kind : {"as_told", "remedy", "all_remedies", "removed"}
        Nothing done; one part of one hop's remedy; all that is stated; a hop passed by.
    part : str
        Which part of the remedy.
    worth, whole, critical : float
        Mean share of the weight that arrives (0 if void), chance of all items, and of all critical ones.
    in_time, in_time_error : float
        Chance to arrive within the time limit, and its numerical error.
    arrives : float
        Mean share of the weight that arrives in time.
    gain : float
        What `arrives` is above that of the chain as it is told.
    """

    kind: ChangeKind
    hop: Hop | None
    part: str
    worth: float
    whole: float
    critical: float
    days: float
    in_time: float
    in_time_error: float
    arrives: float
    gain: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the change as plain values."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in {"hop", "days"}}
        return {**plain, "hop": self.hop.name if self.hop else None, "mean_days": self.days}


@dataclass(frozen=True)
class Communicated:
    """What is told of a chain: arrivals with and without its remedies, and what each change would do."""

    briefing: Briefing
    arrivals: tuple[Arrival, ...]
    as_told: tuple[Arrival, ...]
    changes: tuple[Change, ...]

    @property
    def has_remedies(self) -> bool:
        """Return whether the chain states any remedy."""
        return self.briefing.communication != self.briefing.communication.baseline

    @property
    def best(self) -> Change:
        """Return the single change that brings most in time."""
        single = [change for change in self.changes if change.kind in {"remedy", "removed"}]
        return max(single, key=lambda change: change.gain)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values; schema ``funnelsim.communication/1``."""
        chain, origin = self.briefing.communication, self.briefing.origin
        limit = chain.time_limit_days
        return {
            "schema": SCHEMA,
            "case": self.briefing.name,
            "items": len(chain.message.items),
            "weight": chain.message.weight,
            "n_critical": sum(item.critical for item in chain.message.items),
            "time_limit_days": limit if np.isfinite(limit) else None,
            "arrivals": [arrival.as_json() for arrival in self.arrivals],
            "as_told": [arrival.as_json() for arrival in self.as_told],
            "changes": [change.as_json() for change in self.changes],
            "notes": list(self.briefing.notes),
            "provenance": {
                "funnelsim": __version__,
                "config": origin.config,
                "config_sha256": origin.config_sha256,
                "overrides": list(origin.overrides),
                "scenario": origin.scenario,
            },
        }


def communicate(briefing: Briefing, *, items: int | None = None) -> Communicated:
    """Work out what arrives at each hop, without drawing anything.

    Parameters
    ----------
    briefing : Briefing
    items : int, optional
        Send so many items alike in place of the chain's own message.

    Examples
    --------
    >>> from funnelsim.model.law import Fixed
    >>> hops = (Hop("said", Fixed(0.8)), Hop("heard", Fixed(0.75)))
    >>> told = communicate(Briefing("two", Communication(hops)), items=20)
    >>> [round(arrival.items.mean, 9) for arrival in told.arrivals]
    [20.0, 16.0, 12.0]
    """
    if items is not None:
        message = Message.alike(items)
        briefing = replace(briefing, communication=replace(briefing.communication, message=message))
    chain = briefing.communication
    as_told = tuple(_arrivals(chain.baseline))
    arrivals = as_told if chain == chain.baseline else tuple(_arrivals(chain))
    return Communicated(briefing, arrivals, as_told, _changes(chain))


# ---- what is left after each hop


def _arrivals(chain: Communication) -> Iterator[Arrival]:
    message = chain.message
    sure = Rule(np.ones(1), np.ones(1))
    yield _arrival(message, None, 1.0, sure, sure)
    fine, coarse = ([_hop_rule(hop, step) for hop in chain.hops] for step in (STEP, 2.0 * STEP))
    n = int(np.clip(len(message.items) // 2 + 1, N_POINTS, MAX_POINTS))
    so_far, roughly = sure, sure
    for hop, one, other in zip(chain.hops, fine, coarse, strict=True):
        so_far = combined([so_far, one], np.multiply, n)
        roughly = combined([roughly, other], np.multiply, n - n // 4)
        yield _arrival(message, hop, one.mean(), so_far, roughly)


def _hop_rule(hop: Hop, step: float = STEP) -> Rule:
    """Return the law of what a hop keeps after its remedy."""
    row = remedy_row(hop.remedy)
    return rule_of(curve_of(hop.keeps), step).mapped(lambda r: remedied(r, row))


def _arrival(message: Message, hop: Hop | None, keeps: float, share: Rule, roughly: Rule) -> Arrival:
    n, n_critical = len(message.items), sum(item.critical for item in message.items)
    counts, coarse = (rule.weights @ binomial(n, rule.points) for rule in (share, roughly))
    worth = share.weights @ worth_chances(message, share.points)
    return Arrival(
        hop=hop,
        keeps=keeps,
        reaches=share.mean(),
        items=CountLaw.of(counts),
        worth=CountLaw.of(worth, 1.0 / message.weight),
        whole=share.mean(lambda f: f**n),
        critical=share.mean(lambda f: f**n_critical),
        error=float(np.abs(np.cumsum(counts - coarse)).max()),
    )


def binomial(n: int, share: Floats) -> Floats:
    """Return the chances (point, n + 1) of 0 to n items where each comes through with chance `share` (point,)."""
    k = np.arange(n + 1)
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    p = np.clip(share, 0.0, 1.0)[:, None]
    return np.asarray(np.exp(ways + special.xlogy(k, p) + special.xlog1py(n - k, -p)))


def worth_chances(message: Message, share: Floats) -> Floats:
    """Return the chances (point, weight + 1) of the weight that is left; 0 if a critical item is lost."""
    n_critical = sum(item.critical for item in message.items)
    sure = sum(item.weight for item in message.items if item.critical)
    free = Counter(item.weight for item in message.items if not item.critical)
    left = np.ones((len(share), 1))
    for weight, n in free.items():
        stretched = np.zeros((len(share), n * weight + 1))
        stretched[:, ::weight] = binomial(n, share)
        left = np.stack([np.convolve(a, b) for a, b in zip(left, stretched, strict=True)])
    intact = np.clip(share, 0.0, 1.0) ** n_critical
    found = np.zeros((len(share), message.weight + 1))
    found[:, sure:] = left * intact[:, None]
    found[:, 0] += 1.0 - intact
    return found


# ---- what would be worth mending


def _changes(chain: Communication) -> tuple[Change, ...]:
    base = chain.baseline
    rows = [_change(base, "as_told")]
    for i, hop in enumerate(chain.hops):
        rows += [_change(base.with_remedy(i, part), "remedy", hop, name) for name, part in hop.remedy.parts]
    if len(rows) > 2:
        rows.append(_change(chain, "all_remedies"))
    rows += [_change(base.with_remedy(i, REMOVED), "removed", hop) for i, hop in enumerate(chain.hops)]
    return tuple(replace(row, gain=row.arrives - rows[0].arrives) for row in rows)


def _change(chain: Communication, kind: ChangeKind, hop: Hop | None = None, part: str = "") -> Change:
    rules = [_hop_rule(hop) for hop in chain.hops]
    items = chain.message.items
    n_critical = sum(item.critical for item in items)
    sure = sum(item.weight for item in items if item.critical) / chain.message.weight
    worth = sure * _moment(rules, n_critical) + (1.0 - sure) * _moment(rules, n_critical + 1)
    in_time, error = chance_in_time(chain)
    return Change(
        kind=kind,
        hop=hop,
        part=part,
        worth=worth,
        whole=_moment(rules, len(items)),
        critical=_moment(rules, n_critical),
        days=mean_days(chain),
        in_time=in_time,
        in_time_error=error,
        arrives=worth * in_time,
    )


def _moment(rules: Sequence[Rule], order: int) -> float:
    """Return E[F^order]; hops are independent."""
    return float(np.prod([rule.mean(lambda r: r**order) for rule in rules]))
