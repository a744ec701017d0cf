"""The text of a first config: commented, and with a CSV its columns and stages guessed for confirmation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from funnelsim.config.tables import Table, open_table

N_ROWS_LOOKED_AT = 200_000
MAX_STAGES = 40

# Headers of Salesforce, HubSpot and Chinese exports, the surest first; case, spaces and marks do not count.
_HEADERS: dict[str, tuple[str, ...]] = {
    "id": ("opportunityid", "dealid", "recordid", "商机编号", "商机id", "项目编号", "编号", "id"),
    "stage": (
        "stagename",
        "dealstage",
        "dealstagelabel",
        "stage",
        "销售阶段",
        "商机阶段",
        "当前阶段",
        "阶段",
    ),
    "entered": (
        *("laststagechangedate", "hsv2dateenteredcurrentstage", "dateenteredcurrentstage", "stagechangedate"),
        *(
            "entered",
            "enteredstage",
            "engagedate",
            "阶段更新时间",
            "进入阶段时间",
            "阶段变更时间",
            "变更时间",
        ),
    ),
    "created": ("createddate", "createdate", "created", "createdat", "创建时间", "创建日期"),
    "amount": (
        *("amount", "dealvalue", "value", "预计金额", "商机金额", "预计销售金额", "预计成交金额", "金额"),
        "expectedrevenue",
    ),
    "owner": (
        "ownername",
        "owner",
        "dealowner",
        "hubspotownerid",
        "ownerid",
        "salesagent",
        "负责人",
        "所有人",
    ),
    "segment": ("segment", "region", "product", "type", "dealtype", "区域", "地区", "产品", "产品线", "行业"),
    "source": ("leadsource", "source", "originalsource", "商机来源", "线索来源", "来源"),
    "expected_close": (
        "closedate",
        "expectedclose",
        "预计成交日期",
        "预计结单日期",
        "预计签约日期",
        "预计成交时间",
    ),
    "currency": ("currencyisocode", "currency", "dealcurrencycode", "币种", "货币"),
}
_ENDED = re.compile(r"won|lost|closed|赢单|输单|成交|丢单|失单|关闭|作废|流失", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_DATES = ("entered", "created", "expected_close")

_HEAD = """\
# A funnelsim case. Replace every CONFIRM, and look at every line marked `# CONFIRM`, before you run it:
#
#   funnelsim validate THIS_FILE
#   funnelsim run THIS_FILE
case: my pipeline
currency: CONFIRM         # three capital letters, such as CNY, EUR or USD
unit: CONFIRM             # 1, 千元, 万元, 亿元, K or M: all money in this file and in the outputs{unit_hint}
as_of: CONFIRM            # the day the pipeline was looked at, such as 2026-10-01
timezone: CONFIRM         # such as Asia/Shanghai, Europe/Berlin or UTC
horizon: unlimited        # or, once stays are stated: {{periods: 4, of: quarter}}

# From first to last. win_rate: of the deals that enter this stage, the share that is signed in the end.
# Or state conversion: the share that reaches the next stage. Then, for dates, how long deals stay:
#   stay: {{median: 20 d, p90: 60 d}}        # until they advance
#   stay_lost: {{median: 35 d, p90: 100 d}}  # until they are lost
"""
_TAIL = """
# targets: [2685, {amount: 1500, by: 2026-12-31}]
# groups: [segment, owner]
# booked: [{amount: 900, from: 2026-10-01}]     # signed already in the current period
# beliefs:                                      # how many past deals a figure rests on
#   stages.NAME.win_rate: {beta: {evidence: 50}}
# shock: {rho: 0.05}                            # what moves all deals together
# realisation: {pert: [0.75, 0.95, 1.05]}       # final over quoted amount
# scenarios: {better quotes: {stages.NAME.conversion: +5 points}}
trials: 100000
seed: 7
"""
_EXAMPLE = """\
stages:
  - {name: first contact, win_rate: CONFIRM}
  - {name: proposal, win_rate: CONFIRM}
  - {name: negotiation, win_rate: CONFIRM}

# One line for each deal, or for several alike; age is the time in the present stage.
pipeline:
  - {stage: first contact, deals: 10, amount: CONFIRM, age: 0 d}
  - {stage: proposal, deals: 5, amount: CONFIRM, age: 0 d}
  - {stage: negotiation, deals: 2, amount: CONFIRM, age: 0 d}
"""


def starter(csv_path: Path | None = None) -> str:
    """Return the text of a first config.

    Parameters
    ----------
    csv_path : path, optional
        An export of open deals: its columns and stages are guessed, each guess marked ``# CONFIRM``.
        Currency, unit and the form of dates are never guessed.

    Raises
    ------
    InputError
        If the CSV cannot be read.
    """
    if csv_path is None:
        return _HEAD.format(unit_hint="") + _EXAMPLE + _TAIL
    guess = _Guess.of(open_table(csv_path))
    return _HEAD.format(unit_hint=guess.unit_hint) + guess.stages() + guess.pipeline(csv_path) + _TAIL


@dataclass(frozen=True)
class _Guess:
    """What a table's header and first rows suggest."""

    columns: dict[str, str]
    open_stages: tuple[str, ...]
    ended_stages: tuple[str, ...]
    odd_date: str
    unit_hint: str

    @classmethod
    def of(cls, table: Table) -> _Guess:
        columns = _columns(table.header)
        rows = [row for _, row in islice(table.rows(), N_ROWS_LOOKED_AT)]
        stages = _distinct(rows, table.header.index(columns["stage"])) if "stage" in columns else ()
        ended = tuple(stage for stage in stages if _ENDED.search(stage))
        dates = [table.header.index(columns[key]) for key in _DATES if key in columns]
        odd = (
            row[i].strip() for row in rows for i in dates if row[i].strip() and not _ISO_DATE.fullmatch(row[i].strip())
        )
        found = re.search(r"[(（](千元|万元|亿元|元)[)）]", columns.get("amount", ""))
        hint = f" (the amount's header says {found[1]})" if found else ""
        return cls(columns, tuple(s for s in stages if s not in ended), ended, next(odd, ""), hint)

    def stages(self) -> str:
        names = self.open_stages or ("CONFIRM",)
        lines = [f"  - {{name: {_quoted(name)}, win_rate: CONFIRM}}" for name in names[:MAX_STAGES]]
        more = [f"  # and {len(names) - MAX_STAGES} more: is this the stage column?"] if len(names) > MAX_STAGES else []
        return "\n".join(["stages:   # CONFIRM: found in the table; put them in order", *lines, *more, ""])

    def pipeline(self, csv_path: Path) -> str:
        lines = ["", "pipeline:", f"  file: {_quoted(csv_path.as_posix())}", "  columns:"]
        for key in ("id", "stage", "amount"):
            lines.append(self._column(key))
        lines += [self._column(key) for key in _HEADERS if key in self.columns and key not in {"id", "stage", "amount"}]
        if self.odd_date:
            example = f'such as "%d-%m-%y"; the table has {self.odd_date}'
            lines.append(f"  date_format: CONFIRM   # day, month and year in their order, {example}")
        if self.ended_stages:
            kept = ", ".join(_quoted(stage) for stage in self.open_stages[:MAX_STAGES])
            lines.append(f"  where: {{stage: [{kept}]}}   # CONFIRM: leaves out {', '.join(self.ended_stages)}")
        if "entered" not in self.columns:
            lines.append("  # no column tells when a deal entered its stage; before stating stays, map `entered`")
            lines.append("  # or state missing_entered: 0 d")
        return "\n".join([*lines, ""])

    def _column(self, key: str) -> str:
        if key in self.columns:
            return f"    {key}: {_quoted(self.columns[key])}   # CONFIRM"
        return f"    {key}: CONFIRM   # no column looked like it"


def _columns(header: tuple[str, ...]) -> dict[str, str]:
    by_name = {_bare(column): column for column in reversed(header)}
    found: dict[str, str] = {}
    for key, names in _HEADERS.items():
        match = next((by_name[name] for name in names if name in by_name), None)
        if match is not None and match not in found.values():
            found[key] = match
    return found


def _bare(header: str) -> str:
    """Return a header without case, spaces, marks and what stands in brackets."""
    return re.sub(r"[(（].*?[)）]|[\s_\-.:：]", "", header).lower()


def _distinct(rows: Iterable[list[str]], index: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[index].strip() for row in rows if row[index].strip()))


def _quoted(text: str) -> str:
    """Return a YAML scalar: bare where that is safe, else in double quotes."""
    if re.fullmatch(r"[^\W\d_][\w ]*\w|[^\W\d_]", text) and text.lower() not in {
        "yes",
        "no",
        "true",
        "false",
        "null",
    }:
        return text
    return json.dumps(text, ensure_ascii=False)
