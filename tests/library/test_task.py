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
        (Task.numbers("?", [1], WHY), 10**400, False),
        (Task.numbers("?", [0.002], WHY), "2e-3", True),
        (Task.numbers("?", [1], WHY), "1e999", False),
        (Task.between("?", 0.0019, 0.001953125, WHY), 0.0019, True),
        (Task.between("?", 0.0019, 0.001953125, WHY), "0.001953125", True),
        (Task.between("?", 0.0019, 0.001953125, WHY), "1.95e-3", True),
        (Task.between("?", 0.0019, 0.001953125, WHY), torch.tensor(0.00195), True),
        (Task.between("?", 0.0019, 0.001953125, WHY), 0.00189, False),
        (Task.between("?", 0.0019, 0.001953125, WHY), 0.00196, False),
        (Task.between("?", torch.tensor(0.3), torch.tensor(0.7), WHY), 0.3, True),
        (Task.between("?", torch.tensor(0.3), torch.tensor(0.7), WHY), 0.7, True),
        (Task.between("?", 0, 0, WHY), 0, True),
        (Task.between("?", -2, -1, WHY), "-1.5", True),
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
    ("given", "said"),
    [
        (0.003, "Half a spacing is enough."),
        (0.0005, "There is a larger one."),
        (0.5, "Not yet: a smaller number is right."),
        (-3, "Not yet: a larger number is right."),
        *(
            (odd, "Write one number, for example 0.5.")
            for odd in ("0,002", "", "x", None, "1e999", "２", [1, 2], "5" * 300)
        ),
    ],
)
def test_what_is_told_to_a_number_out_of_range(given, said):
    wrong = {(0.002, 0.004): "Half a spacing is enough.", (0, 0.0019): "There is a larger one."}
    assert Task.between("?", 0.0019, 0.001953125, WHY, wrong).check(given) == said


def test_the_solution_of_a_range_shows_both_ends_and_of_a_number_one():
    def shown(task):
        return "".join(StoredHtml(task._html).words).split("Solution")[1].strip()

    assert shown(Task.between("?", 0.0019, 0.001953125, WHY)) == "0.0019 to 0.001953125 because"
    assert shown(Task.between("?", torch.tensor(0.3), 2, WHY)) == "0.3 to 2 because"
    assert shown(Task.between("?", -0.0, 0, WHY)) == "0 because"


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
        (lambda: Task.rows("?", [1], 2.5, WHY), "^V: expected a whole number of rows"),
        (lambda: Task.between("?", 2, 1, WHY), "^least, most: expected a number, or two"),
        (lambda: Task.between("?", float("nan"), 1, WHY), "^least, most: expected"),
        (lambda: Task.between("?", 0, float("inf"), WHY), "^least, most: expected"),
        (lambda: Task.between("?", "0", 1, WHY), "^least, most: expected"),
        (lambda: Task.between("?", 0, 10**400, WHY), "^least, most: expected"),
        (lambda: Task.between("?", 0, 1, WHY, {(3, 2): "No."}), r"^wrong: expected a number, or two .* got \(3, 2\)"),
        (lambda: Task.between("?", 0, 1, WHY, {"2": "No."}), "^wrong: expected a number"),
        (lambda: Task.between("?", 0, 1, WHY, {(0.5, 1): "No."}), "right answer"),
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


def test_text_with_a_lone_surrogate_can_be_sent():
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
