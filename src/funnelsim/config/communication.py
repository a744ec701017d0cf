"""The communication section: a chain of hops, its message, its remedies, and the stages that hang on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from funnelsim.config import figures, paths
from funnelsim.config.beliefs import MEAN_TOLERANCE
from funnelsim.config.communication_forms import CommunicationForm, MessageForm, RemedyForm
from funnelsim.config.document import CaseForm
from funnelsim.config.laws import Figure, Sample, mean_of, read_law
from funnelsim.config.sections import Findings, Sections
from funnelsim.errors import InputError, Path, Problem
from funnelsim.model.briefing import Briefing
from funnelsim.model.communication import Communication, Coupling, Hop, Item, Message, Remedy
from funnelsim.model.law import Fixed

OF_A_FUNNEL = {"currency", "unit", "as_of", "stages", "pipeline"}
_OF_A_CHAIN = {"case", "communication", "beliefs", "scenarios"}
_FORMS = "communication.hops.NAME.keeps, communication.stages.NAME.elasticity, communication.stages.NAME.rework"


def is_chain_alone(tree: dict[str, Any]) -> bool:
    """Tell whether a config states a chain and nothing of a funnel."""
    return "communication" in tree and not {*OF_A_FUNNEL, "sources", "loyalty"} & set(tree)


def read_briefing(tree: dict[str, Any], findings: Findings, sample: Sample, default_name: str) -> Briefing | None:
    """Return the chain of a config that states no funnel, or None with its problems noted."""
    sections = Sections(tree, findings, sample)
    sections.check_keys(is_whole=False)
    for key in tree:
        if key in CaseForm.model_fields and key not in _OF_A_CHAIN:
            message = f"`{key}` means nothing without a funnel; remove it, or state {', '.join(sorted(OF_A_FUNNEL))}"
            findings.add(Problem((key,), message))
    for dotted in tree.get("beliefs", {}) if isinstance(tree.get("beliefs"), dict) else ():
        findings.add(Problem(("beliefs", dotted), f"there is no funnel here; the paths are {_FORMS}"))
    name, communication = sections.value("case") or default_name, read_communication(sections)
    if communication is not None and communication.stages:
        findings.add(Problem(("communication", "stages"), "there is no funnel here; state one, or remove this"))
    return None if communication is None or findings.problems else Briefing(name, communication)


def read_communication(sections: Sections) -> Communication | None:
    """Return the chain a config states; None if it states none, or with its problems noted."""
    form: CommunicationForm | None = sections.value("communication")
    if form is None:
        return None
    problems = [problem.under("communication") for problem in _form_problems(form)]
    try:
        made = _communication(form)
    except InputError as error:
        problems += error.problems
    for problem in problems:
        sections.findings.add(problem)
    return None if problems else made


def settle_beliefs(
    tree: dict[str, Any], marks: dict[Path, str], place: Callable[[Path], str], sample: Sample
) -> list[Problem]:
    """Put each belief in a figure of communication in place of that figure; return what cannot be put."""
    beliefs, problems = tree.get("beliefs"), []
    if not isinstance(beliefs, dict):
        return []
    for dotted in list(beliefs):
        where: Path = ("beliefs", dotted)
        try:
            parts = paths.split(dotted)
            if parts[0] != "communication":
                continue
            path, holder, figure = _believed(tree, parts)
            holder[parts[-1]] = _law_for(holder.get(parts[-1]), beliefs[dotted], figure, sample)
            marks[path] = place(where)
        except InputError as error:
            problems += [problem.under(*where) for problem in error.problems]
        del beliefs[dotted]
    return problems


def _believed(tree: dict[str, Any], parts: tuple[str, ...]) -> tuple[Path, dict[str, Any], Figure]:
    """Return path, holder and reader of the figure that a belief speaks of."""
    section = tree.get("communication")
    section = section if isinstance(section, dict) else {}
    match parts:
        case (_, "hops", name, "keeps"):
            hops = section.get("hops")
            for i, hop in enumerate(hops if isinstance(hops, list) else ()):
                if isinstance(hop, dict) and str(hop.get("name")) == name:
                    if "keeps" not in hop:
                        raise InputError.of("the hop does not state what it `keeps`; state that, and its mean")
                    return ("communication", "hops", i, "keeps"), hop, figures.probability
        case (_, "stages", name, "elasticity" | "rework" as key):
            stages = section.get("stages")
            if isinstance(stages, dict) and isinstance(stages.get(name), dict):
                return ("communication", "stages", name, key), stages[name], figures.share
    raise InputError.of(f"nothing to believe in; the paths are {_FORMS}")


def _law_for(stated: Any, raw: Any, figure: Figure, sample: Sample) -> Any:
    """Return the law as it would stand in place of the stated number."""
    if isinstance(stated, dict):
        raise InputError.of("a law in place of the number and in beliefs as well; keep one")
    if stated is None:
        return raw
    wanted = figure(stated)
    if isinstance(raw, dict) and isinstance(raw.get("beta"), dict) and "mean" not in raw["beta"]:
        return {**raw, "beta": {**raw["beta"], "mean": wanted}}
    mean = mean_of(read_law(raw, figure, sample))
    if mean is not None and abs(mean - wanted) > MEAN_TOLERANCE:
        raise InputError.of(
            f"the law's mean {mean:.6g} is not the stated {wanted:.6g}; state one of them: "
            "write the law in place of the number"
        )
    return raw


def _form_problems(form: CommunicationForm) -> Iterator[Problem]:
    if form.message.items is not None and form.message.named is not None:
        yield Problem(("message",), "states items and named; keep one")
    by_level = [hop.reaches is not None for hop in form.hops]
    for i, hop in enumerate(form.hops):
        if hop.keeps is not None and hop.reaches is not None:
            yield Problem(("hops", i), f"'{hop.name}' states keeps and reaches; keep one")
        elif hop.keeps is None and hop.reaches is None:
            yield Problem(("hops", i), f"'{hop.name}' says nothing of what is lost; state keeps or reaches")
        elif hop.reaches is not None and not all(by_level):
            yield Problem(("hops", i, "reaches"), "other hops state what they keep; state keeps or reaches in all")
    for i, (before, hop) in enumerate(pairwise(form.hops)):
        if before.reaches is not None and hop.reaches is not None and hop.reaches > before.reaches:
            yield Problem(
                ("hops", i + 1, "reaches"),
                f"{hop.reaches:.4g} of the whole reaches '{hop.name}', more than the {before.reaches:.4g} that "
                f"reaches '{before.name}' before it; what is lost does not come back: mend one of them",
            )


def _communication(form: CommunicationForm) -> Communication:
    hops, level = [], 1.0
    for hop in form.hops:
        keeps = hop.keeps
        if keeps is None:
            reaches = hop.reaches or 0.0
            # a rise is told elsewhere; nothing is lost where nothing is left
            keeps, level = Fixed(min(reaches / level, 1.0) if level > 0 else 1.0), reaches
        hops.append(Hop(hop.name, keeps, hop.takes, hop.label, _remedy(hop.remedy)))
    more = {} if form.time_limit is None else {"time_limit_days": form.time_limit}
    stages = {name: Coupling(way.elasticity, way.rework) for name, way in form.stages.items()}
    return Communication(tuple(hops), _message(form.message), stages=stages, **more)


def _message(form: MessageForm) -> Message:
    if form.named is not None:
        return Message(tuple(Item(item.name, item.weight, item.critical) for item in form.named))
    return Message() if form.items is None else Message.alike(form.items)


def _remedy(form: RemedyForm) -> Remedy:
    back, brief = form.repeat_backs, form.written
    return Remedy(
        adds=form.adds,
        repeat_backs=back.times if back else 0,
        correlation=back.correlation if back else 0.0,
        repeat_takes=back.takes if back else None,
        written=brief.keeps if brief else 0.0,
        written_takes=brief.takes if brief else None,
        removed=form.removed,
    )
