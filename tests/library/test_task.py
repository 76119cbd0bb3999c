"""Tasks from Python: what `check` says, and what a task refuses to be."""

import numpy as np
import pytest
import torch
from helpers.stored_html import HOSTILE, outline

from rowlight.teaching import Task

WHY = "because"


@pytest.mark.parametrize(
    ("task", "given", "right"),
    [
        (Task.shape("?", (5, 3, 4), WHY), "(5, 3, 4)", True),
        (Task.shape("?", torch.zeros(5, 3).shape, WHY), torch.Size([5, 3]), True),
        (Task.shape("?", (5, 3), WHY), (3, 5), False),
        (Task.numbers("?", torch.tensor([1.5, 2.0]), WHY), [1.5003, 2], True),
        (Task.numbers("?", [32_000], WHY), 32_000, True),
        (Task.numbers("?", [1, 2], WHY), np.array([[1, 2]]), True),
        (Task.numbers("?", [1, 2], WHY), torch.tensor([1.0, float("nan")]), False),
        (Task.numbers("?", [1], WHY), float("inf"), False),
        (Task.numbers("?", [1], WHY), "9" * 400, False),
        (Task.numbers("?", [1], WHY), None, False),
        (Task.numbers("?", [1], WHY), {"a": 1}, False),
        (Task.rows("?", torch.tensor([2, 7, 2]), 10, WHY), {7, 2}, True),
        (Task.rows("?", [2, 7], 10, WHY), [2], False),
        (Task.choice("?", "3", WHY, {"4": "No."}), 3, True),
        (Task.choice("?", "3", WHY, {"4": "No."}), [3], False),
    ],
)
def test_an_answer_in_code(task, given, right):
    words = task.check(given)
    assert (words == "Right.") == right == task.solved
    assert words.endswith(".")


def test_a_wrong_answer_gets_its_own_words():
    assert Task.shape("?", (5, 3, 4), WHY, {"5, 4": "One for each position."}).check((5, 4)) == "One for each position."


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Task.numbers("?", torch.tensor([float("nan")]), WHY), "finite"),
        (lambda: Task.numbers("?", "12", WHY), "finite"),
        (lambda: Task.choice("?", "a", WHY, {"a": "No."}), "right answer"),
        (lambda: Task.shape("?", (5, 3), WHY, {"5, 3": "No."}), "right answer"),
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


def test_the_options_stand_there_without_a_script():
    assert "<li>3</li>" in Task.choice("How many?", "3", WHY, {"4": "No."})._html
