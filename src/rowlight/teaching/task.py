"""A task: a question the reader answers before the page tells, checked in a notebook and on a page without a kernel.

Used in every chapter of the book, first in chapter 1, Ten rows, four columns. Its answers are computed by torch in the
cell that asks.
"""

import json
import math
import numbers
import re
from html import escape

import traitlets

from rowlight.teaching.grading import key, verdict
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle


class Task(HtmlWidget):
    """Ask `question`, check what the reader answers, and fold the solution away.

    Make one with `Task.shape`, `Task.numbers`, `Task.rows` or `Task.choice`. The reader answers in the widget, on a
    page, or in code with `task.check(answer)`.
    """

    _esm = bundle("teaching/task.js")

    solved = traitlets.Bool(default_value=False, help="whether the reader has given the right answer").tag(sync=True)
    """Whether the reader has given the right answer: False or True, to be read or observed."""

    def __init__(self, kind, question, answer, why, *, wrong=None, options=(), answer_text=None):
        wrong = dict(wrong or {})
        if kind != "choice" and (answer is None or not all(map(math.isfinite, answer))):
            raise ValueError(f"answer: expected finite numbers, got {answer}")
        if (answer if kind == "choice" else key(answer)) in wrong:
            raise ValueError(f"wrong: {answer!r} is the right answer")
        if kind == "rows" and not set(map(str, answer)) <= set(options):
            raise ValueError(f"answer: expected rows 0 to {len(options) - 1}, got {answer}")
        self._kind, self._answer, self._wrong = kind, answer, wrong
        state = {"answer": answer, "kind": kind, "options": list(options), "wrong": wrong}
        text = answer_text or (answer if kind == "choice" else key(answer))
        super().__init__()
        self._text = f"Task: {question}"
        self._html = (
            f'<div class="rowlight" data-lens="task" role="group" aria-label="{escape(self._text.replace("`", ""))}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-question">{_code(question)}</p>\n{_listed(options if kind == "choice" else ())}'
            '<p role="status" class="rl-verdict"></p>\n'
            f"<details><summary>Solution</summary><p><strong>{_code(text)}</strong> {_code(why)}</p></details>\n</div>"
        )

    @classmethod
    def shape(cls, question, answer, why, wrong=None):
        """Ask for a shape; `answer` is a torch.Size or a tuple. `wrong` maps '(5, 4)' written '5, 4' to words."""
        answer = [int(size) for size in answer]
        return cls("shape", question, answer, why, wrong=wrong, answer_text=str(tuple(answer)))

    @classmethod
    def numbers(cls, question, answer, why, wrong=None):
        """Ask for numbers in order; `answer` is a tensor or a list. A reader's number may be off by 0.0005."""
        return cls("numbers", question, _numbers(answer), why, wrong=wrong)

    @classmethod
    def rows(cls, question, answer, V, why, wrong=None):
        """Ask the reader to mark rows out of 0..V-1; `answer` is a tensor or a collection of row numbers."""
        return cls(
            "rows",
            question,
            sorted(set(_numbers(answer) or ())),
            why,
            wrong=wrong,
            options=[str(row) for row in range(V)],
        )

    @classmethod
    def choice(cls, question, answer, why, wrong):
        """Ask the reader to choose; `wrong` maps each wrong option to what to say to it."""
        return cls("choice", question, answer, why, wrong=wrong, options=sorted([answer, *wrong]))

    def check(self, given):
        """Check an answer given in code and say what is wrong with it: a string, a number, a tensor or a collection.

        Returns:
            "Right." or a sentence that says what is not right yet.
        """
        if not isinstance(given, str):
            given = str(given) if self._kind == "choice" else _numbers(given)
        right, words = verdict(self._kind, self._answer, given, self._wrong)
        self.solved = self.solved or right
        return words


def _numbers(values):
    """A tensor, a number or a collection of numbers, of any depth, as a flat list of Python numbers; or None."""
    if isinstance(values, (str, bytes, dict)):
        return None
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, numbers.Real):
        return [values]
    parts = [_numbers(value) for value in values] if hasattr(values, "__iter__") else [None]
    return None if None in parts else [number for part in parts for number in part]


def _code(text):
    """Escape `text` and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _listed(options):
    """The options as text, for a reader without scripts."""
    items = "".join(f"<li>{_code(option)}</li>" for option in options)
    return f'<div class="rl-answer">{f"<ul>{items}</ul>" if items else ""}</div>\n'
