"""What a fit says: its figures as plain values, and its sentences in English and Chinese."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.fitting.fitted import Fitted
from funnelsim.history.blank_amounts import BlankAmounts
from funnelsim.report.clean import one_line
from funnelsim.report.words import Words

SCHEMA = "funnelsim.fit/1"


def fit_as_json(fitted: Fitted, name: str) -> dict[str, Any]:
    """Return the contract ``funnelsim.fit/1`` as plain values."""
    support, closed, corrected = fitted.support, fitted.comparison.closed, fitted.comparison.corrected
    return {
        "schema": SCHEMA,
        "history": name,
        "as_of": fitted.as_of.isoformat(),
        "end": fitted.end.isoformat(),
        "currency": fitted.money.currency,
        "unit": fitted.money.unit,
        "timezone": fitted.timezone,
        "seed": fitted.seed,
        "open_deals": len(fitted.deals),
        "left_out": fitted.left_out,
        "calls_left_out": fitted.n_called,
        "stages": list(fitted.tables.names),
        "draws": fitted.tables.n_draws,
        "amount_cuts": list(fitted.tables.cuts),
        "amount_effect": fitted.rates.strata.effect.tolist(),
        "half_lives_days": [
            {"days": None if np.isinf(h) else h, "weight": w} for h, w in fitted.rates.half_lives.items()
        ],
        "weekdays": fitted.rates.weekdays is not None,
        "closed_ahead": [day.isoformat() for day in fitted.closed_ahead],
        "shock": {"sigma_mean": fitted.shock.mean_sigma, "u_sd": fitted.shock.variance**0.5},
        "arrivals": {
            "expected": fitted.inflow.expected,
            "sigma_mean": fitted.inflow.shock.mean_sigma,
            "flows": [{"stage": f.stage, "segment": f.segment, "per_day": f.per_day} for f in fitted.flows],
        },
        "recalibration": {
            "open_amounts_cv": fitted.change.open_amounts_cv,
            "new_wins": fitted.change.new_wins,
            "new_money": fitted.change.new_money,
        },
        "booked": [{"day": day.isoformat(), "amount": amount, "wins": n} for day, amount, n in fitted.booked],
        "support": {
            "grade": support.grade,
            "wins": support.n_wins,
            "unsupported_share": support.unsupported,
            "independent_windows": support.independent_windows,
            "regime": support.regime,
            "amounts_at_closing": support.blanks.are_written_at_closing,
            "blank_amounts": _blanks(support.blanks),
        },
        "win_rate": {
            "closed_only": _number(closed.win_rate),
            "corrected": _number(corrected.win_rate),
            "corrected_standard_error": _number(corrected.win_rate_se),
            "open_share": fitted.comparison.open_share,
            "growth": _number(fitted.comparison.growth),
        },
        "cycle_days": {"closed_only": _number(closed.days_to_win), "corrected": _number(corrected.days_to_win)},
    }


def _blanks(blanks: BlankAmounts) -> dict[str, dict[str, int]]:
    parts = {"won": blanks.won, "lost": blanks.lost, "open": blanks.open}
    return {name: {"deals": part.n_deals, "blank": part.n_blank} for name, part in parts.items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def fit_sentences(fitted: Fitted, name: str, say: Words) -> list[str]:
    """Return what a reader must know, the gravest first."""
    support, comparison = fitted.support, fitted.comparison
    said = [say("fit_head", history=one_line(name), day=fitted.as_of.isoformat(), end=fitted.end.isoformat())]
    if support.grade != "enough":
        said.append(say("fit_too_little" if support.grade == "too little" else "fit_little", n=support.n_wins))
    if support.is_beyond_history:
        said.append(say("fit_beyond", share=f"{support.unsupported:.0%}"))
    if support.regime:
        said.append(say("fit_regime_up" if support.regime > 0 else "fit_regime_down"))
    if support.blanks.are_written_at_closing:
        said.append(_at_closing(support.blanks, say))
    if not support.can_be_verified:
        said.append(say("fit_unverified", n=support.independent_windows))
    said.append(say("fit_deals", n=f"{len(fitted.deals):,}", wins=f"{support.n_wins:,}"))
    said += [say(f"fit_left_{key.replace(' ', '_')}", n=f"{n:,}") for key, n in fitted.left_out.items()]
    if fitted.n_called:
        said.append(say("fit_calls", n=f"{fitted.n_called:,}"))
    said.append(_memory(fitted, say))
    said.append(say("fit_shock", sd=f"{fitted.shock.variance**0.5:.0%}"))
    said.append(_arrivals(fitted, say))
    said += _recalibration(fitted, say)
    if fitted.rates.weekdays is not None:
        said.append(say("fit_weekdays"))
    said += _closed(fitted, say)
    said.append(_win_rates(fitted, say))
    if comparison.n_open and comparison.misleads:
        grown = comparison.growth if np.isfinite(comparison.growth) else 0.0
        said.append(say("fit_why", open=f"{comparison.open_share:.0%}", growth=f"{grown:+.0%}"))
    return said


def _at_closing(blanks: BlankAmounts, say: Words) -> str:
    counts = {f"{name}_{key}": f"{n:,}" for name, part in _blanks(blanks).items() for key, n in part.items()}
    return say("fit_at_closing", **counts)


def _closed(fitted: Fitted, say: Words) -> list[str]:
    """Return how many days to come are closed: those somebody stated, and those that repeat an earlier year."""
    days = {True: [d for d in fitted.closed_ahead if fitted.plan.holds(d)]}
    days[False] = [d for d in fitted.closed_ahead if not fitted.plan.holds(d)]
    return [
        say("fit_stated_closed" if is_stated else "fit_closed", n=len(found), first=found[0], last=found[-1])
        for is_stated, found in days.items()
        if found
    ]


def _memory(fitted: Fitted, say: Words) -> str:
    best = max(fitted.rates.half_lives, key=lambda h: fitted.rates.half_lives[h])
    return say("fit_remembers_all") if np.isinf(best) else say("fit_memory", days=f"{best:.0f}")


def _arrivals(fitted: Fitted, say: Words) -> str:
    expected = fitted.inflow.expected
    spread = float(np.exp(fitted.inflow.shock.quantiles(2000)).std())
    return say("fit_arrivals", n=f"{expected:,.0f}", share=f"{spread:.0%}")


def _recalibration(fitted: Fitted, say: Words) -> list[str]:
    change, said = fitted.change, []
    if change.new_wins != 1.0:
        said.append(say("fit_new_wins", change=f"{change.new_wins - 1.0:+.1%}", money=f"{change.new_money - 1.0:+.1%}"))
    if change.open_amounts_cv:
        said.append(say("fit_open_amounts", cv=f"{change.open_amounts_cv:.1%}"))
    return said


def _win_rates(fitted: Fitted, say: Words) -> str:
    closed, corrected = fitted.comparison.closed, fitted.comparison.corrected
    return say(
        "fit_rates",
        naive=_percent(closed.win_rate),
        corrected=_percent(corrected.win_rate),
        naive_days=_days(closed.days_to_win),
        days=_days(corrected.days_to_win),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}" if np.isfinite(share) else "-"


def _days(days: float) -> str:
    return f"{days:.0f}" if np.isfinite(days) else "-"
