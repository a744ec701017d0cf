"""Forecast categories: the words a CRM has for how sure somebody is of a deal, surest first."""

from __future__ import annotations

import re
from collections.abc import Mapping

Categories = Mapping[str, tuple[str, ...]]
OMITTED = "omitted"
# name -> how well-known systems write it; matched without regard to case, blanks, hyphens and underscores
USUAL: Categories = {
    "commit": ("commit", "committed", "forecast", "100000003", "承诺"),
    "most likely": ("most likely", "最有可能"),
    "best case": ("best case", "100000002", "最佳情况"),
    "pipeline": ("pipeline", "100000001", "管道"),
    OMITTED: ("omitted", "omit", "not forecasted", "100000004", "忽略"),
}
# what they write once a deal is over: no call any more
OVER = ("closed", "closed won", "won", "lost", "100000005", "100000006", "已结束")


def plain_word(text: str) -> str:
    """Return a word as it is matched.

    Examples
    --------
    >>> plain_word("Best_Case") == plain_word("BestCase") == plain_word("best case")
    True
    """
    return re.sub(r"[\s_-]", "", text).lower()


def meanings(categories: Categories) -> dict[str, int]:
    """Return the number of the category that each plain word means; -1 for words that mean no call.

    Examples
    --------
    >>> meanings({"sure": ("A",), "maybe": ("B", "C")})["c"]
    1
    """
    found = {plain_word(word): -1 for word in OVER}
    return found | {plain_word(word): i for i, words in enumerate(categories.values()) for word in words}
