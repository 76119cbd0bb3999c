"""The training never meets a failure of the watch: its numbers are the same, its loop ends, and the report says so."""

import warnings

import pytest
import torch
from helpers.training import D, Tied, V, hooks_in_place, lists, train

import rowlight
from rowlight.watching import recorder, watch
from rowlight.watching.lookups import LookupMode
from rowlight.watching.recorder import Recorder
from rowlight.watching.snapshots import Snapshots

BATCHES = [[1, 2], [3], [1, 5], [0]]
# Where a watch can fail, and how often that place is passed in four steps.
PLACES = [
    (LookupMode, "_mark", 4),
    (LookupMode, "drain", 4),
    (Recorder, "before", 4),
    (Recorder, "after", 4),
    (Snapshots, "add", 4),
    (recorder, "causes_per_row", 4),
    (recorder, "changed_rows", 4),
    (recorder, "nonzero_rows", 4),
    (recorder, "group_of", 4),
    (watch.Watch, "_note_replacement", 5),  # and once more on leaving
]


class Unprintable(Exception):  # noqa: N818  not an error of anybody's
    def __str__(self):
        raise RuntimeError("not even this works")


def fail(monkeypatch, owner, name, after, error):
    """Let a function work this many times, and then raise."""
    works, calls = getattr(owner, name), []

    def broken(*args, **kwargs):
        calls.append(1)
        if len(calls) > after:
            raise error
        return works(*args, **kwargs)

    monkeypatch.setattr(owner, name, broken)


def model_and_optimizer():
    torch.manual_seed(0)
    model = Tied()
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def numbers(model, optimizer):
    """Every bit that a training leaves behind."""
    state = optimizer.state[model.tokens.weight]
    return [tensor.detach().numpy().tobytes() for tensor in (model.tokens.weight, *state.values())]


@pytest.fixture(scope="module")
def unwatched():
    model, optimizer = model_and_optimizer()
    train(model, optimizer, *BATCHES)
    return numbers(model, optimizer)


@pytest.fixture(scope="module")
def steps():
    model, optimizer = model_and_optimizer()
    with rowlight.watch(model.tokens) as trace:
        train(model, optimizer, *BATCHES)
    return [lists(step) for step in trace.steps]


@pytest.mark.parametrize("place", PLACES, ids=[name for _, name, _ in PLACES])
@pytest.mark.parametrize("error", [RuntimeError("boom\nand more"), MemoryError(), Unprintable()], ids=repr)
def test_a_failure_anywhere_ends_the_watch_and_nothing_else(place, error, unwatched, steps, monkeypatch):
    owner, name, passed = place
    for after in range(passed):
        with monkeypatch.context() as patch:
            fail(patch, owner, name, after, error)
            model, optimizer = model_and_optimizer()
            with pytest.warns(RuntimeWarning) as warned, rowlight.watch(model.tokens, snapshots=True) as trace:
                train(model, optimizer, *BATCHES)
        assert numbers(model, optimizer) == unwatched
        assert ["rowlight.watch failed and has ended: " in str(warning.message) for warning in warned] == [True]
        seen = [lists(step) for step in trace.steps]
        assert len(seen) == min(after, 4)
        assert seen == steps[: len(seen)]
        assert [len(trace.after(i)) for i in range(len(seen))] == [V] * len(seen)
        assert type(error).__name__ in trace.failure
        said = f"The watch failed after {len(seen)} step{'s' * (len(seen) != 1)} and ended there: {trace.failure}."
        assert said.replace("<exception", "&lt;exception").replace(">.", "&gt;.") in trace.report()._repr_html_()
        assert said in repr(trace.report())
        assert "nothing to show" not in repr(trace.report())
        assert repr(trace).endswith(f", ended by {trace.failure}>")
        assert "\n" not in repr(trace)


@pytest.mark.parametrize(("owner", "name", "passed"), PLACES, ids=[name for _, name, _ in PLACES])
def test_warnings_that_are_errors_do_not_reach_the_training(owner, name, passed, unwatched, monkeypatch):
    model, optimizer = model_and_optimizer()
    fail(monkeypatch, owner, name, passed - 1, RuntimeError("boom"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with rowlight.watch(model.tokens, snapshots=True) as trace:
            train(model, optimizer, *BATCHES)
    assert numbers(model, optimizer) == unwatched
    assert trace.failure == "RuntimeError: boom"


@pytest.mark.parametrize(("owner", "name", "passed"), PLACES, ids=[name for _, name, _ in PLACES])
def test_an_interrupt_by_the_user_goes_through(owner, name, passed, monkeypatch):
    model, optimizer = model_and_optimizer()
    before = hooks_in_place()
    fail(monkeypatch, owner, name, passed - 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), rowlight.watch(model.tokens, snapshots=True) as trace:
        train(model, optimizer, *BATCHES)
    assert hooks_in_place() == before
    assert trace.failure is None
    assert len(trace.steps) == passed - 1


@pytest.mark.parametrize(("backend", "marks"), [("eager", 2), ("aot_eager", 1)])  # of a lookup
@pytest.mark.parametrize("fullgraph", [False, True])
def test_a_mark_that_fails_in_a_compiled_model(backend, marks, fullgraph, unwatched, monkeypatch):
    torch._dynamo.reset()
    model, optimizer = model_and_optimizer()
    compiled = torch.compile(model, backend=backend, fullgraph=fullgraph)
    fail(monkeypatch, LookupMode, "_mark", 2 * marks, RuntimeError("boom"))
    with pytest.warns(RuntimeWarning, match="rowlight.watch failed"), rowlight.watch(model.tokens) as trace:
        train(compiled, optimizer, *BATCHES)
    assert numbers(model, optimizer) == unwatched
    assert trace.failure == "RuntimeError: boom"
    assert len(trace.steps) == 2


def test_another_watch_goes_on(monkeypatch):
    model, optimizer = model_and_optimizer()
    other = torch.nn.Embedding(V, D)
    optimizer.add_param_group({"params": other.parameters()})
    with rowlight.watch(other) as well, rowlight.watch(model.tokens) as ill:
        monkeypatch.setattr(ill, "rows", None)
        monkeypatch.delattr(ill, "steps")
        with pytest.warns(RuntimeWarning, match="has no attribute 'steps'"):
            train(None, optimizer, *BATCHES, forward=lambda ids: model.tokens(ids) + other(ids))
    assert ill.failure
    assert well.failure is None
    assert [step.read.tolist() for step in well.steps] == [sorted(batch) for batch in BATCHES]


@pytest.mark.parametrize("owner", [Recorder, LookupMode, Snapshots])
def test_a_failure_on_entering_is_raised_and_leaves_nothing_behind(owner, monkeypatch):
    model, optimizer = model_and_optimizer()
    before = hooks_in_place()
    watched = rowlight.watch(model.tokens, snapshots=True)
    with monkeypatch.context() as patch:
        fail(patch, owner, "__init__", 0, MemoryError("no room for the copy"))
        with pytest.raises(MemoryError, match="no room"):
            watched.__enter__()
    assert hooks_in_place() == before
    with watched as trace:  # with more room it works
        train(model, optimizer, *BATCHES)
    assert len(trace.steps) == len(BATCHES)
