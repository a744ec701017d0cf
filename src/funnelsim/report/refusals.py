"""Why something was not done, in the language of a report."""

from __future__ import annotations

from funnelsim.errors import FunnelsimError, InputError, RefusedError
from funnelsim.report.clean import one_line
from funnelsim.report.refusal_words import REFUSAL_PHRASES
from funnelsim.report.words import Words


def refusal(error: FunnelsimError, say: Words) -> str:
    """Return the phrase of a refusal's reason; the message itself where the reason has none.

    Examples
    --------
    >>> refusal(RefusedError("no open deal states its owner", "no_owner"), Words("zh"))
    '在手商机均未注明负责人'
    """
    if isinstance(error, RefusedError) and f"refused_{error.reason}" in REFUSAL_PHRASES:
        return say(f"refused_{error.reason}", **error.facts)
    told = error.problems[0].message if isinstance(error, InputError) else str(error)
    return one_line(told.partition("; use --engine")[0])
