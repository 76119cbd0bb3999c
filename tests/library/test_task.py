"""Tasks from Python: what `check` says, and what a task refuses to be."""

import numpy as np
import pytest
import torch
from helpers.stored_html import HOSTILE, StoredHtml, outline, page_state

from rowlight.teaching import Task

WHY = "because"


@pytest.mark.parametrize(
    ("task", "given", "right"),
    [
        (Task.shape("?", (5, 3, 4), WHY), "(5, 3, 4)", True),
        (Task.shape("?", torch.zeros(5, 3).shape, WHY), torch.Size([5, 3]), True),
        (Task.shape("?", (5, 3), WHY), (3, 5), False),
        (Task.shape("?", (), WHY), "()", True),
        (Task.numbers("?", torch.tensor([1.5, 2.0]), WHY), [1.5003, 2], True),
        (Task.numbers("?", [32_000], WHY), 32_000, True),
        (Task.numbers("?", [32_000], WHY), 32_001, False),
        (Task.numbers("?", [1, 2], WHY), np.array([[1, 2]]), True),
        (Task.numbers("?", [1, 2], WHY), torch.tensor([1.0, float("nan")]), False),
        (Task.numbers("?", [1], WHY), float("inf"), False),
        (Task.numbers("?", [1], WHY), "9" * 400, False),
        (Task.numbers("?", [1], WHY), None, False),
        (Task.numbers("?", [1], WHY), {"a": 1}, False),
        (Task.rows("?", torch.tensor([2, 7, 2]), 10, WHY), {7, 2}, True),
        (Task.rows("?", [2, 7], 10, WHY), [2], False),
        (Task.rows("?", [], 10, WHY), [], True),
        (Task.choice("?", "3", WHY, {"4": "No."}), 3, True),
        (Task.choice("?", "3", WHY, {"4": "No."}), [3], False),
    ],
)
def test_an_answer_in_code(task, given, right):
    words = task.check(given)
    assert (words == "Right.") == right == task.solved
    assert words.endswith(".")


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [
        (0.0003, [0.0003, 0.00031], [0, 0.0004, 0.0002, -0.0003]),
        (0.74431, [0.7443, 0.744, 0.74431], [0.74, 0.745, 0.7449]),
        (0.00002, [0.00002], [0, 0.0001]),
        (0.0, [0, 0.00005], [0.0001]),
        (9.000000000000002, [9, 9.0004], [9.001, 8.99]),
        (0.123451, [0.1235, 0.123451], [0.1237]),
        (123456.7, [123456.7], [123456.8, 123457]),
    ],
)
def test_a_number_is_right_as_it_is_printed_and_zero_only_for_zero(answer, right, wrong):
    task = Task.numbers("?", answer, WHY)
    assert [given for given in right if task.check(given) != "Right."] == []
    assert [given for given in wrong if task.check(given) == "Right."] == []


@pytest.mark.parametrize(
    ("task", "given"),
    [
        (Task.shape("?", (5, 3, 4), WHY, {"5, 4": "Close."}), (5, 4)),
        (Task.shape("?", (5, 3, 4), WHY, {"(5, 4)": "Close."}), torch.Size([5, 4])),
        (Task.numbers("?", 1, WHY, {"1234567.5": "Close."}), 1234567.5),
        (Task.numbers("?", 1, WHY, {"0.0000001": "Close."}), 1e-7),
        (Task.numbers("?", 1, WHY, {"1000000000000000000000": "Close."}), 1e21),
        (Task.rows("?", [1], 4, WHY, {"3, 2": "Close."}), {2, 3}),
        (Task.choice("?", "a", WHY, {"b": "Close."}), "b"),
    ],
)
def test_a_wrong_answer_gets_its_own_words(task, given):
    assert task.check(given) == "Close."


def test_a_fault_is_named_by_its_place():
    assert Task.numbers("?", range(30), WHY).check([*range(20), 0, *range(21, 30)]) == (
        "Not yet: number 21 is not right."
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Task.numbers("?", torch.tensor([float("nan")]), WHY), "finite"),
        (lambda: Task.numbers("?", "12", WHY), "finite"),
        (lambda: Task.choice("?", "a", WHY, {"a": "No."}), "right answer"),
        (lambda: Task.shape("?", (5, 3), WHY, {"5, 3": "No."}), "right answer"),
        (lambda: Task.numbers("?", 0.5, WHY, {"0.50001": "No."}), "right answer"),
        (lambda: Task.rows("?", [2, 1], 4, WHY, {"1, 2": "No."}), "right answer"),
        (lambda: Task.numbers("?", 0.5, WHY, {"a half": "No."}), "numbers with commas"),
        (lambda: Task.rows("?", [10], 10, WHY), "rows 0 to 9"),
    ],
)
def test_a_task_that_nobody_could_solve_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_text_is_text():
    def make(text):
        return Task.choice(text, text + "1", text, {text + "2": text})._html

    backtick = HOSTILE.replace("`", "")  # sets code, and is meant to
    assert outline(make(backtick)) == outline(make("harmless"))


def test_half_a_character_can_be_sent():
    task = Task.choice("\ud800?", "\ud800", "\ud800", {"\ud801!": "\ud800"})
    task._html.encode()
    assert task.check("\ud800") == "Right."


def test_the_options_stand_there_without_a_script():
    assert "<li>3</li>" in Task.choice("How many?", "3", WHY, {"4": "No."})._html


def test_what_is_stored_has_no_more_digits_than_a_reader_sees():
    task = Task.numbers("?", torch.tensor([0.96]), WHY)  # as float32, 0.9599999785423279
    assert page_state(task)["answer"] == [[0.96, 0.00048]]
    assert "<strong>0.96</strong>" in task._html


def test_a_terminal_shows_the_question():
    assert repr(Task.numbers("How long is `row`?", 1, WHY)) == "Task: How long is `row`?"
    code = StoredHtml(Task.numbers("How long is `row`?", 1, WHY)._html)
    assert "How long is row?" in "".join(code.words)
