"""The rep says 80 %, the boss 20 %: whom to believe? Two tables, one figure.

.venv/bin/python experiments/rep_and_boss/run.py [--trials N] [--histories N] [--out FOLDER]
"""

import argparse
import csv
import importlib.util
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit, logit

import funnelsim as fs
from funnelsim.fitting.opinions import fit_voices
from funnelsim.model.opinions import PastCall, Voice
from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
TARGET = 500.0
SIZES = (25, 50, 100, 200, 400, 800, 1600)
N_FRESH = 20_000
COLUMNS = "row,win_rate,mean,mean_se,p10,p50,p90,chance_500,chance_500_se,exact_mean,exact_chance_500,score,score_se"
RECOVERED = ("rep_a", "rep_b", "boss_a", "boss_b", "boss_weight", "pooled_80_20")


def _made():
    """Return make.py as a module: it knows the truth."""
    spec = importlib.util.spec_from_file_location("rep_and_boss_make", HERE / "make.py")
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _made()


def ways():
    """Return row -> what makes log odds of a win of both calls in log odds (deal, caller)."""
    earned = fs.load(HERE / "case.yaml", scenario="earned").opinions.voices
    a, b, w = (np.array([f(v) for v in earned]) for f in (_a, _b, lambda v: v.weight))
    return {
        "the rep, as said": lambda calls: calls[:, 0],
        "the boss, as said": lambda calls: calls[:, 1],
        "both, even weights as said": lambda calls: calls.mean(axis=1),
        "the stage alone": lambda calls: np.full(len(calls), logit(0.4)),
        "the rep, recalibrated": lambda calls: a[0] + b[0] * calls[:, 0],
        "the boss, recalibrated": lambda calls: a[1] + b[1] * calls[:, 1],
        "both, weights earned": lambda calls: (a + b * calls) @ w,
        "the truth": lambda calls: logit(make.truth(calls)),
    }


def _a(voice):
    return voice.record.intercept


def _b(voice):
    return voice.record.slope


def settings(row, win_rate):
    """Return (changes of case.yaml, scenario) for a row; both pools are the product's own work."""
    if row == "both, weights earned":
        return (), "earned"
    if row == "both, even weights as said":
        return (), None
    own = "" if row == "the stage alone" else f", win_rate: {win_rate!r}"
    return (f"pipeline=[{{stage: 共创方案, deals: 30, amount: 50{own}}}]",), None


def answer(row, way, trials=None):
    """Return a row: the deal's chance, the forecast of the thirty, and the mean log score on fresh deals."""
    win_rate = float(expit(way(logit(np.array([[0.8, 0.2]])))[0]))
    case = fs.load(HERE / "case.yaml", *settings(row, win_rate))
    told, exact = fs.forecast(fs.simulate(case, trials=trials)), fs.forecast(fs.exact(case))
    total, target = told.bookings.total, told.targets[0]
    is_won, calls = make.history(N_FRESH, seed=11)
    scores = log_expit(np.where(is_won, 1, -1) * way(calls))
    figures = [win_rate, total.mean, total.mean_se, *(total.quantiles[name] for name in ("p10", "p50", "p90"))]
    figures += [target.chance, target.chance_se, exact.bookings.total.mean, exact.targets[0].chance]
    figures += [scores.mean(), scores.std() / np.sqrt(N_FRESH)]
    return dict(zip(COLUMNS.split(","), [row, *(round(float(x), 5) for x in figures)], strict=True))


def best_weight():
    """Return the boss's weight that scores best on a million deals recalibrated by the truth."""
    is_won, calls = make.history(1_000_000, seed=3)
    rep, boss = (c.intercept + c.slope * calls[:, k] for k, c in enumerate(make.CALLERS))
    sign = np.where(is_won, 1, -1)
    return float(minimize_scalar(lambda w: -log_expit(sign * ((1 - w) * rep + w * boss)).mean(), (0.0, 1.0)).x)


def learnt(n_deals, seed):
    """Return what a history of so many deals teaches, and the standard errors stated with it."""
    is_won, calls = make.history(n_deals, seed)
    past = [
        PastCall(caller.name, float(expit(calls[d, k])), bool(is_won[d]), f"H{d}")
        for d in range(n_deals)
        for k, caller in enumerate(make.CALLERS)
    ]
    rep, boss = fit_voices(past, [Voice("rep"), Voice("boss")], earn=True)
    pooled = expit(rep.weight * rep.log_odds(0.8) + boss.weight * boss.log_odds(0.2))
    found = [_a(rep), _b(rep), _a(boss), _b(boss), boss.weight, float(pooled)]
    errors = [v.record.intercept_se if n == 0 else v.record.slope_se for v in (rep, boss) for n in (0, 1)]
    return found, [*errors, boss.weight_se]


def truths():
    """Return what many deals would teach."""
    rep, boss = make.CALLERS
    w = best_weight()
    said = (rep.intercept + rep.slope * logit(0.8), boss.intercept + boss.slope * logit(0.2))
    pooled = float(expit((1 - w) * said[0] + w * said[1]))
    return [rep.intercept, rep.slope, boss.intercept, boss.slope, w, pooled]


def recovery(n_histories):
    """Return, per size and figure: truth, mean, 8 histories in 10, and the root mean square of (found - truth) / se."""
    rows = []
    for n_deals in SIZES:
        pairs = [learnt(n_deals, seed) for seed in range(1000, 1000 + n_histories)]
        found = np.array([pair[0] for pair in pairs])
        errors = np.array([[*pair[1], np.nan] for pair in pairs])
        for k, (name, true) in enumerate(zip(RECOVERED, truths(), strict=True)):
            x = found[:, k]
            z = float(np.sqrt((((x - true) / errors[:, k]) ** 2).mean()))
            low, high = np.quantile(x, (0.1, 0.9))
            figures = [true, x.mean(), x.std() / np.sqrt(n_histories), low, high, z]
            rows.append([n_deals, name, *(round(float(v), 4) for v in figures)])
    return [dict(zip(("deals", "figure", "truth", "mean", "mean_se", "p10", "p90", "z"), r, strict=True)) for r in rows]


def picture(rows, recovered):
    """Return the forecasts by whose opinion is heard, and how fast the boss's weight is found."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "text.parse_math": False}):
        canvas = Figure(figsize=(10.5, 5.4))
        FigureCanvasAgg(canvas)
        _bands(canvas.add_axes((0.205, 0.11, 0.375, 0.66)), rows)
        _weights(canvas.add_axes((0.745, 0.11, 0.235, 0.66)), recovered)
        canvas.text(0.02, 0.965, "Thirty deals: the rep says 80%, the boss 20%", fontsize=14, va="top")
        legend = "Left: 8 futures in 10 and the even chance. Right: 8 histories in 10, their mean, and the best weight."
        canvas.text(0.02, 0.895, legend, fontsize=9.5, va="top")
    return canvas


def _bands(axes, rows):
    for y, row in enumerate(reversed(rows)):
        is_truth = row["row"] == "the truth"
        axes.barh(y, row["p90"] - row["p10"], 0.56, row["p10"], color=MIDDLE if is_truth else LIGHT, edgecolor=MIDDLE)
        axes.vlines(row["p50"], y - 0.28, y + 0.28, color=DARK, linewidth=2.5)
        across = axes.get_yaxis_transform()
        axes.text(1.13, y, f"{row['win_rate']:.0%}", transform=across, va="center", ha="right")
        axes.text(1.26, y, f"{row['score']:.3f}", transform=across, va="center", ha="right")
    axes.axvline(float(rows[-1]["exact_mean"]), color=INK, linewidth=1.1, linestyle="dashdot", zorder=0)
    axes.set_yticks(range(len(rows)), [row["row"] for row in reversed(rows)])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(0, 1500)
    axes.set_xlabel("bookings, 万元 CNY")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    above = axes.get_xaxis_transform()
    axes.text(float(rows[-1]["exact_mean"]), 1.015, "true mean", transform=above, ha="center", fontsize=9)
    axes.text(1.13, 1.015, "a deal", transform=axes.transAxes, ha="right", fontsize=9)
    axes.text(1.26, 1.015, "score", transform=axes.transAxes, ha="right", fontsize=9)


def _weights(axes, recovered):
    rows = [row for row in recovered if row["figure"] == "boss_weight"]
    sizes = [row["deals"] for row in rows]
    axes.fill_between(sizes, [r["p10"] for r in rows], [r["p90"] for r in rows], color=LIGHT, linewidth=0)
    axes.plot(sizes, [r["mean"] for r in rows], color=DARK, linewidth=2, marker="o", markersize=4)
    axes.axhline(rows[0]["truth"], color=INK, linewidth=1.1, linestyle="dashdot")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelsize=8)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set_xlabel("past deals")
    axes.text(0, 1.015, "weight the boss has earned", transform=axes.transAxes, fontsize=9)


def main():
    """Work out both tables; write results.csv, recovery.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, help="default: those of case.yaml")
    options.add_argument("--histories", type=int, default=400, help="made-up histories a size; default 400")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    rows = [answer(row, way, asked.trials) for row, way in ways().items()]
    recovered = recovery(asked.histories)
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, table in (("results.csv", rows), ("recovery.csv", recovered)):
        with (asked.out / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
    drawn = picture(rows, recovered)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(told(row))
    for row in recovered:
        print(f"{row['deals']:5d} deals  {row['figure']:12s} truth {row['truth']:.3f}  mean {row['mean']:.3f}")


def told(row):
    """Return a row of the first table as a line of text."""
    chance = f"{row['chance_500']:.1%} ± {row['chance_500_se']:.2%} (exact {row['exact_chance_500']:.1%})"
    score = f"{row['score']:.4f} ± {row['score_se']:.4f}"
    mean = f"{row['mean']:.1f} ± {row['mean_se']:.1f}"
    return f"{row['row']:28s} {row['win_rate']:.1%}  mean {mean}  chance of 500: {chance}  score {score}"


if __name__ == "__main__":
    main()
