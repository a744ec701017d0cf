"""Laws as YAML writes them -> words. The same forms hold for stays, amounts and beliefs."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from statistics import NormalDist
from typing import Any, TypeVar

from funnelsim.config import figures
from funnelsim.errors import InputError, Path, Problem
from funnelsim.model.law import FIGURES, PRIORS, Beta, Counts, Empirical, Fixed, Law, Pert, Shaped, Triangular, Uniform

T = TypeVar("T")
Figure = Callable[[Any], float]
Sample = Callable[[str, str | None, Figure], tuple[float, ...]]

FORMS = ("fixed", "triangular", "pert", "uniform", "beta", "empirical")
_BARE = {"cv": figures.share, "shape": figures.number}
_THREE_POINT: dict[str, type[Triangular] | type[Pert]] = {"triangular": Triangular, "pert": Pert}
_HINT = "state {median: .., p90: ..} or another pair of mean, median, sd, cv, p10, p90, or one of " + ", ".join(FORMS)


def read_law(raw: Any, figure: Figure, sample: Sample) -> Law:
    """Return the law a mapping states.

    Parameters
    ----------
    raw : mapping
        Such as ``{median: 20 d, p90: 60 d}``, ``{law: gamma, mean: 20 d, cv: 0.8}``, ``{pert: [1, 2, 4]}``.
    figure : callable
        Reads one figure in the law's unit (days, a share, a probability).
    sample : callable
        Reads an empirical sample from a file.

    Raises
    ------
    InputError
        With every problem found; paths start at the law.
    """
    if not isinstance(raw, dict):
        text = figures.shown(raw)
        raise InputError.of(f"found {text}; write {{fixed: {raw}}} for always exactly that, or {_HINT}")
    form = [name for name in FORMS if name in raw]
    allowed = {*form, "delay"} if form else {"law", "delay", *FIGURES}
    problems = [_unknown(name) for name in raw if name not in allowed]
    if len(form) > 1:
        problems.append(Problem((), f"states both {' and '.join(form)}; keep one"))
    if problems:
        raise InputError(problems)
    delay = _at(("delay",), figure, raw["delay"]) if "delay" in raw else 0.0
    if not form:
        return _shaped(raw, figure, delay)
    return _under((form[0],), lambda: _of_form(form[0], raw[form[0]], figure, sample, delay))


def mean_of(law: Law) -> float | None:
    """Return the mean of a law where a short formula gives it, else None."""
    match law:
        case Fixed(value=value):
            mean: float | None = value
        case Triangular(low=low, mode=mode, high=high):
            mean = (low + mode + high) / 3
        case Pert(low=low, mode=mode, high=high):
            mean = (low + 4 * mode + high) / 6
        case Uniform(low=low, high=high):
            mean = (low + high) / 2
        case Beta(mean=mean):
            pass
        case Empirical(values=values, weights=weights):
            shares = weights or (1.0,) * len(values)
            mean = sum(x * w for x, w in zip(values, shares, strict=True)) / sum(shares)
        case Shaped(family=family, figures=stated):
            mean = stated.get("mean", _lognormal_mean(stated) if family == "lognormal" else None)
        case _:
            mean = None
    return None if mean is None else mean + law.delay


def _lognormal_mean(stated: dict[str, float]) -> float | None:
    """Return the mean of the lognormal that two of p10, median and p90 fix."""
    z90 = NormalDist().inv_cdf(0.9)
    points = [(z, log(stated[name])) for name, z in (("p10", -z90), ("median", 0.0), ("p90", z90)) if name in stated]
    if len(points) < 2:
        return None
    (z1, y1), (z2, y2) = points
    sigma = (y2 - y1) / (z2 - z1)
    return exp(y1 - sigma * z1 + sigma**2 / 2)


def _unknown(name: str) -> Problem:
    if name in {"mu", "sigma"}:
        why = "nobody can estimate the mu and sigma of a logarithm; state median and p90, or mean and cv"
        return Problem((name,), why)
    return Problem((name,), f"a law has no '{name}' here; {_HINT}")


def _shaped(raw: dict[str, Any], figure: Figure, delay: float) -> Law:
    problems: list[Problem] = []
    stated: dict[str, float] = {}
    for name in FIGURES:
        if name in raw:
            try:
                stated[name] = _at((name,), _BARE.get(name, figure), raw[name])
            except InputError as error:
                problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return Shaped(raw.get("law", "lognormal"), stated, delay=delay)


def _of_form(form: str, raw: Any, figure: Figure, sample: Sample, delay: float) -> Law:
    if form == "fixed":
        return Fixed(figure(raw), delay=delay)
    if form in _THREE_POINT:
        return _THREE_POINT[form](*_several(raw, 3, figure), delay=delay)
    if form == "uniform":
        return Uniform(*_several(raw, 2, figure), delay=delay)
    return _beta(raw, delay) if form == "beta" else _empirical(raw, figure, sample, delay)


def _several(raw: Any, n: int, figure: Figure) -> list[float]:
    if not isinstance(raw, list) or len(raw) != n:
        names = "low, likely, high" if n == 3 else "low, high"
        raise InputError.of(f"found {figures.shown(raw)}; write a list of {n}: [{names}]")
    return _each(raw, figure)


def _each(raw: list[Any], figure: Figure) -> list[float]:
    values: list[float] = []
    problems: list[Problem] = []
    for i, value in enumerate(raw):
        try:
            values.append(_at((i,), figure, value))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return values


def _beta(raw: Any, delay: float) -> Law:
    if isinstance(raw, dict) and {"won", "of"} & set(raw):
        return _counted(raw, delay)
    if not isinstance(raw, dict) or not set(raw) <= {"mean", "evidence"} or "evidence" not in raw:
        raise InputError.of("write {mean: 10%, evidence: 50}; evidence is the number of past deals it rests on")
    mean = _at(("mean",), figures.probability, raw["mean"]) if "mean" in raw else None
    return Beta(_at(("evidence",), figures.number, raw["evidence"]), mean, delay=delay)


def _counted(raw: dict[str, Any], delay: float) -> Beta:
    """Return what `won` of `of` past deals taught; with `evidence` beside them the mean is stated elsewhere."""
    if not {"won", "of"} <= set(raw) <= {"won", "of", "prior", "evidence"}:
        priors = ", ".join(PRIORS)
        raise InputError.of(
            f"write {{won: 2, of: 20, prior: jeffreys}}; the priors are {priors}, and counts say the mean"
        )
    prior = figures.text(raw.get("prior", "jeffreys"))
    counts = Counts(_at(("won",), figures.whole, raw["won"]), _at(("of",), figures.whole, raw["of"]), prior)  # type: ignore[arg-type]
    if "evidence" not in raw:
        return Beta(counts.evidence, counts.mean, counts, delay=delay)
    evidence = _at(("evidence",), figures.number, raw["evidence"])
    if evidence != counts.evidence:
        raise InputError.of(f"{evidence:g} where the counts are worth {counts.evidence:g}; leave it out", "evidence")
    return Beta(evidence, None, counts, delay=delay)


def _empirical(raw: Any, figure: Figure, sample: Sample, delay: float) -> Law:
    if isinstance(raw, list):
        return Empirical(tuple(_each(raw, figure)), delay=delay)
    if isinstance(raw, str):
        return Empirical(sample(raw, None, figure), delay=delay)
    if isinstance(raw, dict) and "file" in raw and set(raw) <= {"file", "column"}:
        return Empirical(sample(figures.text(raw["file"]), raw.get("column"), figure), delay=delay)
    if isinstance(raw, dict) and "values" in raw and set(raw) <= {"values", "weights"}:
        values = _at(("values",), lambda found: _each(_listed(found), figure), raw["values"])
        weights = raw.get("weights")
        shares = None if weights is None else tuple(_at(("weights",), _weights, weights))
        return Empirical(tuple(values), shares, delay=delay)
    raise InputError.of("write a list of values, a file name, or {file: sample.csv, column: days}")


def _weights(raw: Any) -> list[float]:
    return _each(_listed(raw), figures.number)


def _listed(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise InputError.of(f"found {figures.shown(raw)}; write a list")
    return raw


def _at(path: Path, read: Callable[[Any], T], raw: Any) -> T:
    return _under(path, lambda: read(raw))


def _under(path: Path, work: Callable[[], T]) -> T:
    """Return what `work` returns; its problems are told as lying under `path`."""
    try:
        return work()
    except InputError as error:
        # a law names its own form in the path ("fixed",): not twice
        raise InputError(p if p.path[:1] == path else p.under(*path) for p in error.problems) from None
