"""`funnelsim report SWEEP --store STORE`: a report of each case and a page over all of them."""

import re
from html.parser import HTMLParser

import pytest
from python_calamine import CalamineWorkbook

SWEEP = """\
sweep: <b>two</b> rates
base: small.yaml
axes:
  first: {set: stages.接洽.win_rate, values: [20%, 25%]}
trials: 300
"""


@pytest.fixture
def sweep(config, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


@pytest.fixture
def store(cli, sweep, tmp_path):
    assert cli("sweep", sweep, "--out", tmp_path / "store", "--seed", 5)[0] == 0
    return tmp_path / "store"


class Rows(HTMLParser):
    """The cells of a page's table and its links."""

    def __init__(self):
        super().__init__()
        self.rows, self.links, self.tags, self._inside = [], [], set(), False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._inside = tag in {"td", "th"} or (self._inside and tag in {"br", "a", "small"})
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        if self._inside and self.rows:
            self.rows[-1][-1] += data


def test_each_case_has_its_reports_and_the_page_lists_them_with_intervals(cli, sweep, store, tmp_path):
    code, _, err = cli("report", sweep, "--store", store, "--format", "pdf,xlsx", "--out", tmp_path / "all")
    assert (code, "case-0001.xlsx" in err) == (0, True)
    names = {f"case-000{n}.{ending}" for n in (0, 1) for ending in ("pdf", "xlsx")}
    assert {path.name for path in (tmp_path / "all").iterdir()} == {*names, "overview.html", "manifest.json"}
    page = (tmp_path / "all/overview.html").read_text("utf-8")
    found = Rows()
    found.feed(page)
    assert set(found.links) == names
    assert found.tags.isdisjoint({"script", "img", "link", "b"})
    assert "&lt;b&gt;two&lt;/b&gt;" in page
    assert not re.search(r"https?://", page)
    assert [row[1] for row in found.rows[1:]] == ["20%", "25%"]
    for n, row in enumerate(found.rows[1:]):
        sheet = CalamineWorkbook.from_path(tmp_path / f"all/case-000{n}.xlsx").get_sheet_by_index(0).to_python()
        total = next(cells for cells in sheet if cells[0] == "total")
        assert [float(cell.replace(",", "")) for cell in row[2:5]] == total[1:4]


def test_a_store_of_another_sweep_or_changed_figures_are_refused(cli, sweep, store, config, tmp_path):
    told = ("report", sweep, "--store", store, "--out", tmp_path / "all")
    sweep.write_text(SWEEP.replace("25%", "30%"), encoding="utf-8")
    code, _, err = cli(*told)
    assert code == 2
    assert "holds another batch: design differ" in err
    sweep.write_text(SWEEP, encoding="utf-8")
    config.write_text(config.read_text("utf-8").replace("deals: 8", "deals: 9"), encoding="utf-8")
    assert "base_sha256 differ" in cli(*told)[2]
    assert not (tmp_path / "all").exists()


def test_a_case_that_comes_out_differently_is_told(cli, sweep, store, tmp_path, monkeypatch):
    monkeypatch.setattr("funnelsim.batch.again.table_of", _other)
    code, _, err = cli("report", sweep, "--store", store, "--out", tmp_path / "all")
    assert code == 2
    assert "case 0 comes out differently from what is kept" in err


def _other(told, number):
    from funnelsim.batch.tables import table_of

    return table_of(told, number + 1)


@pytest.mark.parametrize("named", [[], ["a", "b"]])
def test_a_store_wants_the_one_file_of_its_sweep(cli, store, tmp_path, named):
    code, _, err = cli("report", *named, "--store", store, "--out", tmp_path / "all")
    assert code == 2
    assert "with --store, the file of the sweep" in err
