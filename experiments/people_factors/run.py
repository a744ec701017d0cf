"""How strong are people factors, and can their strengths be learnt? 365 real deals, read in place.

    .venv/bin/python experiments/people_factors/run.py [--repeats N] [--out FOLDER]

The data are looked for where FUNNELSIM_DATA points, or in ../shared/data beside the project.

Strengths are the coefficients b of a logistic regression on levels of factors, at the maximum of

    sum_i log P(y_i) - sum_j b_j^2 / (2 s^2),    logit P(y_i = 1) = b_0 + sum of the b_j of the levels of deal i,

s chosen by the log score of an inner cross-validation, so that no deal judges what it has taught.
"""

import argparse
import csv
import os
import sys
from collections import Counter
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.special import expit, log_expit, logit

from funnelsim.report.fonts import FAMILY, font_path
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, png_bytes, svg_text

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
FILE = "b2b/salvirt.csv"
SEED = 7
SPREADS = (0.1, 0.2, 0.4, 0.8, 1.6)
PEOPLE = ("Authority", "Purch_dept", "Posit_statm")
RELATION = ("Client", "Att_t_client", "Partnership", "Source", "Up_sale", "Cross_sale", "Strat_deal")
THING = (
    *("Product", "Deal_type", "Scope", "Needs_def", "Budgt_alloc", "Forml_tend", "RFI", "RFP"),
    *("Comp_size", "Growth", "Competitors"),
)
BASE = "nothing but the base rate"
GROUPS = {
    BASE: (),
    "the buyer's people": PEOPLE,
    "the seller": ("Seller",),
    "the relation": RELATION,
    "the thing": THING,
    "all but the buyer's people": ("Seller", *RELATION, *THING),
    "all of them": (*PEOPLE, "Seller", *RELATION, *THING),
}
GAINED = {"all of them": "all but the buyer's people"}
SHOWN = (*PEOPLE, "Client", "Att_t_client", "Competitors")
SHOWN_SPREAD = 0.4
KEPT = "all of them, duplicates kept"


def data_folder():
    """Return the folder of the shared data."""
    return Path(os.environ.setdefault("FUNNELSIM_DATA", str(SHARED)))


def deals(*, distinct=True):
    """Return the deals as mappings of factor to level; exact duplicates once."""
    with (data_folder() / FILE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)] if distinct else rows


def design(rows, factors):
    """Return the names of the levels, and which deal has which (deal, level)."""
    levels = [(factor, level) for factor in factors for level in sorted({row[factor] for row in rows})]
    return levels, np.array([[float(row[factor] == level) for factor, level in levels] for row in rows]).reshape(
        len(rows), len(levels)
    )


def strengths(x, is_won, spread):
    """Return (b_0, b) and the covariance of their errors, by Newton's method on the penalised likelihood."""
    full = np.column_stack([np.ones(len(x)), x])
    precision = np.diag([0.0, *[spread**-2] * x.shape[1]])
    found = np.zeros(full.shape[1])
    # away from certainty, where all or none are won
    found[0] = logit((is_won.sum() + 0.5) / (len(is_won) + 1.0))
    for _ in range(100):
        p = expit(full @ found)
        curvature = (full * (p * (1 - p))[:, None]).T @ full + precision
        step = np.linalg.solve(curvature, full.T @ (is_won - p) - precision @ found)
        found = found + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < 1e-9:
            break
    return found, np.linalg.inv(curvature)


def folds(n, k, rng):
    """Return the fold of each of n deals, k of even size."""
    return rng.permutation(np.arange(n) % k)


def chosen_spread(x, is_won, rng):
    """Return the spread with the best log score in five folds."""
    fold = folds(len(x), 5, rng)
    return max(SPREADS, key=lambda s: sum(log_score(x, is_won, fold == f, s).sum() for f in range(5)))


def log_score(x, is_won, held, spread):
    """Return the log score of each deal held out, by what the others teach."""
    b = strengths(x[~held], is_won[~held], spread)[0]
    return log_expit(np.where(is_won[held], 1, -1) * (b[0] + x[held] @ b[1:]))


def scored(x, is_won, repeats):
    """Return each deal's mean log score over repeated ten-fold cross-validations; the spread is chosen inside each."""
    rng = np.random.default_rng(SEED)
    total = np.zeros(len(x))
    for _ in range(repeats):
        fold = folds(len(x), 10, rng)
        for f in range(10):
            held = fold == f
            spread = chosen_spread(x[~held], is_won[~held], rng) if x.shape[1] else 1.0
            total[held] += log_score(x, is_won, held, spread)
    return total / repeats


def answer(name, repeats, scores):
    """Return a row: the log score of one group of factors out of sample, and what it gains; note it in `scores`."""
    rows = deals(distinct=name != KEPT)
    factors = GROUPS["all of them"] if name == KEPT else GROUPS[name]
    levels, x = design(rows, factors)
    is_won = np.array([row["Status"] == "Won" for row in rows])
    scores[name] = scored(x, is_won, repeats)
    told = {"factors": name, "deals": len(rows), "levels": len(levels)}
    told["score"], told["score_se"] = _mean(scores[name])
    against = "" if name in {BASE, KEPT} else GAINED.get(name, BASE)
    gain = _mean(scores[name] - scores[against]) if against else ("", "")
    return told | {"against": against, "gain": gain[0], "gain_se": gain[1]}


def _mean(values):
    return round(float(values.mean()), 4), round(float(values.std() / np.sqrt(len(values))), 4)


def learnt():
    """Return, for the levels that are shown, the strength of the factor alone and beside all others."""
    rows = deals()
    is_won = np.array([row["Status"] == "Won" for row in rows])
    beside = _by_level(rows, is_won, GROUPS["all of them"])
    found = []
    for factor in SHOWN:
        for level, (alone, alone_se) in _by_level(rows, is_won, (factor,)).items():
            count = Counter(row[factor] for row in rows)[level[1]]
            figures = (alone, alone_se, *beside[level])
            found.append([factor, level[1], count, *(round(float(v), 4) for v in figures)])
    names = ("factor", "level", "deals", "alone", "alone_se", "beside", "beside_se")
    return [dict(zip(names, row, strict=True)) for row in found]


def _by_level(rows, is_won, factors):
    """Return level -> (strength against the average deal, error), at one spread for all so that they compare."""
    levels, x = design(rows, factors)
    found, covariance = strengths(x, is_won, SHOWN_SPREAD)
    told = {}
    for j, level in enumerate(levels):
        # what all levels of a factor have in common belongs to the base rate
        contrast = np.array(
            [share if name[0] == level[0] else 0.0 for name, share in zip(levels, -x.mean(0), strict=True)]
        )
        contrast[j] += 1.0
        told[level] = contrast @ found[1:], np.sqrt(contrast @ covariance[1:, 1:] @ contrast)
    return told


def picture(rows):
    """Return the strengths against the average deal, alone and beside all others, with one standard error."""
    font_manager.fontManager.addfont(str(font_path()))
    style = {"font.family": [FAMILY], "font.size": 10, "text.color": INK, "axes.spines.right": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "axes.spines.left": False, "text.parse_math": False}):
        canvas = Figure(figsize=(10.5, 6.4))
        FigureCanvasAgg(canvas)
        axes = canvas.add_axes((0.30, 0.09, 0.66, 0.74))
        names = []
        y, factor = 0.0, rows[0]["factor"]
        for row in rows:
            y += 1.6 if row["factor"] != factor else 1.0
            factor = row["factor"]
            names.append((-y, f"{FACTORS[factor]}: {row['level'].lower()} ({row['deals']})"))
            for name, colour, shift in (("alone", MIDDLE, 0.17), ("beside", DARK, -0.17)):
                x, error = float(row[name]), float(row[f"{name}_se"])
                axes.plot([x - error, x + error], [-y + shift] * 2, color=colour, linewidth=2)
                axes.plot([x], [-y + shift], color=colour, marker="o" if name == "beside" else "D", markersize=5)
        axes.axvline(0, color=LIGHT, linewidth=1.2, zorder=0)
        axes.set_yticks([at for at, _ in names], [text for _, text in names])
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("strength, log odds; 0.7 doubles the odds (in brackets: deals)")
        canvas.text(0.02, 0.965, "What the people on the other side are worth", fontsize=14, va="top")
        legend = (
            "Against the average deal. Diamond: the factor alone. Dot: beside all others. Bars: one standard error."
        )
        canvas.text(0.02, 0.905, legend, fontsize=9.5, va="top")
    return canvas


FACTORS = {
    "Authority": "authority of the contact",
    "Purch_dept": "purchasing takes part",
    "Posit_statm": "positive statement",
    "Client": "client",
    "Att_t_client": "attitude to client",
    "Competitors": "competitors",
}


def main():
    """Work out both tables; write results.csv, strengths.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=20, help="cross-validations that are averaged; default 20")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    if not (data_folder() / FILE).is_file():
        sys.exit(f"no {FILE} in {data_folder()}; set FUNNELSIM_DATA to the folder of the data")
    scores = {}
    rows = [answer(name, asked.repeats, scores) for name in (*GROUPS, KEPT)]
    tables = {"results.csv": rows, "strengths.csv": learnt()}
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (asked.out / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    drawn = picture(tables["strengths.csv"])
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in tables["results.csv"]:
        print(f"{row['factors']:30s} {row['deals']} deals  score {row['score']:.3f} ± {row['score_se']:.3f}")
    for row in tables["strengths.csv"]:
        print(f"{row['factor']:14s} {row['level']:18s} alone {row['alone']:+.2f}  beside {row['beside']:+.2f}")


if __name__ == "__main__":
    main()
