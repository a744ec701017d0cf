"""Laws in the words of a reader: "half within 20 days, 9 in 10 within 60 days"."""

from __future__ import annotations

from collections.abc import Callable

from funnelsim.model.law import Beta, Counts, Empirical, Fixed, Law, Pert, Shaped, Triangular, Uniform
from funnelsim.model.money import Money
from funnelsim.report.numbers import money as with_unit
from funnelsim.report.numbers import plain, rate
from funnelsim.report.words import Words

Unit = Callable[[float], str]
_BARE = {"cv", "shape"}


def law_of_days(law: Law | None, say: Words) -> str:
    """Return a duration's law in words."""
    return say("no_stay") if law is None else law_in_words(law, say, lambda x: say("days", x=plain(x)))


def law_of_share(law: Law, say: Words) -> str:
    """Return the law of a probability or a ratio in words."""
    return law_in_words(law, say, rate)


def law_of_amount(law: Law, say: Words, money: Money) -> str:
    """Return an amount's law in words."""
    return law_in_words(law, say, lambda x: with_unit(plain(x), money))


def law_in_words(law: Law, say: Words, unit: Unit) -> str:
    """Return a law in words; `unit` writes one of its values."""
    text = _without_delay(law, say, unit)
    return say("law_delay", law=text, delay=unit(law.delay)) if law.delay else text


def _without_delay(law: Law, say: Words, unit: Unit) -> str:
    match law:
        case Shaped():
            text = _shaped(law, say, unit)
        case Fixed(value=value):
            text = say("law_fixed", a=unit(value))
        case Triangular(low=a, mode=m, high=b):
            text = say("law_triangular", a=unit(a), m=unit(m), b=unit(b))
        case Pert(low=a, mode=m, high=b):
            text = say("law_pert", a=unit(a), m=unit(m), b=unit(b))
        case Uniform(low=a, high=b):
            text = say("law_uniform", a=unit(a), b=unit(b))
        case Beta(counts=Counts() as counts):
            text = say("law_counts", won=counts.won, n=counts.of, prior=say(f"prior_{counts.prior}"))
        case Beta(mean=None, evidence=n):
            text = say("law_beta_stated", n=plain(n))
        case Beta(mean=mean, evidence=n):
            text = say("law_beta", m=rate(mean or 0.0), n=plain(n))
        case Empirical(values=values):
            text = say("law_empirical", n=len(values), a=unit(min(values)), b=unit(max(values)))
        case _:
            text = type(law).__name__
    return text


def _shaped(law: Shaped, say: Words, unit: Unit) -> str:
    figures = [
        say(f"figure_{name}", x=rate(x) if name == "cv" else plain(x) if name in _BARE else unit(x))
        for name, x in law.figures.items()
    ]
    return say("law_shaped", figures=say.listed(figures), family=say(law.family))
