"""The stored form of a lens: html that is readable and already lit without any script.

It is the only place that builds a lens; the front end (lens.js) takes over the elements it finds. The html is
deterministic, so that strict nbval compares every number in it with a fresh torch run.
"""

import json
from html import escape

from rowlight.widgets.numbers import LEVELS, level, plain, printed
from rowlight.widgets.words import describe, flat_index, id_name

MOST_ROWS = 64  # a larger table shows the rows the batch reads, and the first few
MOST_COLUMNS = 12  # a wider table shows its first and last columns


class TableMarkup:
    """A table, the ids that read it, and what the selection lights: what the parts of a lens are drawn from.

    Args:
        table: tensor (V, D), the table as it is now.
        ids: tensor (), (T,) or (B, T), already checked.
        selection: a checked selection dict.
        tokens: None or V strings.
    """

    def __init__(self, table, ids, selection, tokens=None):
        self.shape, self.flat, self.selection = tuple(ids.shape), ids.flatten().tolist(), selection
        self.V, self.D = table.shape
        self.rows, self.columns = self._rows(), self._columns()
        self.numbers = self.drawn(table[self.rows])
        self.names = {row: tokens[row] for row in self.rows} if tokens else None
        self.lit = self._lit()
        self.lit_rows = {self.flat[i] for i in self.lit} | ({selection["row"]} if "row" in selection else set())

    def _rows(self):
        """The rows that are drawn, in order: all, or those that are read or selected and the first few."""
        if self.V <= MOST_ROWS:
            return list(range(self.V))
        needed = {*self.flat, *([self.selection["row"]] if "row" in self.selection else [])}
        return sorted({*needed, *range(min(self.V, max(4, MOST_ROWS - len(needed))))})

    def _columns(self):
        """All columns, or the first and the last few, as torch prints them."""
        half = MOST_COLUMNS // 2
        return list(range(self.D)) if self.D <= MOST_COLUMNS else [*range(half), *range(self.D - half, self.D)]

    def _lit(self):
        """The flat indexes of the ids that the selection lights."""
        if "position" in self.selection:
            return {flat_index(self.shape, self.selection["position"])}
        if "sentence" in self.selection:
            T = self.shape[1]
            return set(range(self.selection["sentence"] * T, (self.selection["sentence"] + 1) * T))
        return {i for i, id_ in enumerate(self.flat) if id_ == self.selection.get("row")}

    def drawn(self, values):
        """Of vectors (..., D), the columns that are drawn, in a type that can be printed."""
        return plain(values)[..., self.columns]

    def cells(self, values, style, most):
        """For each vector (N, columns drawn), its cells as [text, level]."""
        return [
            self.with_gap([[printed(x, style), level(x, most)] for x in row], ["…", None]) for row in values.tolist()
        ]

    def with_gap(self, items, gap):
        """`items`, with `gap` in the middle if columns are left out."""
        half = len(items) // 2
        return items if len(items) == self.D else [*items[:half], gap, *items[half:]]

    def heads(self, corner, last=""):
        """The header of a table of vectors."""
        names = self.with_gap([str(column) for column in self.columns], "…")
        return _head(corner, [*names, *([last] * bool(last))])

    def html(self, kind, state, *, shapes, caption, hint, parts, scales):
        """Return the whole lens.

        Args:
            kind: the value of `data-lens`.
            state: dict for the front end, stored as JSON.
            shapes: the shapes to be shown, joined by arrows.
            caption: one line above.
            hint: one line below.
            parts: html of the tables.
            scales: for each legend its name and the size of a number that the strongest colour stands for.
        """
        state = state | {"selection": self.selection, "shape": list(self.shape), "V": self.V}
        said = describe(self.shape, self.flat, self.selection, self.names)
        wide = " rl-wide" * (len(self.columns) > 4)
        return (
            f'<div class="rowlight" data-lens="{kind}" role="group" aria-label="{escape(caption)}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-caption">{escape(caption)} '
            f"<span data-shape>{' → '.join(str(tuple(shape)) for shape in shapes)}</span></p>\n"
            f'<p role="status">{escape(said)}</p>\n<p role="alert"></p>\n'
            f'<div class="rl-stage{wide}">\n' + "\n".join(parts) + "\n</div>\n"
            f'<p class="rl-hint">{escape(hint)}</p>\n{_legends(scales)}\n</div>'
        )

    def ids_part(self):
        """The table of ids."""
        if len(self.shape) != 2:
            cells = "".join(self._id(i) for i in range(len(self.flat)))
            title = "ids (T)" if self.shape else "id"
            return part("ids", title, f'<tbody role="rowgroup"><tr role="row">{cells}</tr></tbody>')
        B, T = self.shape
        head = _head("sentence", [f'<span class="rl-hidden">position </span>{t + 1}' for t in range(T)])
        rows = [
            f'<tr role="row"><th role="rowheader" scope="row"><button type="button" tabindex="-1" data-sentence="{b}" '
            f'aria-label="sentence {b + 1}" aria-pressed="{_true(b == self.selection.get("sentence"))}">{b + 1}'
            f"</button></th>{''.join(self._id(b * T + t) for t in range(T))}</tr>"
            for b in range(B)
        ]
        return part("ids", "ids (B, T)", f'{head}<tbody role="rowgroup">{"".join(rows)}</tbody>')

    def place(self, i):
        """[b, t], [t] or [] of the id with flat index `i`."""
        return [i // self.shape[1], i % self.shape[1]] if len(self.shape) == 2 else [i][: len(self.shape)]

    def _id(self, i):
        at = ",".join(map(str, self.place(i)))
        return (
            f'<td role="gridcell"><button type="button" tabindex="-1" data-position="{at}" data-id="{self.flat[i]}" '
            f'aria-label="{id_name(self.shape, i, self.flat[i])}" aria-pressed="{_true(i in self.lit)}">{self.flat[i]}'
            "</button></td>"
        )

    def rows_part(self, kind, title, cells, last="", after=lambda _row: ""):
        """A table with the table's own rows: the table itself, or its gradient.

        Args:
            kind: the second half of its class name.
            title: its caption.
            cells: for each drawn row, its cells.
            last: the head of one more column.
            after: a function from a row number to the html of its cell there.
        """
        lines, previous = [], -1
        width = len(cells[0]) + 1 + bool(last)
        for row, numbers in zip(self.rows, cells, strict=True):
            lines += [_skipped(row - previous - 1, width)] * (row > previous + 1)
            previous, lit = row, row in self.lit_rows
            token = f' <bdi class="rl-token">{escape(self.names[row])}</bdi>' if self.names else ""
            lines.append(
                f'<tr role="row" data-row="{row}" data-uses="{self.flat.count(row)}" aria-selected="{_true(lit)}">'
                f'<th role="rowheader" scope="row">{_mark(lit)}<button type="button" tabindex="-1">'
                f'<span class="rl-hidden">row </span>{row}{token}</button></th>{_numbers(numbers)}{after(row)}</tr>'
            )
        lines += [_skipped(self.V - 1 - previous, width)] * (previous < self.V - 1)
        return part(kind, title, f'{self.heads("row", last)}<tbody role="rowgroup">{"".join(lines)}</tbody>')

    def table_part(self, cells):
        """The table, with the number of times that the batch reads each row."""
        return self.rows_part("table", "table (V, D)", cells, "read", self._uses)

    def _uses(self, row):
        uses = self.flat.count(row)
        return f'<td role="gridcell" class="rl-uses"{" data-repeated" * (uses > 1)}>{uses}×</td>'

    def output_part(self, vectors):
        """The output: `vectors` are the cells of what each id gets, in order."""
        T = self.shape[-1] if len(self.shape) == 2 else max(len(self.flat), 1)
        lines = [self._vector(i, cells) for i, cells in enumerate(vectors)]
        sentences = [lines[start : start + T] for start in range(0, len(lines), T or 1)]
        bodies = "".join(f'<tbody role="rowgroup">{"".join(sentence)}</tbody>' for sentence in sentences)
        title = ["output (D)", "output (T, D)", "output (B, T, D)"][len(self.shape)]
        return part("output", title, self.heads("at") + bodies)

    def _vector(self, i, cells):
        at, id_, lit = self.place(i), self.flat[i], i in self.lit
        label = ", ".join(str(n + 1) for n in at) or "·"
        return (
            f'<tr role="row" data-position="{",".join(map(str, at))}" data-row="{id_}" aria-selected="{_true(lit)}">'
            f'<th role="rowheader" scope="row">{_mark(lit)}<button type="button" tabindex="-1" '
            f'aria-label="{label}: vector of {id_name(self.shape, i, id_)}">{label}</button> '
            f'<span class="rl-from">row {id_}</span></th>{_numbers(cells)}</tr>'
        )


def part(kind, title, inside):
    """One of the tables of a lens."""
    return (
        f'<div class="rl-part rl-{kind}"><table role="grid" aria-label="{title}" aria-multiselectable="true">'
        f"<caption>{title}</caption>{inside}</table></div>"
    )


def _true(fact):
    return str(fact).lower()


def _numbers(cells):
    levels = ("" if step is None else f' data-level="{step}"' for _, step in cells)
    return "".join(f'<td role="gridcell"{at}>{text}</td>' for at, (text, _) in zip(levels, cells, strict=True))


def _head(corner, names):
    heads = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in names)
    return (
        f'<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{corner}</th>{heads}</tr></thead>'
    )


def _mark(is_lit):
    return f'<span class="rl-mark" aria-hidden="true">{"▸" if is_lit else ""}</span>'


def _skipped(count, width):
    return f'<tr role="row"><td role="gridcell" colspan="{width}">… {count:,} more row{"s" * (count > 1)} …</td></tr>'


def _legends(scales):
    """What the colours stand for, on one line for each scale."""
    lines = "<br>".join(_legend(name, most) for name, most in scales.items())
    return f'<p class="rl-legend">{lines}</p>'


def _legend(name, most):
    if not most:
        return f"{name}: every number is zero"
    steps = (f'<span data-level="{i}">{most * (i / LEVELS):.2g}</span>' for i in range(-LEVELS, LEVELS + 1))
    return f"{name} {''.join(steps)}"
