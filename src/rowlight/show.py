"""Plain tables and the figures of chapters 3, 5 and 6, drawn so that their cells can stay short."""

from rowlight.figures import COLOURS, figure, house_style


def aligned(rows):
    """Return a list of dicts with the same keys as lines of text in aligned columns, numbers with thousands marks."""
    lines = [list(rows[0])] + [[v if isinstance(v, str) else f"{v:,}" for v in row.values()] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def price_figure(prices, says):
    """Draw bytes and multiplications of lookup and one-hot product against V (chapter 3, One-hot times the table).

    Args:
        prices: dicts with "V", "id bytes", "one-hot bytes" and "one-hot products", counts each.
        says: what the figure shows, in words.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    V, ids, one_hot, products = (
        [row[key] for row in prices] for key in ("V", "id bytes", "one-hot bytes", "one-hot products")
    )
    with plt.rc_context(house_style()):
        fig, (left, right) = plt.subplots(1, 2, layout="constrained")
        left.loglog(V, one_hot, "o-", color=COLOURS["positive"], label="one-hot")
        left.loglog(V, ids, "s--", color=COLOURS["negative"], label="ids")
        left.set(xlabel="V", title="bytes of the input")
        left.legend(frameon=False)
        right.loglog(V, products, "o-", color=COLOURS["positive"])
        right.set(xlabel="V", title="multiplications (lookup: none)")
        return figure(fig, says)


def lines_figure(lines, says, *, xlabel, title):
    """Draw one line for each named list of numbers, against 0, 1, 2, ... (chapters 5 and 6).

    Args:
        lines: a mapping from a name to a list of numbers; up to six, told apart by colour, dash and a label at the end.
        says: what the figure shows, in words.
        xlabel: the name of the horizontal axis.
        title: the title, which says what is drawn.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    styles = [(colour, dash) for dash in ("-", "--", ":") for colour in (COLOURS["positive"], COLOURS["negative"])]
    with plt.rc_context(house_style()):
        fig, axes = plt.subplots(layout="constrained")
        for (name, numbers), (colour, dash) in zip(lines.items(), styles, strict=False):
            axes.plot(numbers, dash, color=colour, label=name)
        axes.set(xlabel=xlabel, title=title, ylim=(0, None))
        # Below the plot, where no line can run through it.
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
        return figure(fig, says)
