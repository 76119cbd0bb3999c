"""Which rows of a table are looked up, whoever does it: a mode that sees every call of a torch function."""

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, _len_torch_function_stack, _pop_mode, _push_mode


class LookupMode(TorchFunctionMode):
    """Mark the rows that `F.embedding` and `F.embedding_bag` look up in one Parameter, while the mode is active.

    It is written so that torch.compile can trace it: a compiled model marks its lookups too.

    Args:
        parameter: the `nn.Parameter` of shape (V, D), known by identity.
    """

    def __init__(self, parameter):
        super().__init__()
        self._parameter = parameter
        self._mask = _no_rows(parameter)

    def drain(self):
        """Return the rows marked since the last call, bool tensor (V,), and start again."""
        mask, self._mask = self._mask, _no_rows(self._parameter)
        return mask

    def __exit__(self, *error):
        """Leave, even before a mode that was entered later: two callbacks may end in the order they began."""
        later = []
        while _len_torch_function_stack() and (mode := _pop_mode()) is not self:
            later.append(mode)
        for mode in reversed(later):
            _push_mode(mode)

    def __torch_function__(self, function, _types, args=(), kwargs=None):
        """Call the function; if it was a lookup in the Parameter, and torch did not refuse it, mark its ids."""
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        if function in (F.embedding, F.embedding_bag) and torch.is_grad_enabled():
            ids, weight = _argument(args, kwargs, 0, "input"), _argument(args, kwargs, 1, "weight")
            padding = _argument(args, kwargs, 10, "padding_idx") if function is F.embedding_bag else None
            if torch.compiler.is_dynamo_compiling():
                if weight is self._parameter:
                    self._mark(ids, padding)
            elif _bare(weight) is self._parameter and not torch.jit.is_tracing():
                with torch._C._DisableFuncTorch():  # noqa: SLF001  there is no public way to leave vmap and grad
                    self._mark(_bare(ids), padding)
        return output

    def _mark(self, ids, padding):
        V = len(self._parameter)
        if len(self._mask) != V:  # the table was given other data, of another size
            known, self._mask = self._mask[:V], _no_rows(self._parameter)
            self._mask[: len(known)] = known
        ids = (ids.values() if ids.is_nested else ids).detach().long().to(self._mask.device)
        if padding is None:
            self._mask[ids] = True
        else:  # a bag skips its padding
            was_read = self._mask[padding].clone()
            self._mask[ids] = True
            self._mask[padding] = was_read


def _argument(args, kwargs, place, name):
    """An argument of a call, however it was passed; None if it was not."""
    return args[place] if len(args) > place else kwargs.get(name)


def _bare(tensor):
    """The tensor itself, where torch.func (vmap, grad) has wrapped it."""
    while isinstance(tensor, torch.Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(tensor):  # noqa: SLF001  torch has no public way
        tensor = torch._C._functorch.get_unwrapped(tensor)  # noqa: SLF001
    return tensor


@torch.inference_mode(mode=False)  # it is written to later, outside
def _no_rows(parameter):
    return torch.zeros(len(parameter), dtype=torch.bool, device=parameter.device)
