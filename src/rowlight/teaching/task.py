"""A task: a question the reader answers before the page tells, checked in a notebook and on a page without a kernel.

Used in every chapter of the book, first in chapter 1, Ten rows, four columns. Its answers are computed by torch in the
cell that asks.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Self

import traitlets

from rowlight.teaching.answers import (
    as_numbers,
    flat_ids,
    in_short,
    limits,
    nested,
    read_wrong,
    refuse_right,
    row_count,
    sent_back,
    shortly,
    wrong_numbers,
)
from rowlight.teaching.code_spans import code_spans
from rowlight.teaching.goal import Goal, as_conditions
from rowlight.teaching.grading import accepted, grade
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text


class Task(HtmlWidget):
    """Ask `question`, check what the reader answers, and fold the solution away.

    Make one with `Task.shape`, `Task.numbers`, `Task.between`, `Task.rows`, `Task.ids` or `Task.choice`. The reader
    answers in the widget, on a page, or in code with `task.check(answer)`. Backticks in a text set code.

    Raises:
        TypeError: a goal is no `Goal`.
        ValueError: an answer that nobody could give, such as NaN or a row that there is not; a wrong answer that is
            right, or cannot be read; ids to start with that reach the goal already.
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
        given: tuple[str, str] | None = None,
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
            given=given,
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
        """Ask for one number from `least` to `most`. `wrong` maps such as (0.5, 1.0), what lies between, to words.

        Both ends are right, also if a reader gives seven digits of them.
        """
        low, high = limits("least, most", (least, most))
        known = [(limits("wrong", given), as_text(words)) for given, words in (wrong or {}).items()]
        refuse_right([given for given, _ in known if low <= given[0] <= given[1] <= high])
        ends = [shortly(float(f"{end:.7g}")) for end in ([low, high] if low < high else [low])]
        right = [low - abs(low) / 1e6, high + abs(high) / 1e6]
        return cls("between", question, right, why, known, shown=" to ".join(ends), form="number")

    @classmethod
    def rows(cls, question: str, answer: Any, V: int, why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask the reader to mark rows out of 0..V-1; `answer` is a tensor or a collection of row numbers."""
        V, flat = row_count(V), as_numbers(answer)
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
        answer: Any,
        V: int,
        why: str,
        wrong: Mapping[Goal, str] | None = None,
        *,
        start: Any,
        goal: Goal | None = None,
        grad_output: Any = None,
    ) -> Self:
        """Ask the reader to change ids until they reach a goal; any ids that reach it are right.

        Args:
            question: what is asked.
            answer: ids that reach the goal, a tensor or nested lists of shape (T,) or (B, T). The solution shows them.
            V: how many rows the table has.
            why: what the solution says.
            wrong: a mapping from what readers reach by mistake to words; the first one that is reached counts.
            start: the ids to begin with, of the same shape.
            goal: what the ids should bring about; without one, they should be the answer.
            grad_output: what each position sends back to the row it reads, in each column, of the shape of the ids; 1
                if not given.
        """
        V = row_count(V)
        ids, shape = flat_ids("start", start, V=V)
        solution, _ = flat_ids("answer", answer, shape, V)
        sent = [1.0] * len(ids) if grad_output is None else sent_back(grad_output, shape)
        near = 1e-5 * max(map(abs, sent))
        right = as_conditions("goal", Goal(ids=answer) if goal is None else goal, shape, V, near)
        known = [(as_conditions("wrong", one, shape, V, near), as_text(words)) for one, words in (wrong or {}).items()]
        refuse_right([one for one, (reached, _) in zip(wrong or {}, known, strict=True) if set(right) <= set(reached)])
        whole = {"V": V, "shape": shape, "start": ids, "sent": sent, "goal": right}
        solves, words = grade("ids", whole, solution, ())
        if not solves:
            raise ValueError(f"answer: {in_short(answer)} does not reach the goal: {words.removeprefix('Not yet: ')}")
        if grade("ids", whole, ids, ())[0]:
            raise ValueError(f"start: these ids reach the goal already: {in_short(start)}")
        shown, begin = nested(solution, shape), nested(ids, shape)
        sends = nested([shortly(number) for number in sent], shape) if grad_output is not None else ""
        return cls("ids", question, whole, why, known, shown=f"`{shown}`", given=(begin, sends))

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
