"""The table that a lens looks at, as it is now, and the tokens of its rows."""

from typing import Any

import torch
from torch import nn

from rowlight.checks import Tokens, as_table
from rowlight.lenses.row_search import find
from rowlight.widgets.words import token_name


class Source:
    """A table and its tokens, checked.

    Args:
        table: an `nn.Embedding`, an `nn.EmbeddingBag`, or a tensor or array of shape (V, D).
        tokens: None, or what `Tokens` takes.

    Raises:
        TypeError, ValueError: see `rowlight.checks`.
    """

    def __init__(self, table: object, tokens: object) -> None:
        __tracebackhide__ = True
        weight = as_table(table)
        self.given = table if isinstance(table, nn.Module) else weight
        self.tokens = None if tokens is None else Tokens(tokens, len(weight))
        self._found: tuple[str, int, list[int]] = ("", 0, [])

    def now(self) -> torch.Tensor:
        """The table as it is now, tensor (V, D): a layer may have got another weight meanwhile.

        Raises:
            ValueError: the table has grown or shrunk, and the tokens no longer fit.
        """
        table = as_table(self.given)
        if self.tokens is not None and self.tokens.count not in (None, len(table)):
            raise ValueError(
                f"tokens: the table has {len(table)} rows now, but the lens has {self.tokens.count} tokens"
            )
        return table

    def option(self, name: str) -> Any:
        """What the layer was made with, such as "max_norm", by the name of its argument; None for a plain table."""
        return getattr(self.given, name, None) if isinstance(self.given, nn.Module) else None

    @property
    def padding(self) -> int | None:
        """The layer's `padding_idx`; None without one, and where the table has shrunk below it."""
        row: int | None = self.option("padding_idx")
        return None if row is None or row >= len(as_table(self.given)) else row

    @property
    def makes_bags(self) -> bool:
        """Whether the table's layer gives one vector for each sentence of ids, not for each id."""
        return isinstance(self.given, nn.EmbeddingBag)

    def find(self, text: str) -> list[int]:
        """The rows whose token is shown as `text`, or else those whose token holds it.

        Every row is asked for its token. The last answer is kept: who looks again wants the next row.
        """
        V = len(self.now())
        if self.tokens is None:
            return []
        if self._found[:2] != (text, V):
            found = find(((row, token_name(token)) for row, token in self.tokens.each(range(V))), text)
            self._found = (text, V, found)
        return self._found[2]
