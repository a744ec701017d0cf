import ast
import string
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from report_cases import case_of, forecast_of

from funnelsim.model.funnel import Exit, Funnel, Stage
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Empirical, Fixed, Pert, Shaped, Triangular, Uniform
from funnelsim.report import sentences, words
from funnelsim.report.laws import law_of_days, law_of_share
from funnelsim.report.lines import broken
from funnelsim.report.notes import notes
from funnelsim.report.stages import stages_table
from funnelsim.report.words import PHRASES, Words

EN, ZH = Words("en"), Words("zh")


def blanks(phrase):
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_both_languages_fill_the_same_blanks():
    assert {name for name, (en, zh) in PHRASES.items() if blanks(en) != blanks(zh)} == set()


def test_no_two_files_give_one_name_to_two_phrases():
    named = Counter(
        name.value
        for file in (Path(words.__file__).parent).glob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "dict[str, tuple[str, str]]"
        for name in node.value.keys
        if name is not None
    )
    assert [name for name, n in named.items() if n > 1] == []
    assert set(named) == set(PHRASES)


def test_no_phrase_shows_a_leader_a_bare_percentile():
    told = " ".join(text for pair in PHRASES.values() for text in pair).lower()
    assert not any(f"p{level}" in told for level in (5, 10, 25, 50, 75, 90, 95))


def test_the_headline_states_three_chances_with_currency_and_unit(forecast):
    told = sentences.headline(forecast, EN)
    total = forecast.bookings.total
    for value in (total.commit, total.likely, total.stretch):
        assert f"at least {value:,.1f} 万元 CNY" in told
    assert told.startswith("Signed up to and including 2027-09-30: 9 chances in 10")


def test_the_headline_counts_in_what_is_booked():
    without, booked = forecast_of(case_of()), forecast_of(case_of(booked=900.0))
    assert f"{without.bookings.total.commit + 900:,.1f} 万元 CNY" in sentences.headline(booked, ZH)
    assert "已签 900 万元 CNY" in sentences.headline(booked, ZH)


def test_without_a_horizon_the_headline_speaks_of_the_end():
    told = sentences.headline(forecast_of(case_of(horizon=Horizon())), EN)
    assert told.startswith("Signed in the end from the deals open on 2026-10-15")


@pytest.mark.parametrize(
    ("law", "en", "zh"),
    [
        (
            Shaped("lognormal", {"median": 20.0, "p90": 60.0}),
            "half within 20 days, 9 in 10 within 60 days (lognormal)",
            "半数不超过 20 天、九成不超过 60 天（对数正态）",
        ),
        (
            Shaped("gamma", {"mean": 18.0, "cv": 0.7}, delay=2.0),
            "mean 18 days, standard deviation 70% of the mean (gamma), after 2 days",
            "均值 18 天、标准差为均值的 70%（伽马），另加等待 2 天",
        ),
        (
            Shaped("weibull", {"scale": 25.0, "shape": 1.3}),
            "scale 25 days, shape 1.3 (Weibull)",
            "尺度 25 天、形状 1.3（威布尔）",
        ),
        (Fixed(10.0), "always 10 days", "固定 10 天"),
        (Triangular(1.0, 2.0, 4.0), "1 days to 4 days, most often 2 days (triangular)", None),
        (Pert(1.0, 2.0, 4.0), "1 days to 4 days, most often 2 days (PERT)", None),
        (Uniform(1.0, 4.0), "1 days to 4 days, all alike", None),
        (
            Empirical((3.0, 1.0, 9.0)),
            "one of 3 observed values, 1 days to 9 days",
            "取自 3 个观测值，1 天 至 9 天",
        ),
        (None, "not stated", "未给定"),
    ],
)
def test_a_law_is_told_in_words(law, en, zh):
    assert law_of_days(law, EN) == en
    if zh:
        assert law_of_days(law, ZH) == zh


def test_a_belief_says_how_many_past_deals_it_rests_on():
    assert law_of_share(Beta(50.0), EN) == "as stated, known from 50 past deals"
    assert law_of_share(Beta(50.0, 0.2), EN) == "mean 20%, as known from 50 past deals"


def test_assumptions_name_every_belief_the_shock_and_the_realisation(forecast):
    told = "\n".join(sentences.assumptions(forecast, EN))
    for part in (
        "stages.初步接洽.win_rate is uncertain",
        "shock carries 5%",
        "75% to 105%",
        "2027-09-30",
        "方案",
    ):
        assert part in told


def test_assumptions_admit_what_is_left_out(forecast):
    bare = replace(
        forecast, case=replace(forecast.case, beliefs=(), realisation=None, shock=type(forecast.case.shock)())
    )
    told = "\n".join(sentences.assumptions(bare, EN))
    for part in ("taken as known exactly", "independent of each other", "at the quoted amount"):
        assert part in told


def test_stale_deals_are_listed_with_what_became_of_them(forecast):
    assert "treated as lost: 初步接洽#0" in sentences.stale_sentence(forecast, EN)
    many = replace(forecast, stale=tuple(f"d{i}" for i in range(40)))
    assert "and 28 more" in sentences.stale_sentence(many, EN)
    assert sentences.stale_sentence(replace(forecast, stale=()), EN) == ""


def test_provenance_names_engine_trials_seed_hash_and_cut_off(forecast):
    told = sentences.provenance_line(forecast, EN)
    for part in (
        "simulation",
        "4,000",
        "seed 7",
        "2026-10-15 Asia/Shanghai",
        "万元 CNY",
        "abababababab",
        "0.1.0",
    ):
        assert part in told
    assert "ab" * 32 not in told


def test_seed_zero_is_told(forecast):
    assert ("seed", "0") in sentences.provenance(replace(forecast, seed=0), EN)


def test_the_exact_engine_tells_no_trials_and_no_seed(forecasts):
    told = sentences.provenance_line(forecasts["exact"], EN)
    assert "exact" in told
    assert "seed" not in told
    assert "numerical" in sentences.error_sentence(forecasts["exact"], EN)


def test_the_stage_table_says_what_is_stated_and_what_derived(forecast):
    table = stages_table(forecast, EN)
    names = [column.name for column in table.columns]
    assert "win rate (stated)" in names
    assert "conversion (derived)" in names
    first = dict(zip(names, table.rows[0], strict=True))
    assert first["win rate (stated)"] == "10%"
    assert first["conversion (derived)"] == "25%"
    assert first["conversion implied by the shock"] == "24.75%"
    assert first["open deals"] == "65"
    assert first["open amount, 万元 CNY"] == "3,250"


def test_a_funnel_of_exits_tells_each_exit_and_its_stay(forecast):
    stay = Shaped("exponential", {"mean": 9.0})
    stages = (
        Stage("trial", (Exit("quote", 0.5, stay), Exit("lost/price", 0.3, stay)), never=0.2, in_forecast=False),
        Stage("quote", (Exit("won", 0.5, stay), Exit("trial", 0.1, stay), Exit("lost", 0.4, stay))),
    )
    deals = tuple(deal._replace(stage="quote") for deal in forecast.case.pipeline.deals)
    case = replace(forecast.case, funnel=Funnel(stages), pipeline=type(forecast.case.pipeline)(deals), beliefs=())
    table = stages_table(replace(forecast, case=case, implied={}), EN)
    told = " ".join(table.rows[0])
    for part in (
        "trial (not in forecast)",
        "quote 50% (mean 9 days",
        "lost (price) 30%",
        "never decides 20%",
    ):
        assert part in told


def test_lines_break_chinese_between_characters_but_not_before_a_stop_or_inside_a_unit():
    lines = broken("不低于二千万元。已签九百万元，已计入", lambda line: len(line) <= 6, 9)
    assert all(len(line) <= 6 for line in lines)
    assert not any(line[0] in "。，元" for line in lines)
    assert "".join(lines) == "不低于二千万元。已签九百万元，已计入"


def test_a_text_too_long_for_its_lines_ends_in_an_ellipsis():
    lines = broken("很" * 100, lambda line: len(line) <= 10, 2)
    assert [len(line) for line in lines] == [10, 10]
    assert lines[-1].endswith("…")


def test_dates_are_told_in_iso_form_with_the_last_day_included():
    assert sentences.last_day(date(2027, 1, 1)) == "2026-12-31"


def test_known_notes_are_told_in_chinese_and_a_users_own_as_written(forecast):
    known = "stated win rates are averages over the shared shock"
    stale = "12 deals have stayed longer than their stage's law can explain; they are kept open"
    own = replace(forecast, notes=(known, stale))
    own = replace(own, case=replace(own.case, notes=("my\nown", known)))
    assert notes(own, EN) == [known, "my�own"]
    assert notes(own, ZH) == ["给定赢率为对共同冲击取平均的值", "my�own"]


def test_every_note_the_engine_writes_is_known_in_chinese():
    from pathlib import Path

    from funnelsim.analysis.answer import forecast as answer
    from funnelsim.config import load
    from funnelsim.engine.simulate import simulate

    for path in (Path(__file__).parents[2] / "configs").glob("weighted*.yaml"):
        told = answer(simulate(load(path), trials=10, seed=1))
        assert told.notes
        assert not [note for note in notes(told, ZH) if note.isascii()]
