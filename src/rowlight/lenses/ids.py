"""The ids of a lens as traits, which may be set, observed and linked.

traitlets' own `Instance(torch.Tensor)` would not do. It asks whether the new value `==` the old one, and for tensors
the answer is a tensor, neither true nor false; and a caller could write to the tensor that it hands out, unseen.
"""

from typing import Any

import torch
import traitlets


class Ids(traitlets.TraitType[torch.Tensor, torch.Tensor]):
    """A trait that holds checked ids of the lens's own table, as a tensor. It hands out copies."""

    default_value = None

    def validate(self, lens: Any, value: object) -> torch.Tensor:
        """Return `value` as a tensor, or raise what `as_ids` or the lens raises."""
        __tracebackhide__ = True
        ids: torch.Tensor = lens._checked_ids(value)  # noqa: SLF001
        return ids

    def get(self, lens: Any, cls: Any = None) -> Any:
        """Return a copy, or None before there are ids."""
        ids = super().get(lens, cls)
        return ids if ids is None else ids.clone()

    def set(self, lens: Any, value: object) -> None:
        """Notify observers of ids that differ in shape, dtype or value."""
        __tracebackhide__ = True
        new: Any = self._validate(lens, value)
        old = lens._trait_values.get(self.name)  # noqa: SLF001
        if old is None or old.dtype != new.dtype or not torch.equal(old, new):
            lens._trait_values[self.name] = new  # noqa: SLF001
            lens._notify_trait(self.name, old, new.clone())  # noqa: SLF001


class NestedIds(traitlets.TraitType[Any, Any]):
    """A trait that holds the same ids as nested lists. It hands out copies."""

    default_value = None

    def validate(self, lens: Any, value: object) -> Any:
        """Return `value` as nested lists, or raise what `as_ids` or the lens raises."""
        __tracebackhide__ = True
        held = lens.ids
        if held is not None and value == held.tolist():  # lists cannot tell every empty shape from the others
            return value
        return lens._checked_ids(value).tolist()  # noqa: SLF001

    def get(self, lens: Any, cls: Any = None) -> Any:
        """Return a copy, as `Ids` does."""
        value = super().get(lens, cls)
        if not isinstance(value, list):
            return value
        return [one[:] if isinstance(one, list) else one for one in value]
