"""The stored form of a lens: html that is readable and already lit without any script.

It is the only place that builds a lens; the front end (row_lens.js) takes over the elements it finds. The html
is deterministic, so that strict nbval compares every number in it with a fresh torch run.
"""

import json
from html import escape

from rowlight.words import describe, flat_index, id_name

MOST_ROWS = 64  # a larger table shows the rows the batch reads, and the first few
MOST_COLUMNS = 12  # a wider table shows its first and last columns
LEVELS = 4  # steps of the colour scale on each side of zero


def shown(size, needed, most):
    """Which indexes of an axis are drawn: all, or the needed ones and the first few, in order."""
    if size <= most:
        return list(range(size))
    return sorted({*needed, *range(min(size, max(4, most - len(needed))))})


def shown_columns(D):
    """All columns, or the first and the last few, as torch prints them."""
    half = MOST_COLUMNS // 2
    return list(range(D)) if D <= MOST_COLUMNS else [*range(half), *range(D - half, D)]


def number_format(values):
    """'.4f', as torch prints; '.4e' where that would hide the numbers; 'd' for an integer table.

    Args:
        values: tensor (R, C) of the numbers to be shown.
    """
    if not values.is_floating_point():
        return "d"
    sizes = values[values.isfinite()].abs()
    largest = sizes.max().item() if sizes.numel() else 0.0
    return ".4e" if largest >= 1e5 or 0 < largest < 1e-3 else ".4f"


def level(value, limit):
    """The step on the colour scale, -4..4; 0 for zero, NaN and infinities."""
    finite = value == value and abs(value) != float("inf")  # noqa: PLR0124  NaN differs from itself
    return round(LEVELS * value / limit) if finite and limit else 0


def lens(table, ids, selection, *, state, tokens, caption, hint, read=None):
    """Return the html of a Row Lens.

    Args:
        table: tensor (V, D), the table as it is now.
        ids: tensor (), (T,) or (B, T), already checked.
        selection: a checked selection dict.
        state: dict stored as JSON in `data-state`, for the front end.
        tokens: None or V strings.
        caption: one line above.
        hint: one line below.
        read: None, or a function from R row numbers to what looking them up returns, tensor (R, D), for a table whose
            lookup is not a plain copy (max_norm).
    """
    shape, flat = tuple(ids.shape), ids.flatten().tolist()
    V, D = table.shape
    needed = {*flat, *([selection["row"]] if "row" in selection else [])}
    rows, columns = shown(V, needed, MOST_ROWS), shown_columns(D)
    labels = _with_gap([str(column) for column in columns], "…", D)
    drawn = _plain(table[rows])
    scale = drawn[:, columns]
    cells = dict(zip(rows, _cells(drawn, scale, columns), strict=True))
    lookups = cells
    if read:
        lookups = dict(zip(rows, _cells(_plain(read(rows)), scale, columns), strict=True))
    changed = {str(row): lookups[row] for row in rows if lookups[row] != cells[row]}
    state = {**state, "reads": changed, "selection": selection, "shape": list(shape), "V": V}
    lit = _lit(shape, flat, selection)
    lit_rows = {flat[i] for i in lit} | ({selection["row"]} if "row" in selection else set())
    names = {row: tokens[row] for row in rows} if tokens else None
    parts = [
        _ids_part(shape, flat, lit, selection.get("sentence")),
        _table_part(cells, flat, lit_rows, names, V, labels),
        _output_part(shape, flat, lit, lookups, labels),
    ]
    return (
        f'<div class="rowlight" data-lens="row" role="group" aria-label="{escape(caption)}" '
        f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
        f'<p class="rl-caption">{escape(caption)} <span data-shape>{shape} → {(*shape, D)}</span></p>\n'
        f'<p role="status">{escape(describe(shape, flat, selection, names))}</p>\n<p role="alert"></p>\n'
        f'<div class="rl-stage{" rl-wide" * (len(columns) > 4)}">\n' + "\n".join(parts) + "\n</div>\n"
        f'<p class="rl-hint">{escape(hint)}</p>\n{_legend(scale)}\n</div>'
    )


def _lit(shape, flat, selection):
    """The flat indexes of the ids that the selection lights."""
    if "position" in selection:
        return {flat_index(shape, selection["position"])}
    if "sentence" in selection:
        return set(range(selection["sentence"] * shape[1], (selection["sentence"] + 1) * shape[1]))
    return {i for i, id_ in enumerate(flat) if id_ == selection.get("row")}


def _plain(numbers):
    """The numbers on the CPU, in a type that can be printed: a small float is exact in float64."""
    return numbers.double().cpu() if numbers.is_floating_point() else numbers.cpu()


def _limit(numbers):
    sizes = numbers.double()[numbers.isfinite()].abs()
    return sizes.max().item() if sizes.numel() else 0.0


def _cells(values, scale, columns):
    """For each row, its shown cells as [text, level], in the format and on the colour scale of `scale`."""
    style, limit = number_format(scale), _limit(scale)
    rows = [[[f"{x:{style}}", level(x, limit)] for x in row] for row in values[:, columns].tolist()]
    return [_with_gap(row, ["…", None], values.shape[1]) for row in rows]


def _with_gap(items, gap, D):
    """`items`, with `gap` in the middle if columns are left out."""
    half = len(items) // 2
    return items if len(items) == D else [*items[:half], gap, *items[half:]]


def _numbers(cells):
    levels = ("" if step is None else f' data-level="{step}"' for _, step in cells)
    return "".join(f'<td role="gridcell"{at}>{text}</td>' for at, (text, _) in zip(levels, cells, strict=True))


def _head(corner, names, last=""):
    heads = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in [*names, *([last] * bool(last))])
    return (
        f'<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">{corner}</th>{heads}</tr></thead>'
    )


def _part(kind, title, inside):
    return (
        f'<div class="rl-part rl-{kind}"><table role="grid" aria-label="{title}" aria-multiselectable="true">'
        f"<caption>{title}</caption>{inside}</table></div>"
    )


def _mark(is_lit):
    return f'<span class="rl-mark" aria-hidden="true">{"▸" if is_lit else ""}</span>'


def _ids_part(shape, flat, lit, sentence):
    def button(i):
        at = ",".join(str(n) for n in ([i // shape[1], i % shape[1]] if len(shape) == 2 else [i][: len(shape)]))
        return (
            f'<td role="gridcell"><button type="button" data-position="{at}" data-id="{flat[i]}" '
            f'aria-label="{id_name(shape, i, flat[i])}" aria-pressed="{str(i in lit).lower()}">{flat[i]}</button></td>'
        )

    if len(shape) == 2:
        B, T = shape
        head = _head("sentence", [f'<span class="rl-hidden">position </span>{t + 1}' for t in range(T)])
        rows = [
            f'<tr role="row"><th role="rowheader" scope="row"><button type="button" data-sentence="{b}" '
            f'aria-label="sentence {b + 1}" aria-pressed="{str(b == sentence).lower()}">{b + 1}</button></th>'
            + "".join(button(b * T + t) for t in range(T))
            + "</tr>"
            for b in range(B)
        ]
        title = "ids (B, T)"
    else:
        head = ""
        rows = ['<tr role="row">' + "".join(button(i) for i in range(len(flat))) + "</tr>"]
        title = "ids (T)" if shape else "id"
    return _part("ids", title, f'{head}<tbody role="rowgroup">{"".join(rows)}</tbody>')


def _table_part(cells, flat, lit_rows, names, V, labels):
    lines, previous = [], -1
    for row, numbers in cells.items():
        if row > previous + 1:
            lines.append(_skipped(row - previous - 1, len(labels) + 2))
        previous, uses = row, flat.count(row)
        token = f' <span class="rl-token">{escape(names[row])}</span>' if names else ""
        lines.append(
            f'<tr role="row" data-row="{row}" data-uses="{uses}" aria-selected="{str(row in lit_rows).lower()}">'
            f'<th role="rowheader" scope="row">{_mark(row in lit_rows)}<button type="button">'
            f'<span class="rl-hidden">row </span>{row}{token}</button></th>{_numbers(numbers)}'
            f'<td role="gridcell" class="rl-uses"{" data-repeated" * (uses > 1)}>{uses}×</td></tr>',
        )
    if previous < V - 1:
        lines.append(_skipped(V - 1 - previous, len(labels) + 2))
    return _part(
        "table",
        "table (V, D)",
        f'{_head("row", labels, "read")}<tbody role="rowgroup">{"".join(lines)}</tbody>',
    )


def _skipped(count, width):
    return f'<tr role="row"><td role="gridcell" colspan="{width}">… {count:,} more row{"s" * (count > 1)} …</td></tr>'


def _output_part(shape, flat, lit, lookups, labels):
    T = shape[-1] if len(shape) == 2 else max(len(flat), 1)
    bodies = []
    for start in range(0, len(flat), T or 1):
        lines = []
        for i in range(start, start + T):
            at = [i // T, i % T] if len(shape) == 2 else [i][: len(shape)]
            label = ", ".join(str(n + 1) for n in at) or "·"
            lines.append(
                f'<tr role="row" data-position="{",".join(map(str, at))}" data-row="{flat[i]}" '
                f'aria-selected="{str(i in lit).lower()}"><th role="rowheader" scope="row">{_mark(i in lit)}'
                f'<button type="button" aria-label="{label}: vector of {id_name(shape, i, flat[i])}">{label}</button> '
                f'<span class="rl-from">row {flat[i]}</span></th>{_numbers(lookups[flat[i]])}</tr>',
            )
        bodies.append(f'<tbody role="rowgroup">{"".join(lines)}</tbody>')
    title = {0: "output (D)", 1: "output (T, D)", 2: "output (B, T, D)"}[len(shape)]
    return _part("output", title, _head("at", labels) + "".join(bodies))


def _legend(numbers):
    limit = _limit(numbers)
    steps = "".join(
        f'<span data-level="{step}">{limit * step / LEVELS:.2g}</span>' for step in range(-LEVELS, LEVELS + 1)
    )
    return f'<p class="rl-legend">values {steps}</p>' if limit else '<p class="rl-legend">every value is zero</p>'
