"""A task: a question the reader answers before the page tells, checked in a notebook and on a page without a kernel.

Used in every chapter of the book, first in chapter 1, Ten rows, four columns. Its answers are computed by torch in the
cell that asks.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import traitlets

from rowlight.teaching.answers import as_numbers, nested, read_wrong, refuse_right, shortly, wrong_numbers
from rowlight.teaching.code_spans import code_spans
from rowlight.teaching.grading import accepted, grade
from rowlight.teaching.id_goals import grade_ids
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text


class Task(HtmlWidget):
    """Ask `question`, check what the reader answers, and fold the solution away.

    Make one with `Task.shape`, `Task.numbers`, `Task.between`, `Task.rows`, `Task.ids` or `Task.choice`. The reader
    answers in the widget, on a page, or in code with `task.check(answer)`. Backticks in a text set code.

    Raises:
        ValueError: an answer that nobody could give, such as NaN or a row that there is not; or a wrong answer that is
            right, or cannot be read.
    """

    _esm = bundle("teaching/task.js")

    solved = traitlets.Bool(default_value=False, help="whether the reader has given the right answer").tag(sync=True)
    """Whether the reader has given the right answer: False or True, to be read or observed."""

    def __init__(
        self,
        kind: str,
        question: str,
        answer: Any,
        why: str,
        wrong: list[tuple[Any, str]],
        *,
        shown: str,
        **form: Any,
    ) -> None:
        question, why, shown = as_text(question), as_text(why), as_text(shown)
        self._kind, self._answer, self._wrong = kind, answer, wrong
        state = {"kind": kind, "answer": answer, "wrong": wrong, **form}
        super().__init__()
        self._text = f"Task: {question}"
        self._html = render(
            "teaching/task.html",
            kind="task",
            label=self._text.replace("`", ""),
            state=state,
            question=code_spans(question),
            choices=[code_spans(option) for option in form["options"]] if kind == "choice" else [],
            start=form.get("start"),
            answer=code_spans(shown),
            why=code_spans(why),
        )

    @classmethod
    def shape(cls, question: str, answer: Iterable[int], why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask for a shape; `answer` is a torch.Size or a tuple. `wrong` maps such as "(5, 4)" to words."""
        sizes = [int(size) for size in answer]
        right = accepted(sizes)
        return cls("numbers", question, right, why, wrong_numbers(right, wrong), shown=str(tuple(sizes)), form="shape")

    @classmethod
    def numbers(cls, question: str, answer: Any, why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask for numbers in order; `answer` is a tensor, a number or a list. `wrong` maps such as "24, 5" to words.

        A reader may give four decimals, or three digits. (0 is not right for 0.0003.)
        """
        flat = as_numbers(answer)
        if flat is None or not all(map(math.isfinite, flat)):
            raise ValueError(f"answer: expected finite numbers, got {answer}")
        right = accepted(flat)
        shown = ", ".join(shortly(number) for number, _ in right)
        return cls("numbers", question, right, why, wrong_numbers(right, wrong), shown=shown, form="numbers")

    @classmethod
    def between(
        cls,
        question: str,
        least: float,
        most: float,
        why: str,
        wrong: Mapping[tuple[float, float], str] | None = None,
    ) -> Self:
        """Ask for one number from `least` to `most`. `wrong` maps such as (0.5, 1.0), what lies between, to words."""
        ranges = {"answer": (least, most)} | {f"wrong: {key}": key for key in wrong or {}}
        for name, (low, high) in ranges.items():
            if not -math.inf < low <= high < math.inf:
                raise ValueError(f"{name}: expected two finite numbers, the smaller one first, got {low} and {high}")
        known = [(list(key), as_text(words)) for key, words in (wrong or {}).items()]
        shown = f"{shortly(least)} to {shortly(most)}" if least < most else shortly(least)
        return cls("between", question, [least, most], why, known, shown=shown, form="number")

    @classmethod
    def rows(cls, question: str, answer: Any, V: int, why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask the reader to mark rows out of 0..V-1; `answer` is a tensor or a collection of row numbers."""
        flat = as_numbers(answer)
        if flat is None or not set(flat) <= set(range(V)):
            raise ValueError(f"answer: expected rows 0 to {V - 1}, got {answer}")
        rows = sorted({int(row) for row in flat})
        known = [(sorted(map(int, set(read_wrong(given)))), as_text(words)) for given, words in (wrong or {}).items()]
        refuse_right([given for given, _ in known if given == rows])
        options = [str(row) for row in range(V)]
        return cls("rows", question, rows, why, known, shown=", ".join(map(str, rows)) or "none", options=options)

    @classmethod
    def ids(
        cls,
        question: str,
        start: Any,
        answer: Any,
        V: int,
        goal: Mapping[int, float],
        why: str,
        *,
        wrong: Sequence[tuple[Mapping[int, float], str]] = (),
        grad_output: Any = None,
    ) -> Self:
        """Ask the reader to change ids until rows get what they should; any ids that reach the goal are right.

        Args:
            question: what is asked.
            start: the ids to begin with, shape (T,) or (B, T).
            answer: ids of the same shape that reach the goal; the solution shows them.
            V: how many rows the table has.
            goal: a mapping from a row to the number that it should get.
            why: what the solution says.
            wrong: goals that readers reach by mistake, each with what to say to it; the first one reached counts.
            grad_output: what each position sends back to the row it reads, of the shape of the ids; 1 if not given, so
                that a row gets as much as it is read.
        """
        shape = [len(start), len(start[0])] if as_numbers(start[0]) != [start[0]] else [len(start)]
        ids, solution = as_numbers(start) or [], as_numbers(answer)
        sent = [1.0] * len(ids) if grad_output is None else [float(number) for number in as_numbers(grad_output) or []]
        known = [(list(reached.items()), as_text(words)) for reached, words in wrong]
        whole = {"V": V, "sent": sent, "goal": list(goal.items())}
        if len(sent) != len(ids) or not grade_ids(whole, solution, ())[0]:
            raise ValueError(f"answer: expected {len(ids)} ids that reach the goal {dict(goal)}, got {answer}")
        if grade_ids(whole, ids, ())[0]:
            raise ValueError(f"start: these ids reach the goal already: {start}")
        return cls("ids", question, whole, why, known, shown=nested(solution or [], shape), start=ids, shape=shape)

    @classmethod
    def choice(cls, question: str, answer: str, why: str, wrong: Mapping[str, str]) -> Self:
        """Ask the reader to choose; `wrong` maps each wrong option to what to say to it."""
        answer = as_text(answer)
        known = [(as_text(option), as_text(words)) for option, words in wrong.items()]
        refuse_right([option for option, _ in known if option == answer])
        options = sorted({answer, *(option for option, _ in known)})
        return cls("choice", question, answer, why, known, shown=answer, options=options)

    def check(self, given: Any) -> str:
        """Check an answer given in code and say what is wrong with it.

        Args:
            given: a string, a number, a tensor or a collection.

        Returns:
            "Right." or a sentence that says what is not right yet.
        """
        if self._kind == "choice":
            given = as_text(given)
        elif not isinstance(given, str):
            given = as_numbers(given)
        right, words = grade(self._kind, self._answer, given, self._wrong)
        self.solved = self.solved or right
        return words
