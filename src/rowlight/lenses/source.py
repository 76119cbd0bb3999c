"""The table that a lens looks at, as it is now, and the tokens of its rows."""

from typing import Any

import torch
from torch import nn

from rowlight.checks import Tokens, as_table


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
        """An option of the layer, such as "padding_idx"; None for a plain table."""
        return getattr(self.given, name, None) if isinstance(self.given, nn.Module) else None

    @property
    def makes_bags(self) -> bool:
        """Whether the table's layer gives one vector for each sentence of ids, not for each id."""
        return isinstance(self.given, nn.EmbeddingBag)
