"""A task: a question the reader answers before the page tells, checked in a notebook and on a page without a kernel.

Used in every chapter of the book, first in chapter 1, Ten rows, four columns. Its answers are computed by torch in the
cell that asks.
"""

import math
import numbers
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Self

import traitlets

from rowlight.teaching.code_spans import code_spans
from rowlight.teaching.grading import accepted, grade, read_numbers
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text


class Task(HtmlWidget):
    """Ask `question`, check what the reader answers, and fold the solution away.

    Make one with `Task.shape`, `Task.numbers`, `Task.rows` or `Task.choice`. The reader answers in the widget, on a
    page, or in code with `task.check(answer)`. Backticks in a text set code.

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
        wrong: Mapping[Any, str],
        *,
        shown: str,
        form: str,
        options: Collection[str] = (),
    ) -> None:
        question, why, shown = as_text(question), as_text(why), as_text(shown)
        self._kind, self._answer = kind, answer
        self._wrong = [(_as_wrong(kind, given), as_text(words)) for given, words in wrong.items()]
        for known, (given, _) in zip(wrong, self._wrong, strict=True):
            if grade(kind, answer, given if kind != "numbers" else [number for number, _ in given], ())[0]:
                raise ValueError(f"wrong: {known!r} is the right answer")
        state = {"kind": kind, "answer": answer, "form": form, "options": list(options), "wrong": self._wrong}
        super().__init__()
        self._text = f"Task: {question}"
        self._html = render(
            "teaching/task.html",
            kind="task",
            label=self._text.replace("`", ""),
            state=state,
            question=code_spans(question),
            choices=[code_spans(option) for option in options] if kind == "choice" else [],
            answer=code_spans(shown),
            why=code_spans(why),
        )

    @classmethod
    def shape(cls, question: str, answer: Iterable[int], why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask for a shape; `answer` is a torch.Size or a tuple. `wrong` maps such as "(5, 4)" to words."""
        sizes = [int(size) for size in answer]
        return cls("numbers", question, accepted(sizes), why, wrong or {}, shown=str(tuple(sizes)), form="shape")

    @classmethod
    def numbers(cls, question: str, answer: Any, why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask for numbers in order; `answer` is a tensor, a number or a list. `wrong` maps such as "24, 5" to words.

        A reader may give four decimals, or three digits. (0 is not right for 0.0003.)
        """
        flat = as_numbers(answer)
        if flat is None or not all(map(math.isfinite, flat)):
            raise ValueError(f"answer: expected finite numbers, got {answer}")
        right = accepted(flat)
        shown = ", ".join(_shown(number) for number, _ in right)
        return cls("numbers", question, right, why, wrong or {}, shown=shown, form="numbers")

    @classmethod
    def rows(cls, question: str, answer: Any, V: int, why: str, wrong: Mapping[str, str] | None = None) -> Self:
        """Ask the reader to mark rows out of 0..V-1; `answer` is a tensor or a collection of row numbers."""
        flat = as_numbers(answer)
        if flat is None or not set(flat) <= set(range(V)):
            raise ValueError(f"answer: expected rows 0 to {V - 1}, got {answer}")
        rows = sorted({int(row) for row in flat})
        shown, options = ", ".join(map(str, rows)) or "none", [str(row) for row in range(V)]
        return cls("rows", question, rows, why, wrong or {}, shown=shown, form="rows", options=options)

    @classmethod
    def choice(cls, question: str, answer: str, why: str, wrong: Mapping[str, str]) -> Self:
        """Ask the reader to choose; `wrong` maps each wrong option to what to say to it."""
        answer = as_text(answer)
        options = sorted({answer, *map(as_text, wrong)})
        return cls("choice", question, answer, why, wrong, shown=answer, form="choice", options=options)

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


def as_numbers(values: Any) -> list[float] | None:
    """Return a tensor, a number or a collection of numbers, of any depth, as a flat list; None if it is none."""
    if isinstance(values, (str, bytes, dict)):
        return None
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, numbers.Real):
        return [values if isinstance(values, int) else float(values)]
    parts = [as_numbers(value) for value in values] if hasattr(values, "__iter__") else [None]
    return None if None in parts else [number for part in parts if part for number in part]


def _as_wrong(kind: str, given: str) -> Any:
    """A wrong answer as `grade` compares it."""
    if kind == "choice":
        return as_text(given)
    found = read_numbers(str(given))
    if found is None:
        raise ValueError(f"wrong: expected numbers with commas between them, got {given!r}")
    return accepted(found) if kind == "numbers" else sorted({int(row) for row in found})


def _shown(number: float) -> str:
    """A number as a reader may type it: '2', '0.96', '0.00003'."""
    return f"{number:.0f}" if number == int(number) else f"{Decimal(repr(number)):f}"
