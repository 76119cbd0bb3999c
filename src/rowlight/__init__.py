"""Rowlight: see which rows of an embedding table a batch of ids reads, and which ones training moves.

    from rowlight import RowLens, watch
    RowLens(torch.nn.Embedding(10, 4), [[0, 6, 7], [3, 2, 2]])
    with watch(model.token_embedding) as trace: ...  # your training loop

`import rowlight` alone loads none of the widget machinery; each name is loaded when it is first used.
"""

__version__ = "0.1.0"

_HOMES = {
    "GradientLens": "gradient_lens",
    "OptimizerRace": "trace_lens",
    "RowLens": "row_lens",
    "Scrubber": "scrubber",
    "Task": "task",
    "figure": "figures",
    "house_style": "figures",
    "refused": "refusal",
    "watch": "watching",
}
__all__ = [
    "GradientLens",
    "OptimizerRace",
    "RowLens",
    "Scrubber",
    "Task",
    "figure",
    "house_style",
    "refused",
    "watch",
]


def __getattr__(name):
    """Load a public name from the module that owns it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rowlight' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"rowlight.{_HOMES[name]}"), name)


def __dir__():
    return sorted([*globals(), *__all__])
