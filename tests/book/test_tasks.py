"""Tasks on a page of a test's own, answered by keys and by typing, with no kernel."""

import json

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from helpers.tasks import give, mistakes, right_answer
from playwright.sync_api import expect

from rowlight.teaching import Goal, Task

IDS = [[1, 2, 2], [2, 5, 1]]
SIGNS = torch.tensor([[1.0, 1, 1], [-1, -1, -1]])


@pytest.fixture
def gradient_task():
    return Task.ids(
        "Give row 3 a gradient of 2, and row 1 none.",
        [[3, 3, 2], [2, 5, 0]],
        6,
        "because",
        {Goal(gradient={3: 0}, reads={3: (2, 6)}): "They `cancel`."},
        start=IDS,
        goal=Goal(gradient={3: 2, 1: 0}, reads={3: (1, 6)}),
        grad_output=SIGNS,
    )


def fields(page):
    return page.get_by_role("textbox").all()


def texts(page):
    return [field.input_value() for field in fields(page)]


def rows(page):
    """What the list under the fields says, read as a screen reader would; None while it is stale."""
    items = page.get_by_role("list", name="what these ids bring to each row").get_by_role("listitem")
    return [" ".join(text.split()) for text in items.all_inner_texts()] or None


def expected_rows(ids):
    flat = torch.tensor(ids).flatten()
    reads = flat.bincount(minlength=6).tolist()
    sums = torch.zeros(6).index_add_(0, flat, SIGNS.flatten()).tolist()
    return [
        f"row {i} {n} read{'s' * (n != 1)} gradient {x:.0f}" for i, (n, x) in enumerate(zip(reads, sums, strict=True))
    ]


def test_ids_are_changed_and_checked_by_keys(open_widgets, gradient_task):
    page = open_widgets(gradient_task)
    status = page.get_by_role("status")
    assert [field.get_attribute("aria-label") for field in fields(page)][:4:3] == [
        "sentence 1, position 1: id, sends back 1",
        "sentence 2, position 1: id, sends back -1",
    ]
    assert rows(page) == expected_rows(IDS)
    page.keyboard.press("Tab")
    expect(fields(page)[0]).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(fields(page)[0]).to_have_attribute("data-changed", "true")
    assert rows(page) is None, "what the list said was said of other ids"
    page.keyboard.press("Enter")
    expect(status).to_have_text("Not yet: row 3 gets 1, and should get 2.")
    assert rows(page) == expected_rows([[3, 2, 2], [2, 5, 1]])
    for _ in range(3):
        page.keyboard.press("Tab")
    for key in ("Control+a", "3", "Enter"):
        page.keyboard.press(key)
    expect(status).to_have_text("They cancel.")
    expect(status.locator("code")).to_have_text("cancel")
    for key in ("Escape", *["ArrowUp"] * 9, *["ArrowDown"] * 9):
        page.keyboard.press(key)
    assert texts(page) == ["3", "2", "2", "0", "5", "1"], "arrows stop at the first row and the last"
    page.keyboard.press("Escape")
    expect(fields(page)[3]).to_have_attribute("data-changed", "false")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Enter")
    expect(status).to_have_text("Right.")
    assert rows(page) == expected_rows([[3, 2, 3], [2, 5, 0]])


def test_answers_of_another_form_are_right_too(open_widgets, gradient_task):
    page = open_widgets(gradient_task)
    for ids in ([[3, 3, 3], [3, 5, 2]], [[1, 3, 3], [1, 5, 2]]):
        for field, id_ in zip(fields(page), [*ids[0], *ids[1]], strict=True):
            field.fill(str(id_))
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("status")).to_have_text("Right.")
        fields(page)[0].fill("0")
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("status")).not_to_have_text("Right.")


@pytest.mark.parametrize("typed", ["", " ", "1e999", "2.5", "１", "1 2", "1" * 300, "<img src=x>", "NaN", "0x1", "--1"])
def test_what_is_no_id_is_marked_and_refused(open_widgets, gradient_task, typed):
    page = open_widgets(gradient_task)
    fields(page)[4].fill(typed)
    expect(fields(page)[4]).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Write 6 ids, whole numbers from 0 to 5.")
    assert rows(page) is None
    assert page.locator("img").count() == 0
    page.keyboard.press("ArrowUp")
    assert texts(page) == ["1", "2", "2", "2", "5", "1"], "from what cannot be read, arrows go on from the start"
    expect(fields(page)[4]).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("typed", ["6", "-1", "1000000000000000000000"])
def test_an_id_without_a_row_is_refused_in_the_words_of_torch(open_widgets, gradient_task, typed):
    page = open_widgets(gradient_task)
    fields(page)[4].fill(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(
        "index out of range in self: the id at sentence 2, position 2; valid ids are 0 to 5."
    )
    assert rows(page) is None


def test_a_number_of_a_range(open_widgets):
    page = open_widgets(Task.between("?", 0.0019, 0.001953125, "because", {(0.0038, 0.004): "Half of it."}))
    field, status = page.get_by_label("your answer: a number"), page.get_by_role("status")
    for typed, said in (
        ("0.0039", "Half of it."),
        ("0,0019", "Write one number, for example 0.5."),
        ("１", "Write one number, for example 0.5."),
        ("1e999", "Write one number, for example 0.5."),
        ("1", "Not yet: a smaller number is right."),
        ("0", "Not yet: a larger number is right."),
        ("1.9e-3", "Right."),
    ):
        field.fill(typed)
        page.keyboard.press("Enter")
        expect(status).to_have_text(said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ids_fit_a_narrow_page_and_axe_finds_nothing(open_widgets, gradient_task, scheme):
    many = Task.ids("?", range(20), 20, "because", start=[0] * 20, goal=Goal(reads=dict.fromkeys(range(20), 1)))
    page = open_widgets(gradient_task, many, color_scheme=scheme, viewport={"width": 320, "height": 800})
    fields(page)[0].fill("9")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    rules = {
        "rules": {
            rule: {"enabled": False}
            for rule in ("landmark-one-main", "page-has-heading-one", "region", "html-has-lang")
        }
    }
    found = Axe().run(page, options=rules).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"][:3]]) for one in found]


def test_paper_has_the_ids_to_start_with_and_no_fields(open_widgets, gradient_task):
    page = open_widgets(gradient_task)
    page.emulate_media(media="print")
    expect(page.get_by_text("At the start: [[1, 2, 2], [2, 5, 1]].")).to_be_visible()
    expect(page.locator(".rl-answer, .rl-rows")).to_have_count(2)
    for hidden in page.locator(".rl-answer, .rl-rows").all():
        expect(hidden).to_be_hidden()
    expect(page.get_by_text("because")).to_be_visible()


def test_without_scripts_question_start_and_solution_can_be_read(open_widgets, gradient_task):
    page = open_widgets(gradient_task, java_script_enabled=False)
    expect(page.get_by_text("Give row 3 a gradient of 2, and row 1 none.")).to_be_visible()
    expect(page.get_by_text("Each position sends back [[1, 1, 1], [-1, -1, -1]].")).to_be_visible()
    page.get_by_text("Solution").click()
    expect(page.get_by_text("[[3, 3, 2], [2, 5, 0]]")).to_be_visible()


EVERY = dict.fromkeys(range(4), (1, 6))
KINDS = [
    Task.numbers("?", [0.5, 2], "because", {"2, 0.5": "Turn round."}),
    Task.between("?", 0.0019, 0.00195, "because", {(0.0038, 0.004): "Half of it.", (0, 0.0019): "A larger one."}),
    Task.rows("?", [1], 3, "because", {"0, 2": "The others."}),
    Task.choice("?", "yes", "because", {"no": "Yes."}),
    Task.ids("?", [5, 4, 6], 10, "because", {Goal(ids=[10, 4, 6]): "No such row."}, start=[1, 1, 1]),
    Task.ids(
        "?",
        [0, 1, 2, 3, 0, 0],
        4,
        "because",
        {Goal(reads=EVERY, changes=(2, 6)): "One is enough.", Goal(reads={3: (1, 6), 1: 0}): "Row 1 is lost."},
        start=[0, 1, 2, 2, 0, 0],
        goal=Goal(reads=EVERY, changes=1),
    ),
]


@pytest.mark.parametrize("task", KINDS, ids=lambda task: task._kind)
def test_each_mistake_gets_its_words_and_the_solution_is_right(open_widgets, task):
    page = open_widgets(task)
    root, status = page.locator(".rowlight"), page.get_by_role("status")
    state = json.loads(root.get_attribute("data-state"))
    found = list(mistakes(root, state))
    assert [words for _, words in found] == [words for _, words in state["wrong"]] != []
    for given, words in found:
        give(root, state, given)
        expect(status).to_have_text(words)
    give(root, state, right_answer(root, state))
    expect(status).to_have_text("Right.")


def test_words_that_nobody_will_read_are_found(open_widgets):
    task = Task.ids("?", [2], 3, "because", {Goal(ids=[1]): "One.", Goal(reads={1: 1}): "Never."}, start=[0])
    root = open_widgets(task).locator(".rowlight")
    with pytest.raises(AssertionError, match="nobody will ever read: Never"):
        list(mistakes(root, json.loads(root.get_attribute("data-state"))))
