"""A widget or a report as one file: what stands in it, and that it is written whole or not at all."""

import gzip
import os
import re

import pytest
import torch
from helpers.stored_html import HOSTILE, StoredHtml

from rowlight import GradientLens, MoveQuiz, RowLens, TraceLens, watch
from rowlight.teaching import Task
from rowlight.widgets import page as page_module
from rowlight.widgets.bundle import stored_style
from rowlight.widgets.page import page, write_page


def small_lens(**options):
    torch.manual_seed(0)
    return RowLens(torch.nn.Embedding(10, 4), [[0, 6, 7], [3, 2, 2]], **options)


def small_trace():
    layer = torch.nn.Embedding(10, 4)
    optimizer = torch.optim.AdamW(layer.parameters())
    with watch(layer, snapshots=True) as trace:
        layer(torch.tensor([1, 2])).sum().backward()
        optimizer.step()
    return trace


def widgets():
    trace = small_trace()
    return [
        small_lens(),
        GradientLens(torch.zeros(3, 2), [1, 2]),
        TraceLens(trace),
        MoveQuiz(trace),
        Task.shape("?", (2, 3), "!"),
    ]


def body(text):
    return text[text.index("<main>") : text.index("</main>")]


def test_a_ten_row_lens_is_small(tmp_path):
    data = small_lens().save(tmp_path / "lens.html").read_bytes()
    assert len(data) <= 64_000
    assert len(gzip.compress(data)) <= 20_000


@pytest.mark.parametrize("widget", widgets(), ids=lambda widget: type(widget).__name__)
def test_a_saved_widget_is_its_stored_html_and_has_its_name(widget, tmp_path):
    path = widget.save(str(tmp_path / "widget.html"))
    assert path == tmp_path / "widget.html"
    text = path.read_text("utf-8")
    assert widget._html in body(text)
    [name] = [attributes["aria-label"] for _, attributes in StoredHtml(widget._html).tags if "data-lens" in attributes]
    assert f"<title>{name}</title>" in text
    assert not re.search(r"\b(src|href)=\"(?!data:,)", text), "it asks for a file"


def test_a_lens_is_saved_as_it_is_now(tmp_path):
    layer = torch.nn.Embedding(4, 2)
    lens = RowLens(layer, [1, 2])
    lens.ids = torch.tensor([3, 3, 0])
    lens.selection = {"row": 2}
    with torch.no_grad():
        layer.weight.fill_(7)
    text = lens.save(tmp_path / "lens.html").read_text("utf-8")
    html = StoredHtml(body(text))
    assert html.ids == [3, 3, 0]
    assert html.rows[2] == ["7.0000", "7.0000"]
    assert "row 2" in text


def test_a_saved_report_says_what_it_prints(tmp_path):
    report = small_trace().report()
    text = report.save(tmp_path / "report.html").read_text("utf-8")
    assert f"<title>{report.title}</title>" in text
    assert report._repr_html_() in text
    assert "<script" not in text
    assert "script-src &#39;none&#39;" in text or "script-src 'none'" in text


@pytest.mark.parametrize("widget", widgets(), ids=lambda widget: type(widget).__name__)
def test_a_stored_output_carries_a_little_style_and_a_saved_file_the_whole(widget, tmp_path):
    stored = widget._repr_mimebundle_()[0]["text/html"]
    assert stored == stored_style() + widget._html
    assert len(stored_style()) < 1_000
    assert re.match(r"<style>\.rowlight:not\(\.rl-live\)\{(?!.*\}\.rowlight)", stored), "no rule for live widgets"
    assert stored_style() not in widget.save(tmp_path / "a.html").read_text("utf-8")


def test_only_the_style_and_the_script_of_its_kind_are_in_it():
    lens = page(small_lens()._html)
    assert ".rl-stage" in lens
    assert ".rl-moves" not in lens
    assert "renderTask" not in lens
    large = page(RowLens(torch.zeros(100, 2), [1])._html)
    for name in ("function overviewOf", "function searchField", ".rl-overview >"):
        assert name not in lens
        assert name in large
    assert "renderTask" in page(Task.shape("?", (2, 3), "!")._html)


def test_hostile_texts_stay_texts(tmp_path):
    lens = small_lens(tokens=[HOSTILE] * 10, caption=HOSTILE, hint=HOSTILE)
    plain = small_lens(tokens=["a"] * 10, caption="b", hint="c")
    saved, expected = (StoredHtml(one.save(tmp_path / "a.html").read_text("utf-8")) for one in (lens, plain))
    tags = [[tag for tag, _ in html.tags] for html in (saved, expected)]
    assert tags[0] == tags[1]


@pytest.mark.parametrize(
    ("path", "why"),
    [("missing/lens.html", "No such file or directory"), ("", "it is no file"), (os.devnull, "it is no file")],
)
def test_a_path_that_cannot_be_written(tmp_path, path, why):
    with pytest.raises(OSError, match=rf"^cannot write '.*': {why}$"):
        small_lens().save(tmp_path / path)
    assert list(tmp_path.iterdir()) == []


def test_a_link_still_leads_to_its_file(tmp_path):
    (tmp_path / "link.html").symlink_to(tmp_path / "lens.html")
    small_lens().save(tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert "data-lens" in (tmp_path / "lens.html").read_text("utf-8")


def test_what_is_no_path():
    with pytest.raises(TypeError, match="path: expected the name of a file, got NoneType"):
        small_lens().save(None)


def test_a_protected_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "kept.html"
    path.write_text("kept", "utf-8")
    monkeypatch.setattr(os, "access", lambda *_given: False)  # who runs the tests may be allowed everything
    with pytest.raises(PermissionError, match="protected against writing"):
        small_lens().save(path)
    assert path.read_text("utf-8") == "kept"


def test_an_interrupted_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "lens.html"
    path.write_text("the one before", "utf-8")

    def full(_self, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page_module.Path, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        small_lens().save(path)
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("lens.html", "the one before")]


def test_a_file_is_replaced_and_others_may_read_it(tmp_path):
    path, plain = tmp_path / "lens.html", tmp_path / "plain"
    path.write_text("older", "utf-8")
    path.chmod(0o600)
    plain.touch()
    write_page(path, small_lens()._html)
    assert path.stat().st_mode == plain.stat().st_mode
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["lens.html", "plain"]
