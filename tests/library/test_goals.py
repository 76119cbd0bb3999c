"""Tasks in which the reader changes ids: what torch does with the ids decides."""

import pytest
import torch
from helpers.stored_html import HOSTILE, StoredHtml, outline, page_state
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from rowlight.teaching import Goal, Task
from rowlight.teaching.id_grading import measured

WHY = "because"


@st.composite
def batches(draw):
    """V, two batches of ids of one shape, and what each position sends back."""
    V = draw(st.integers(1, 6))
    shape = draw(st.sampled_from([(1,), (4,), (1, 3), (2, 3), (3, 1)]))
    torch.manual_seed(draw(st.integers(0, 10_000)))
    sent = draw(st.sampled_from([torch.ones(shape), torch.randint(-2, 3, shape).float(), torch.randn(shape)]))
    return V, torch.randint(V, shape), torch.randint(V, shape), sent


def by_torch(ids, sent, V):
    """How often each row is read, and the first column of the gradient, by torch's own backward pass."""
    table = torch.zeros(V, 3, requires_grad=True)
    F.embedding(ids, table).backward(sent[..., None].expand(*sent.shape, 3))
    assert torch.allclose(table.grad[:, 0], torch.zeros(V).index_add_(0, ids.flatten(), sent.flatten()))
    return ids.flatten().bincount(minlength=V), table.grad[:, 0]


@given(batches())
def test_what_is_measured_is_what_torch_does(case):
    V, ids, start, sent = case
    answer = {"V": V, "start": start.flatten().tolist(), "sent": sent.flatten().tolist()}
    found = measured(answer, ids.flatten().tolist())
    reads, gradient = by_torch(ids, sent, V)
    assert found["reads"] == reads.tolist()
    torch.testing.assert_close(torch.tensor(found["gradient"]), gradient, atol=1e-5, rtol=0)
    assert found["changes"] == [(ids != start).sum()]
    assert found["id"] == ids.flatten().tolist()


@settings(max_examples=200)
@given(batches(), st.data())
def test_any_ids_with_the_gradient_that_torch_gives_are_right_and_no_others(case, data):
    V, solution, start, sent = case
    _, wanted = by_torch(solution, sent, V)
    rows = data.draw(st.lists(st.integers(0, V - 1), min_size=1, max_size=3, unique=True))

    def reaches(ids):
        return torch.allclose(by_torch(ids, sent, V)[1][rows], wanted[rows], atol=1e-4)

    goal = Goal(gradient={row: wanted[row] for row in rows})
    if reaches(start):
        with pytest.raises(ValueError, match=r"^start: these ids reach the goal already"):
            Task.ids("?", solution, V, WHY, start=start, goal=goal, grad_output=sent)
        return
    task = Task.ids("?", solution, V, WHY, start=start, goal=goal, grad_output=sent)
    assert task.check(solution) == "Right."
    for seed in range(20):
        torch.manual_seed(seed)
        other = torch.randint(V, solution.shape)
        assert (task.check(other) == "Right.") == reaches(other)


@given(batches())
def test_any_ids_that_read_as_often_are_right_and_no_others(case):
    V, solution, start, _ = case
    counts = solution.flatten().bincount(minlength=V)
    if torch.equal(start.flatten().bincount(minlength=V), counts):
        return
    task = Task.ids("?", solution, V, WHY, start=start, goal=Goal(reads=dict(enumerate(counts))))
    assert task.check(solution) == "Right."
    assert task.check(solution.flatten().flip(0)) == "Right."
    other = torch.roll(start, 1)
    assert (task.check(other) == "Right.") == torch.equal(other.flatten().bincount(minlength=V), counts)


def every_row(**more):
    """Six words read four rows; row 3 is at rest."""
    return Task.ids(
        "?",
        [0, 1, 3, 2, 0, 0],
        4,
        WHY,
        {
            Goal(reads={3: (1, 6), 1: 0}): "Row 1 is lost.",
            Goal(reads=dict.fromkeys(range(4), (1, 6)), changes=(2, 6)): "One is enough.",
            Goal(ids=[0, 1, 2, 2, 0, 4]): "You counted from 1.",
        },
        start=[0, 1, 2, 2, 0, 0],
        goal=Goal(reads=dict.fromkeys(range(4), (1, 6)), changes=1),
        **more,
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([0, 1, 2, 3, 0, 0], "Right."),
        (torch.tensor([[3, 1, 2], [2, 0, 0]]), "Right."),
        ("[0, 1, 2, 2, 0, 3]", "Right."),
        ([0, 3, 2, 2, 0, 0], "Row 1 is lost."),
        ([0, 1, 3, 2, 3, 0], "One is enough."),
        ([0, 1, 2, 2, 0, 0], "Not yet: row 3 is not read."),
        ([0, 1, 3, 3, 0, 0], "Not yet: row 2 is not read."),
        ([0, 1, 2, 2, 0, 4], "You counted from 1."),
        ([0, 1, 4, 2, 0, 0], "index out of range in self: the id at position 3; valid ids are 0 to 3."),
        ("0, 1, -1, 2, 0, 0", "index out of range in self: the id at position 3; valid ids are 0 to 3."),
        *(
            (odd, "Write 6 ids, whole numbers from 0 to 3.")
            for odd in [
                "",
                [],
                None,
                "1e999",
                "0, 1, 1e999, 2, 0, 0",
                "0, 1, 2.5, 2, 0, 0",
                "0, 1, ３, 2, 0, 0",
                "0, 1, <b>3</b>, 2, 0, 0",
                "9" * 300,
                [0, 1, float("nan"), 2, 0, 0],
                [0, 1, 10**400, 2, 0, 0],
                [0, 1, 2],
                {"ids": 3},
                b"012200",
            ]
        ),
    ],
)
def test_what_a_reader_is_told(given, said):
    task = every_row()
    assert task.check(given) == said
    assert task.solved == (said == "Right.")


@pytest.mark.parametrize(
    ("goal", "given", "said"),
    [
        (Goal(reads={2: 2}), [2, 0], "Not yet: row 2 is read once, and should be read twice."),
        (Goal(reads={1: 0, 2: 2}), [1, 2], "Not yet: row 1 is read once, and should not be."),
        (Goal(reads={2: (1, 2)}, changes=2), [0, 2], "Not yet: you have changed 1 id, and should change 2."),
        (Goal(reads={2: 2}, changes=(0, 2)), [2, 1], "Not yet: row 2 is read once, and should be read twice."),
        (Goal(gradient={2: 2}), [2, 0], "Not yet: row 2 gets 1, and should get 2."),
        (Goal(gradient={2: (1.5, 2.5)}), [2, 0], "Not yet: row 2 gets 1."),
        (Goal(ids=[2, None]), [1, 0], "Not yet: the id at position 1 is not right."),
    ],
)
def test_what_is_missing_is_named(goal, given, said):
    task = Task.ids("?", [2, 2], 3, WHY, start=[0, 1], goal=goal)
    assert task.check(given) == said
    assert task.check([2, 2]) == "Right."


def test_without_a_goal_the_answer_alone_is_right():
    task = Task.ids("?", [5, 4, 6], 10, WHY, {Goal(ids=[0, 8, 3]): "The old ids."}, start=[1, 1, 1])
    assert [task.check(ids) for ids in ([5, 4, 6], [0, 8, 3], [5, 6, 4])] == [
        "Right.",
        "The old ids.",
        "Not yet: the id at position 2 is not right.",
    ]


def made(**changed):
    """A task of two ids among three rows, with one argument changed."""
    arguments = {"question": "?", "answer": [2, 2], "V": 3, "why": WHY, "start": [0, 1]} | changed
    return Task.ids(**arguments)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"start": []}, r"^start: expected ids of shape \(T,\) or \(B, T\), got \[\]$"),
        ({"start": 3}, "^start: expected ids of shape"),
        ({"start": "01"}, "^start: expected ids of shape"),
        ({"start": [[0], [1, 2]]}, "^start: expected ids of shape"),
        ({"start": [[[0, 1]]]}, "^start: expected ids of shape"),
        ({"start": [0, 3]}, "^start: expected ids 0 to 2, got"),
        ({"start": [0, None]}, "^start: expected whole numbers"),
        ({"start": torch.tensor([0.0, 1.0])}, "^start: expected whole numbers"),
        ({"start": [2, 2]}, "^start: these ids reach the goal already"),
        ({"answer": [[2, 2]]}, r"^answer: expected ids of shape \(2,\)"),
        ({"answer": [2, -1]}, "^answer: expected ids 0 to 2"),
        ({"answer": [2, None]}, "^answer: expected whole numbers"),
        (
            {"goal": Goal(reads={1: 2})},
            r"^answer: \[2, 2\] does not reach the goal: row 1 is not read, and should be read twice",
        ),
        ({"goal": Goal()}, "^goal: expected ids, reads, gradient or changes"),
        ({"goal": Goal(ids=[None, None])}, "^goal: expected ids, reads, gradient or changes"),
        ({"goal": Goal(ids=[2, 2, 2])}, r"^goal.ids: expected ids of shape \(2,\)"),
        ({"goal": Goal(reads={3: 1})}, "^goal.reads: there is no row 3; rows are 0 to 2"),
        ({"goal": Goal(gradient={"2": 1})}, "^goal.gradient: there is no row '2'"),
        ({"goal": Goal(reads={2: 1.5})}, "^goal.reads: expected a whole number from 0 on, got 1.5"),
        ({"goal": Goal(reads={2: -1})}, "^goal.reads: expected a whole number from 0 on, got -1"),
        ({"goal": Goal(reads={2: (3, 1)})}, "^goal.reads: expected a number, or two"),
        ({"goal": Goal(reads={2: "two"})}, "^goal.reads: expected a number, or two"),
        ({"goal": Goal(gradient={2: float("nan")})}, "^goal.gradient: expected a number, or two"),
        ({"goal": Goal(changes=float("inf"))}, "^goal.changes: expected a number, or two"),
        ({"wrong": {Goal(reads={5: 1}): "No."}}, "^wrong.reads: there is no row 5"),
        ({"wrong": {Goal(ids=[2, 2]): "No."}}, r"^wrong: Goal\(ids=\[2, 2\].* is the right answer"),
        ({"grad_output": [1]}, r"^grad_output: expected finite numbers of shape \(2,\)"),
        ({"grad_output": [1, float("nan")]}, "^grad_output: expected finite numbers"),
        ({"grad_output": [1, "1"]}, "^grad_output: expected finite numbers"),
        ({"grad_output": torch.ones(2, 4)}, "^grad_output: expected finite numbers"),
        ({"V": 2.5}, "^V: expected a whole number of rows"),
        ({"V": 0}, "^V: expected a whole number of rows"),
    ],
)
def test_what_an_author_cannot_mean_is_refused_in_one_sentence_that_names_the_argument(changed, says):
    with pytest.raises(ValueError, match=says) as caught:
        made(**changed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"goal": [2, 2]}, "^goal: expected a Goal, got list"),
        ({"wrong": {"2, 1": "No."}}, "^wrong: expected a Goal, got str"),
        ({"goal": Goal(reads=[1, 2])}, "^goal.reads: expected a mapping"),
    ],
)
def test_what_is_no_goal_is_refused(changed, says):
    with pytest.raises(TypeError, match=says):
        made(**changed)


def test_the_stored_html_can_be_read_without_a_script():
    task = Task.ids(
        "Change `ids`.",
        torch.tensor([[1, 1], [0, 0]]),
        3,
        WHY,
        start=torch.tensor([[0, 1], [2, 0]]),
        goal=Goal(gradient={1: 1.5}),
        grad_output=torch.tensor([[1.0, 0.5], [-1.0, 0.1]]),
    )
    words = " ".join("".join(StoredHtml(task._html).words).split())
    assert words == (
        "Change ids. At the start: [[0, 1], [2, 0]]. Each position sends back [[1, 0.5], [-1, 0.1]]. "
        "Solution[[1, 1], [0, 0]] because"
    )
    assert page_state(task)["answer"]["sent"] == [1, 0.5, -1, 0.1], "no more digits than a reader sees"
    assert "At the start: [0, 1]. Solution[2, 2]" in " ".join("".join(StoredHtml(made()._html).words).split())
    assert repr(task) == "Task: Change `ids`."


def test_text_is_text():
    def html(text):
        return Task.ids(text, [1], 2, text, {Goal(reads={0: 1}, changes=0): text}, start=[0])._html

    assert outline(html(HOSTILE.replace("`", ""))) == outline(html("harmless"))
