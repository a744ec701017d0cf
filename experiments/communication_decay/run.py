"""How does 100-80-60-40-20 move bookings, and which hop is worth mending? Exact laws; two tables, one figure.

.venv/bin/python experiments/communication_decay/run.py [--points N] [--out FOLDER]
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import funnelsim as fs
from funnelsim.analysis.conditional import ExactAnswers
from funnelsim.analysis.input import Inputs
from funnelsim.analysis.sensitivity import Plan, Sensitivity, sensitivity
from funnelsim.report.plots import DARK, INK, LIGHT, MIDDLE, new_figure, png_bytes, style, svg_text

HERE = Path(__file__).parent
CASE = HERE.parent / "communication_funnel" / "case.yaml"
LABELS = {"所说": "said", "所听": "heard", "所懂": "understood", "所做": "done"}
DECAY = ("row", "comes_through", "mean", "p10", "p50", "p90", "chance_2685")
WORTH = (
    *("hop", "keeps", "point_mean", "point_chance", "out_mean", "out_chance", "low_chance", "high_chance"),
    *("alone", "alone_low", "alone_high", "in_all", "in_all_low", "in_all_high"),
)
Row = dict[str, str | float]


def keeps_of(inputs: Inputs) -> list[int]:
    """Return the numbers of the inputs that are hops, in the order of the chain."""
    return [i for i, one in enumerate(inputs.inputs) if one.kind == "keeps"]


def decay(inputs: Inputs) -> list[Row]:
    """Return what the forecast would be if the message lost nothing, and with one hop after the other as it is."""
    hops = keeps_of(inputs)
    settings = np.tile(inputs.base, (len(hops) + 1, 1))
    for row in range(len(hops) + 1):
        settings[row, hops[row:]] = 1.0
    names = ["nothing is lost", *(f"up to {label}" for label in LABELS.values())]
    through = settings[:, hops].prod(axis=1)
    return [
        dict(zip(DECAY, [name, round(float(f), 5), *(round(float(x), 5) for x in answers[:5])], strict=True))
        for name, f, answers in zip(names, through, ExactAnswers(inputs)(settings), strict=True)
    ]


def worth(found: Sensitivity) -> list[Row]:
    """Return, a row a hop, what a point of it and its absence bring, and its share of what is not known."""
    inputs = found.inputs
    first, total = found.sobol.first, found.sobol.total
    rows = []
    for hop, change in zip(keeps_of(inputs), found.hops, strict=True):
        ends = found.tornado.low[hop, 4], found.tornado.high[hop, 4]
        shares = [x[hop, 4] for e in (first, total) for x in (e.value, e.low, e.high)]
        figures = [inputs.base[hop], *change.point[[0, 4]], *change.removed[[0, 4]], *ends, *shares]
        name = LABELS[inputs.inputs[hop].of]
        rows.append(dict(zip(WORTH, [name, *(round(float(x), 5) for x in figures)], strict=True)))
    return rows


def others(found: Sensitivity) -> list[tuple[str, float]]:
    """Return the shares in all, of the chance of 2,685, by kind of input; largest first."""
    kinds: dict[str, float] = {}
    for i, one in enumerate(found.inputs.inputs):
        kinds[one.kind] = kinds.get(one.kind, 0.0) + float(found.sobol.total.value[i, 4])
    return sorted(kinds.items(), key=lambda pair: -pair[1])


def picture(rows: list[Row], hops: list[Row]) -> Figure:
    """Return bookings along the decay, and what each hop is worth."""
    with style():
        canvas = new_figure(10.6, 5.2)
        left = canvas.add_axes((0.075, 0.13, 0.43, 0.6))
        x = [100 * float(row["comes_through"]) for row in rows]
        left.fill_between(x, [float(r["p10"]) for r in rows], [float(r["p90"]) for r in rows], color=LIGHT, lw=0)
        left.plot(x, [float(r["p50"]) for r in rows], color=DARK, lw=2.2, marker="o", ms=5)
        for at, row in zip(x, rows, strict=True):
            place = (at, float(row["p50"]))
            left.annotate(
                f"{float(row['p50']):,.0f}", place, (0, 7), textcoords="offset points", ha="center", fontsize=9
            )
        left.set_xlim(108, 12)
        left.set_xticks(x, [f"{at:.0f}%\n{name}" for at, name in zip(x, ["meant", *LABELS.values()], strict=True)])
        left.set_ylabel("signed within a year, 万元", fontsize=9)
        left.set_title("band: 8 chances in 10; line: even chance", fontsize=9.5, loc="left")
        right = canvas.add_axes((0.585, 0.13, 0.395, 0.6))
        for n, row in enumerate(hops):
            right.bar(n, 100 * float(row["out_chance"]), 0.6, color=MIDDLE)
            text = f"+{100 * float(row['out_chance']):.1f}\n{100 * float(row['point_chance']):+.2f} a point"
            place = (n, 100 * float(row["out_chance"]))
            right.annotate(text, place, (0, 4), textcoords="offset points", ha="center", fontsize=9)
        right.set_xticks(range(len(hops)), [f"{r['hop']}\nkeeps {float(r['keeps']):.0%}" for r in hops])
        right.tick_params(axis="x", length=0)
        right.set_ylim(0, 1.25 * max(100 * float(r["out_chance"]) for r in hops))
        right.set_ylabel("points more of the chance of 2,685", fontsize=9)
        right.set_title("if the hop lost nothing", fontsize=9.5, loc="left")
        canvas.text(
            0.02, 0.965, "Every 20 points of the message cost more than the 20 before", fontsize=14, va="top", color=INK
        )
        line = f"2685 pipeline over a year: {rows[-1]['p50']:,.0f} 万元 at an even chance with 20% coming through, "
        line += f"{rows[0]['p50']:,.0f} with nothing lost."
        canvas.text(0.02, 0.885, line, fontsize=9.5, va="top")
    return canvas


def main() -> None:
    """Work out both tables; write decay.csv, results.csv, figure.svg and figure.png."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--points", type=int, default=256, help="rows of the design; default 256")
    options.add_argument("--out", type=Path, default=HERE, help="default: this folder")
    asked = options.parse_args()
    found = sensitivity(fs.load(CASE), Plan(engine="exact", points=asked.points, gradient_trials=0))
    rows, hops = decay(found.inputs), worth(found)
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, columns, table in (("decay.csv", DECAY, rows), ("results.csv", WORTH, hops)):
        with (asked.out / name).open("w", encoding="utf-8-sig", newline="") as file:
            sheet = csv.DictWriter(file, columns, lineterminator="\n")
            sheet.writeheader()
            sheet.writerows(table)
    drawn = picture(rows, hops)
    (asked.out / "figure.svg").write_text(svg_text(drawn), encoding="utf-8")
    (asked.out / "figure.png").write_bytes(png_bytes(drawn))
    for row in rows:
        print(told_decay(row))
    for row in hops:
        print(told_worth(row))
    print(", ".join(f"{kind} {share:.0%}" for kind, share in others(found)))


def told_decay(row: Row) -> str:
    """Return a row of the first table of the README."""
    money = " | ".join(f"{row[name]:,.0f}" for name in ("mean", "p10", "p50", "p90"))
    return f"| {row['row']} | {row['comes_through']:.1%} | {money} | {row['chance_2685']:.1%} |"


def told_worth(row: Row) -> str:
    """Return a row of the second table of the README."""
    swing = f"{row['low_chance']:.1%} to {row['high_chance']:.1%}"
    return (
        f"| {row['hop']} | {row['keeps']:.1%} | {row['point_mean']:+.2f} | {100 * row['point_chance']:+.3f} "
        f"| {row['out_mean']:+.0f} | {100 * row['out_chance']:+.1f} | {swing} "
        f"| {row['alone']:.1%} ({row['alone_low']:.1%} to {row['alone_high']:.1%}) "
        f"| {row['in_all']:.1%} ({row['in_all_low']:.1%} to {row['in_all_high']:.1%}) |"
    )


if __name__ == "__main__":
    main()
