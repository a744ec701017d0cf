"""The page itself, without a browser: every view draws in both languages, and widgets do what they say."""

from __future__ import annotations

from typing import Any

import pytest
from served import ROOT

pytest.importorskip("streamlit", reason="no Streamlit: pip install 'funnelsim[app]'")
from streamlit.testing.v1 import AppTest

from funnelsim.app.page import VIEWS

PAGE = ROOT / "src/funnelsim/app/page.py"
QUOTE = "stages.方案报价.win_rate"


@pytest.fixture
def page(config_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FUNNELSIM_APP_START", str(config_path))
    monkeypatch.setenv("FUNNELSIM_APP_LANGUAGE", "en")
    return AppTest.from_file(str(PAGE), default_timeout=240).run()


def lever(page: Any, key: str) -> Any:
    return next(one for one in page.sidebar.slider if one.key.endswith(f":{key}"))


def headline(page: Any) -> str:
    return next(one.proto.body for one in page.get("html") if "fs-answer" in one.proto.body)


def mean(page: Any) -> float:
    return float(headline(page).split('data-mean="')[1].split('"')[0])


def test_every_view_draws_in_both_languages(page: Any) -> None:
    for language in ("en", "zh"):
        page.session_state["language"] = language
        for view in VIEWS:
            page.session_state["view"] = view
            page.run()
            assert [one.message for one in page.exception] == [], (language, view)
            assert [one.value for one in page.error] == [], (language, view)
            assert "--" not in "".join(one.proto.body for one in page.get("html")), (language, view)  # no option
    assert "九成把握不低于" in headline(page)


def test_a_simulated_chance_has_its_error_beside_it(page: Any) -> None:
    assert "points)" not in headline(page)
    next(one for one in page.sidebar.radio if one.key == "engine").set_value("simulate")
    assert "points)" in headline(page.run())


def test_a_slider_moves_the_answer_and_undo_takes_it_back(page: Any) -> None:
    before = headline(page)
    lever(page, QUOTE).set_value(70.0).run()
    assert mean(page) == pytest.approx(2685 + 27 * 50 * 0.1)  # the win rates of other stages are kept
    assert page.session_state["session"].draft.moved == ((QUOTE, 70.0),)
    page.button(key="undo").click().run()
    assert headline(page).split("fs-how")[0] == before.split("fs-how")[0]
    assert lever(page, QUOTE).value == 60.0


def test_a_bad_value_is_told_beside_its_slider_and_the_answer_stays(page: Any) -> None:
    before = headline(page)
    lever(page, QUOTE).set_value(95.0).run()
    assert len(page.sidebar.error) == 1
    assert "above the 0.8" in page.sidebar.error[0].value
    assert [one.message for one in page.exception] == []
    assert "last good answer" in page.warning[0].value
    assert before.split("data-mean")[1].split(" ")[0] in headline(page)
    lever(page, QUOTE).set_value(75.0).run()
    assert len(page.sidebar.error) == len(page.warning) == 0


def test_scenarios_are_saved_and_compared(page: Any) -> None:
    page.session_state["view"] = "compare"
    page.run()
    for name, value in (("as it is", 60.0), ("better", 70.0)):
        lever(page, QUOTE).set_value(value).run()
        page.text_input(key="scenario_name").set_value(name)
        page.button(key="scenario_save").click().run()
    assert list(page.session_state["session"].saved) == ["as it is", "better"]
    assert [one.message for one in page.exception] == []
    told = [one.proto.body for one in page.get("html")]
    assert any("better" in one and "as it is" in one for one in told)


def test_visitors_take_turns_and_get_their_own_answers(config_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same moment they come in a browser, among the long studies: Streamlit's own tests know one thread."""
    monkeypatch.setenv("FUNNELSIM_APP_START", str(config_path))
    monkeypatch.setenv("FUNNELSIM_APP_LANGUAGE", "en")
    pages = [AppTest.from_file(str(PAGE), default_timeout=240).run() for _ in range(3)]
    for n, page in enumerate(pages, 1):
        lever(page, QUOTE).set_value(60.0 + n)
    for page in reversed(pages):
        page.run()
    assert [mean(page) for page in pages] == pytest.approx([2685 + 27 * 50 * n / 100 for n in (1, 2, 3)])


def test_names_from_a_file_are_text_and_nothing_else(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "configs/weighted_pipeline_2685.yaml").read_text("utf-8")
    hostile = "<img src=x onerror=alert(1)>![p](http://a.invalid/b.png)"
    text = text.replace("方案报价", f"'{hostile}'").replace("2685 pipeline", "<script>1</script>")
    (tmp_path / "hostile.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("FUNNELSIM_APP_START", str(tmp_path / "hostile.yaml"))
    page = AppTest.from_file(str(PAGE), default_timeout=240).run()
    assert [one.message for one in page.exception] == []
    assert "<script>" not in headline(page)
    labels = [one.label for one in page.sidebar.slider]
    assert any(r"\!\[p\]" in label and r"\<img" in label for label in labels)
