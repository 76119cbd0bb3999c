"""Rowlight: see which rows of an embedding table a batch of ids reads, and which ones training moves.

    from rowlight import RowLens, watch
    RowLens(torch.nn.Embedding(10, 4), [[0, 6, 7], [3, 2, 2]])
    with watch(model.token_embedding) as trace: ...  # your training loop

`import rowlight` alone loads neither torch nor the widgets: each public name, listed in `__init__.pyi`, is loaded when
it is first used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
