"""Checks one section of the tree at a time, so that a bad one does not hide the problems of the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from funnelsim.config.document import PLANNED, CaseForm
from funnelsim.config.fields import Form
from funnelsim.config.figures import shown
from funnelsim.config.laws import Sample
from funnelsim.config.reading import scalars
from funnelsim.errors import InputError, Path, Problem

CONFIRM = "CONFIRM"
_SHAPES = {"model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list"}


@dataclass
class Findings:
    """The problems found so far, none twice. Those about a key itself are remembered as such."""

    problems: list[Problem] = field(default_factory=list)
    about_keys: set[Path] = field(default_factory=set)
    _seen: set[tuple[Path, str]] = field(default_factory=set)
    _seen_places: set[tuple[str, str]] = field(default_factory=set)

    def add(self, problem: Problem) -> None:
        """Note a problem unless the same was noted before."""
        key, place = (problem.path, problem.message), (problem.place, problem.message)
        if key not in self._seen and not (problem.place and place in self._seen_places):
            self._seen.add(key)
            self._seen_places.add(place)
            self.problems.append(problem)

    def extend(self, error: InputError, *prefix: str | int) -> None:
        """Note all problems of an error, as lying under `prefix`."""
        for problem in error.problems:
            self.add(problem.under(*prefix))

    def touches(self, *path: str | int) -> bool:
        """Tell whether a problem lies at or under `path`."""
        return any(problem.path[: len(path)] == path for problem in self.problems)


@dataclass
class Sections:
    """A config's tree, read section by section; what is wrong goes into `findings`."""

    tree: dict[str, Any]
    findings: Findings
    sample: Sample
    root: str = "HistoryForm"  # a case tells its own keys beforehand

    def check_keys(self, *, is_whole: bool = True) -> None:
        """Note keys that are unknown, planned, missing (of a whole case) or still to be confirmed."""
        known = CaseForm.model_fields
        for key in self.tree:
            if key not in known:
                self._note_key((key,), tuple(known))
        for key, field_ in known.items():
            if is_whole and field_.is_required() and key not in self.tree:
                self.findings.add(Problem((), f"no `{key}`; state it"))
        if is_whole and not self.tree.keys() & {"pipeline", "sources", "loyalty"}:
            self.findings.add(Problem((), "no `pipeline`; state it, or where new deals come from: sources"))
        for path, value in scalars({k: v for k, v in self.tree.items() if k != "scenarios"}):
            if value == CONFIRM:
                self.findings.add(Problem(path, "still says CONFIRM; confirm this value: put the right one here"))

    def value(self, key: str) -> Any:
        """Return a checked section, its default where absent, or None where wrong."""
        field_ = CaseForm.model_fields[key]
        if key not in self.tree:
            return None if field_.is_required() else field_.get_default(call_default_factory=True)
        return self._validate(_adapter(key), self.tree[key], (key,))

    def items(self, key: str, form: Any) -> list[Any]:
        """Return the checked items of a list section; None in place of a wrong one."""
        raw = self.tree.get(key, [])
        if not isinstance(raw, list):
            self.findings.add(Problem((key,), f"found {shown(raw)}; write a list"))
            return []
        return [self.item(form, value, (key, i)) for i, value in enumerate(raw)]

    def item(self, form: Any, raw: Any, path: Path) -> Any:
        """Return one checked value, or None where wrong."""
        return self._validate(_adapter_of(form), raw, path)

    def _validate(self, adapter: TypeAdapter[Any], raw: Any, path: Path) -> Any:
        if any(value == CONFIRM for _, value in scalars(raw)):
            return None
        try:
            return adapter.validate_python(raw, context={"sample": self.sample})
        except ValidationError as error:
            settled = {problem.path for problem in self.findings.problems}
            for details in error.errors(include_url=False):
                self._note(details, path, settled)
            return None

    def _note(self, details: ErrorDetails, prefix: Path, settled: set[Path]) -> None:
        path = (*prefix, *details["loc"])
        kind, context = details["type"], details.get("ctx", {})
        if kind == "extra_forbidden":
            self._note_key(path, ())
        elif kind == "missing":
            self.findings.add(Problem(path[:-1], f"no `{path[-1]}`; state it"))
        elif kind in _SHAPES:
            self.findings.add(Problem(path, f"found {shown(details['input'])}; write {_SHAPES[kind]}"))
        elif kind == "literal_error":
            self.findings.add(Problem(path, f"found {shown(details['input'])}; take {context['expected']}"))
        elif kind == "too_short":
            self.findings.add(Problem(path, "found an empty list; write at least one item"))
        elif not any(known[: len(path)] == path for known in settled):
            # a value that was found wrong before, as a law in place of a number, is not told again
            told = context.get("told") or f"found {shown(details['input'])}; {details['msg']}"
            self.findings.add(Problem(path, told, context.get("place", "")))

    def _note_key(self, path: Path, known: tuple[str, ...]) -> None:
        key = str(path[-1])
        if len(path) == 1 and key in PLANNED:
            message = f"not yet: `{key}` is planned, and this version cannot use it; remove it"
        else:
            names = known or _keys_beside(path, self.root)
            close = get_close_matches(key, names, 1, 0.5)
            hint = f"did you mean '{close[0]}'?" if close else f"the keys are {', '.join(names)}"
            message = f"no such key; {hint}"
        self.findings.about_keys.add(path)
        self.findings.add(Problem(path, message))


@cache
def _adapter(key: str) -> TypeAdapter[Any]:
    field_ = CaseForm.model_fields[key]
    annotation: Any = field_.annotation
    for extra in reversed(field_.metadata):
        annotation = _annotated(annotation, extra)
    return TypeAdapter(annotation)


def _annotated(annotation: Any, extra: Any) -> Any:
    from typing import Annotated

    return Annotated[annotation, extra]


@cache
def _adapter_of(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _keys_beside(path: Path, root: str) -> tuple[str, ...]:
    """Return the keys allowed in the mapping that holds the key at `path`."""
    forms = {form.__name__: form for form in _forms(Form)}
    name = _FORM_AT.get(tuple("*" if isinstance(p, int) else p for p in path[:-1]), "") if path[1:] else root
    name = "AxisForm" if path[0] == "axes" else name
    if not name:
        name = "ExitForm" if "exits" in path else "LineForm" if path[0] == "pipeline" else ""
        name = "CouplingForm" if path[:2] == ("communication", "stages") else name
    fields = forms[name].model_fields if name else {}
    return tuple(field_.alias or key for key, field_ in fields.items())


def _forms(base: type[Form]) -> list[type[Form]]:
    """Return the forms made of a form, and those made of these."""
    return [found for form in base.__subclasses__() for found in (form, *_forms(form))]


_FORM_AT: dict[tuple[str, ...], str] = {
    ("visits",): "VisitsForm",
    ("events",): "EventsForm",
    ("snapshots",): "SnapshotsForm",
    ("milestones",): "MilestonesForm",
    ("deals",): "DealsForm",
    ("changes",): "ChangesForm",
    ("stages", "*"): "StageForm",
    ("stages", "*", "never"): "NeverForm",
    ("horizon",): "HorizonForm",
    ("shock",): "ShockForm",
    ("shock", "stays"): "StaysShockForm",
    ("shock", "periods"): "PeriodsShockForm",
    ("capacity",): "CapacityForm",
    ("capacity", "team"): "TeamForm",
    ("targets", "*"): "TargetForm",
    ("booked", "*"): "BookedForm",
    ("correlations", "*"): "CorrelationForm",
    ("sources", "*"): "SourceForm",
    ("sources", "*", "spread"): "SpreadForm",
    ("referral",): "ReferralForm",
    ("loyalty",): "LoyaltyForm",
    ("loyalty", "customers", "*"): "BaseForm",
    ("payment",): "PaymentForm",
    ("payment", "instalments", "*"): "InstalmentForm",
    ("pipeline",): "TableForm",
    ("pipeline", "*"): "LineForm",
    ("pipeline", "columns"): "ColumnsForm",
    ("pipeline", "amount"): "LookupForm",
    ("pipeline", "*", "columns"): "ColumnsForm",
    ("pipeline", "*", "amount"): "LookupForm",
    ("opinions",): "OpinionsForm",
    ("opinions", "track_record"): "TrackRecordForm",
    ("opinions", "track_record", "columns"): "CallColumnsForm",
    ("roles",): "RolesForm",
    ("roles", "people", "*"): "RoleForm",
    ("roles", "table"): "RoleTableForm",
    ("roles", "table", "columns"): "RoleColumnsForm",
    ("communication",): "CommunicationForm",
    ("communication", "message"): "MessageForm",
    ("communication", "message", "named", "*"): "ItemForm",
    ("communication", "hops", "*"): "HopForm",
    ("communication", "hops", "*", "remedy"): "RemedyForm",
    ("communication", "hops", "*", "remedy", "repeat_backs"): "RepeatForm",
    ("communication", "hops", "*", "remedy", "written"): "WrittenForm",
}
