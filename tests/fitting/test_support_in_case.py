"""What a history does not bear is written into the case, read again, and told in both languages."""

import re

import pytest

from funnelsim.config.document import FittedForm, SupportForm
from funnelsim.config.fitted import fitted_notes
from funnelsim.fitting.support import FEW_WINS, FEWEST_INDEPENDENT, FEWEST_WINS, LARGEST_UNSUPPORTED
from funnelsim.report.notes import notes_in_words
from funnelsim.report.words import Words

SOUND = {"wins": FEW_WINS, "unsupported": LARGEST_UNSUPPORTED, "windows": FEWEST_INDEPENDENT, "regime": "as before"}


class Tables:
    as_of, n_draws = "2026-10-01", 1


def doubts(**changes):
    form = FittedForm(file="tables.parquet", support=SupportForm(**(SOUND | changes)))
    return fitted_notes(Tables, form)[:-1]


def test_a_sound_history_raises_no_doubt():
    assert doubts() == ()


@pytest.mark.parametrize(
    ("changes", "told", "chinese"),
    [
        ({"wins": FEWEST_WINS - 1}, "too little data: 9", "数据太少"),
        ({"wins": FEW_WINS - 1}, "little data: 49", "数据偏少"),
        ({"unsupported": LARGEST_UNSUPPORTED + 0.05}, "not supported by history: 25%", "历史不足以支持"),
        ({"regime": "above"}, "regime change?", "规律可能已变"),
        ({"windows": FEWEST_INDEPENDENT - 1}, "unverified: history holds 7 windows", "无法验证"),
    ],
)
def test_each_doubt_is_told_alone_and_in_chinese(changes, told, chinese):
    (doubt,) = doubts(**changes)
    assert doubt.startswith(told)
    (said,) = notes_in_words([doubt], Words("zh"))
    assert said.startswith(chinese)
    assert not re.search("[a-z]{3}", said)
