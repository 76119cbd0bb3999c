"""`watch` against torch: what it sees, on models that do not know of it, and that it changes nothing."""

import copy
import gc
import re
import weakref

import pytest
import torch
from helpers.training import ALL, BOTH, DECAY, MOMENTUM, D, V, hooks_in_place, lists, train
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import rowlight
from rowlight.watching.row_masks import changed_rows, nonzero_rows

# The experiment of chapter 5: step 0 reads rows 1 and 2, step 1 reads row 3. What moves in each, and why.
NOBODY = [({1, 2}, {}), ({3}, {})]
COASTING = [({1, 2}, {}), ({1, 2, 3}, {1: MOMENTUM, 2: MOMENTUM})]
DECAYING = [(set(ALL), dict.fromkeys([0, 3, 4, 5], DECAY)), (set(ALL), dict.fromkeys([0, 1, 2, 4, 5], DECAY))]
DECOUPLED = [DECAYING[0], (set(ALL), {0: DECAY, 1: BOTH, 2: BOTH, 4: DECAY, 5: DECAY})]
COUPLED = [DECAYING[0], (set(ALL), dict.fromkeys([0, 1, 2, 4, 5], BOTH))]  # the decay goes through the memory


@pytest.mark.parametrize(
    ("name", "options", "sparse", "expected"),
    [
        ("SGD", {}, False, NOBODY),
        ("SGD", {}, True, NOBODY),
        ("SGD", {"momentum": 0.9}, False, COASTING),
        ("SGD", {"momentum": 0.9}, True, COASTING),
        ("SGD", {"momentum": 0.9, "nesterov": True}, False, COASTING),
        ("SGD", {"weight_decay": 0.1}, False, DECAYING),
        ("SGD", {"weight_decay": 0.1, "momentum": 0.9}, False, COUPLED),
        ("Adagrad", {}, False, NOBODY),
        ("Adagrad", {}, True, NOBODY),
        ("Adagrad", {"weight_decay": 0.1}, False, DECAYING),
        ("Adadelta", {}, False, NOBODY),
        ("Rprop", {}, False, NOBODY),
        ("RMSprop", {}, False, NOBODY),
        ("RMSprop", {"momentum": 0.9}, False, COASTING),
        ("Adam", {}, False, COASTING),
        ("Adam", {"amsgrad": True}, False, COASTING),
        ("Adam", {"maximize": True}, False, COASTING),
        ("Adam", {"foreach": True}, False, COASTING),
        ("Adam", {"fused": True}, False, COASTING),
        ("Adam", {"weight_decay": 0.1}, False, COUPLED),
        ("Adam", {"betas": (0.0, 0.9)}, False, NOBODY),
        ("AdamW", {}, False, DECOUPLED),
        ("AdamW", {"weight_decay": 0}, False, COASTING),
        ("AdamW", {"betas": (0.0, 0.9)}, False, DECAYING),
        ("Adamax", {}, False, COASTING),
        ("NAdam", {}, False, COASTING),
        ("RAdam", {}, False, COASTING),
        ("SparseAdam", {}, True, NOBODY),
        ("Adafactor", {"weight_decay": 0.1}, False, DECAYING),
        ("Muon", {"weight_decay": 0.0}, False, COASTING),
    ],
)
def test_what_moves_and_why(name, options, sparse, expected):
    table = nn.Embedding(V, D, sparse=sparse)
    optimizer = getattr(torch.optim, name)(table.parameters(), lr=0.1, **options)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [[1, 2, 2], [2, 1, 1]], [[3]])
    assert [step.read.tolist() for step in trace.steps] == [[1, 2], [3]]
    assert [step.gradient.tolist() for step in trace.steps] == [[1, 2], [3]]
    assert [(set(step.moved.tolist()), step.why) for step in trace.steps] == expected
    assert {step.optimizer for step in trace.steps} == {name}
    assert all(rows.dtype == torch.int64 for step in trace.steps for rows in (step.read, step.gradient, step.moved))


OPTIMIZERS = {
    "SGD": lambda p, m, w: torch.optim.SGD(p, lr=0.1, momentum=m, weight_decay=w),
    "Adam": lambda p, m, w: torch.optim.Adam(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "AdamW": lambda p, m, w: torch.optim.AdamW(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "RMSprop": lambda p, m, w: torch.optim.RMSprop(p, lr=0.1, momentum=m, weight_decay=w),
    "NAdam": lambda p, m, w: torch.optim.NAdam(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "Adagrad": lambda p, _, w: torch.optim.Adagrad(p, lr=0.1, weight_decay=w),
}


def rows_with(tensor):
    return [] if tensor is None else (tensor != 0).any(1).nonzero().flatten().tolist()


@st.composite
def trainings(draw):
    """How a model is made and trained: everything a run needs, so that it can be run twice."""
    rows, columns = draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 3, 8]))
    ids = st.lists(st.integers(0, rows - 1), min_size=1, max_size=5)
    return {
        "seed": draw(st.integers(0, 99)),
        "shape": (rows, columns),
        "dtype": draw(st.sampled_from([torch.float32, torch.float64, torch.bfloat16])),
        "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
        "momentum": draw(st.sampled_from([0.0, 0.9])),
        "decay": draw(st.sampled_from([0.0, 0.1])),
        "tied": draw(st.booleans()),
        "batches": draw(st.lists(st.lists(ids, min_size=1, max_size=3), min_size=1, max_size=4)),
        "zero_rows": draw(st.lists(st.integers(0, rows - 1), max_size=2)),
        "write_between": draw(st.booleans()),
        "follow": draw(st.none() | st.lists(st.integers(0, rows - 1), min_size=1)),
    }


def run(how, look=None):
    """Train as described. `look(table, optimizer, ids)` is a context manager's worth of work around each step."""
    torch.manual_seed(how["seed"])
    table = nn.Embedding(*how["shape"], dtype=how["dtype"])
    with torch.no_grad():
        table.weight[how["zero_rows"]] = -0.0
    optimizer = OPTIMIZERS[how["optimizer"]](table.parameters(), how["momentum"], how["decay"])
    yield table
    for batches in how["batches"]:
        optimizer.zero_grad()
        for ids in batches:  # gradients accumulate over the lookups of a step
            vectors = table(torch.tensor(ids))
            (F.linear(vectors, table.weight) if how["tied"] else vectors).square().sum().backward()
        if how["write_between"]:
            table.weight.data[0] += 1
        if look:
            look.before(table, optimizer)
        optimizer.step()
        if look:
            look.after(table, {i for ids in batches for i in ids})


class Oracle:
    """The same facts by brute force: everything cloned before and after."""

    def __init__(self, how):
        self.how, self.steps = how, []

    def before(self, table, optimizer):
        self.table = table.weight.detach().clone()
        self.gradient = rows_with(table.weight.grad)
        state = optimizer.state.get(table.weight, {})
        buffer = state.get("exp_avg", state.get("momentum_buffer"))
        self.momentum = rows_with(buffer.clone()) if buffer is not None and self.how["momentum"] else []

    def after(self, table, read):
        moved = [i for i, (a, b) in enumerate(zip(self.table, table.weight.detach(), strict=True)) if differ(a, b)]
        decayed = rows_with(self.table) if self.how["decay"] else []
        why = {}
        for row in set(moved) - set(self.gradient):
            causes = [MOMENTUM] * (row in self.momentum) + [DECAY] * (row in decayed)
            why[row] = "+".join(causes) or "unknown"
        follow = self.how["follow"]
        kept = set(range(len(self.table))) if follow is None else set(follow)
        rows = [sorted(kept & set(rows)) for rows in (read, self.gradient, moved)]
        self.steps.append((*rows, {row: cause for row, cause in why.items() if row in kept}))


def differ(a, b):
    """Whether any bit differs, without a look at the code under test."""
    return a.contiguous().view(torch.uint8).tolist() != b.contiguous().view(torch.uint8).tolist()


@given(trainings())
@settings(deadline=None, max_examples=150)
def test_the_trace_is_what_brute_force_finds_and_nothing_is_changed(how):
    oracle = Oracle(how)
    plain = run(how, oracle)
    table = next(plain)
    assert list(plain) == []

    watched = run(how)
    own = next(watched)
    with rowlight.watch(own, how["follow"]) as trace:
        assert list(watched) == []

    assert not differ(own.weight.detach(), table.weight.detach())
    assert [(*lists(step), step.why) for step in trace.steps] == oracle.steps
    assert all(list(step.why) == sorted(step.why) for step in trace.steps)


NAN, SMALL = float("nan"), 1e-45


def test_rows_are_compared_by_their_bits_and_zero_is_zero_of_either_sign():
    now = torch.tensor([[NAN, 1], [0, 0], [-0.0, 0], [SMALL, 0], [0, -1], [0, NAN]])
    assert nonzero_rows(now).tolist() == [True, False, False, True, True, True]
    before = now.clone()
    assert not changed_rows(now, before).any()
    before[2, 0], before[3, 0], before[5, 1] = 0.0, 0.0, 1.0
    assert changed_rows(now, before).nonzero().flatten().tolist() == [2, 3, 5]
    assert changed_rows(now.double(), now).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("columns", [1, 3, 4, 8, 16])
def test_every_layout_of_a_matrix_gives_the_same_rows(dtype, columns, monkeypatch):
    monkeypatch.setattr("rowlight.watching.row_masks.BLOCK", 64)  # many blocks
    storage = torch.zeros(1 + 50 * columns, dtype=dtype)
    for matrix in (storage[1:].view(50, columns), storage[:-1].view(50, columns), storage[1:].view(columns, 50).T):
        before = matrix.clone()
        matrix[[0, 7, 49], columns - 1] = 1
        assert nonzero_rows(matrix).nonzero().flatten().tolist() == [0, 7, 49]
        assert changed_rows(matrix, before).nonzero().flatten().tolist() == [0, 7, 49]
        storage.zero_()


def test_sparse_gradients_count_by_their_values():
    sparse = torch.sparse_coo_tensor([[1, 3, 3, 4]], torch.tensor([[1.0], [2], [-2], [0]]), (V, 1))
    assert nonzero_rows(sparse).tolist() == [False, True, False, False, False, False]
    assert not sparse.is_coalesced()


# Models written in ways it was not designed for.


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(V, D)
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, ids):
        return self.head(self.tokens(ids))


def test_a_tied_head_gives_every_row_a_gradient_and_reads_none():
    model = Tied()
    with rowlight.watch(model.tokens) as trace:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), [1, 2])
    assert lists(trace.steps[0]) == ([1, 2], ALL, ALL)
    assert "but no lookup in this block, as through a tied head: 0, 3, 4, 5." in repr(trace.report())


def test_a_table_shared_by_modules_and_functions_is_followed_in_all_of_them():
    first, second, bag = nn.Embedding(V, D), nn.Embedding(V, D), nn.EmbeddingBag(V, D)
    second.weight = bag.weight = first.weight

    def forward(ids):
        named = F.embedding(input=ids + 3, weight=first.weight)
        return first(ids) + second(ids + 1) + bag((ids + 2)[:, None]) + named

    with rowlight.watch(first) as trace:
        train(None, torch.optim.SGD(first.parameters(), lr=0.1), [1], [2, 0], forward=forward)
    assert [lists(step) for step in trace.steps] == [([1, 2, 3, 4],) * 3, (ALL,) * 3]


class Scaled(nn.Embedding):
    def forward(self, words, scale):
        return super().forward(torch.tensor([len(word) for word in words])) * scale


def test_a_subclass_with_a_forward_of_its_own():
    table = Scaled(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(["a", "row"], scale=2).sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 3],) * 3


def test_a_bag_skips_its_padding_and_an_embedding_reads_it():
    bag, table = nn.EmbeddingBag(V, D, padding_idx=0), nn.Embedding(V, D, padding_idx=0)
    for layer, ids, read in ((bag, [[0, 1, 0], [3, 0, 0]], [1, 3]), (table, [0, 1], [0, 1])):
        with rowlight.watch(layer) as trace:
            train(layer, torch.optim.SGD(layer.parameters(), lr=0.1), ids)
        assert trace.steps[0].read.tolist() == read
        assert trace.steps[0].gradient.tolist() == [row for row in read if row]


def test_a_bag_with_offsets_weights_and_int32_ids():
    bag = nn.EmbeddingBag(V, D, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(bag.parameters())
    ids, offsets = torch.tensor([5, 1, 5], dtype=torch.int32), torch.tensor([0, 1], dtype=torch.int32)
    with rowlight.watch(bag) as trace:
        bag(ids, offsets, per_sample_weights=torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 5],) * 3


def test_accumulation_counts_lookups_since_the_last_step_and_not_those_of_an_evaluation():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        for ids in ([1], [2, 5], [1]):
            table(torch.tensor(ids)).sum().backward()
        with torch.no_grad():
            table(torch.tensor([3]))
        with torch.inference_mode():
            table(torch.tensor([4]))
        optimizer.step()
        optimizer.zero_grad()
        train(table, optimizer, [0])
    assert [lists(step) for step in trace.steps] == [([1, 2, 5],) * 3, ([0],) * 3]


def test_autocast_and_checkpointing():
    table, head = nn.Embedding(V, D), nn.Linear(D, D)

    def forward(ids):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return checkpoint(lambda ids: head(table(ids)), ids, use_reentrant=False)

    with rowlight.watch(table) as trace:
        train(None, torch.optim.SGD(table.parameters(), lr=0.1), [1, 4], forward=forward)
    assert lists(trace.steps[0]) == ([1, 4],) * 3


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_gradient_scaler_skips_is_no_step(fused):
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    with rowlight.watch(table) as trace:
        for ids, factor in (([1], float("inf")), ([2], 1.0)):
            optimizer.zero_grad()
            scaler.scale(table(torch.tensor(ids)).sum() * factor).backward()
            scaler.step(optimizer)
            scaler.update()
    assert [lists(step) for step in trace.steps] == [([1, 2], [2], [2])]


@pytest.mark.parametrize("optimizer", ["SGD", "LBFGS"])
def test_a_closure_makes_its_gradient_during_the_step(optimizer):
    table = nn.Embedding(V, D)
    optimizer = getattr(torch.optim, optimizer)(table.parameters(), lr=0.1)
    table(torch.tensor([5])).sum().backward()  # stale, and cleared by the closure

    def closure():
        optimizer.zero_grad()
        loss = table(torch.tensor([1, 2])).square().sum()
        loss.backward()
        return loss

    with rowlight.watch(table) as trace:
        optimizer.step(closure)
        optimizer.step(closure=closure)
    assert [lists(step) for step in trace.steps] == [([1, 2],) * 3] * 2


def test_several_optimizers_are_told_apart_and_others_are_counted():
    table, other = nn.Embedding(V, D), nn.Linear(D, D)
    adam, sgd = torch.optim.Adam(table.parameters()), torch.optim.SGD([*other.parameters(), table.weight], lr=0.1)
    unrelated = torch.optim.SGD(other.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, adam, [1])
        train(table, sgd, [2])
        unrelated.step()
        train(table, adam, [3])
    assert [step.optimizer for step in trace.steps] == ["Adam", "SGD", "Adam"]
    assert [lists(step)[2] for step in trace.steps] == [[1], [2], [1, 3]]
    assert trace.steps[2].why == {1: "momentum"}
    assert trace.other_steps == 1


class AdamThenShrink(torch.optim.Adam):
    """A subclass that calls super().step(): torch runs the hooks of both."""

    def step(self, closure=None):
        with torch.no_grad():
            self.param_groups[0]["params"][0][0] += 1
        loss = super().step(closure)
        with torch.no_grad():
            self.param_groups[0]["params"][0][4] += 1
        return loss


def test_a_step_within_a_step_is_one_step_of_an_unknown_optimizer():
    table = nn.Embedding(V, D)
    with rowlight.watch(table) as trace:
        train(table, AdamThenShrink(table.parameters()), [1], [2])
    assert [lists(step) for step in trace.steps] == [([1], [1], [0, 1, 4]), ([2], [2], [0, 1, 2, 4])]
    assert trace.steps[1].why == {0: "unknown", 1: "unknown", 4: "unknown"}


def test_a_namesake_of_a_known_optimizer_is_not_known():
    table = nn.Embedding(V, D)
    optimizer = type("SGD", (torch.optim.SGD,), {})(table.parameters(), lr=0.1, momentum=0.9)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1], [2])
    assert trace.steps[1].why == {1: "unknown"}


def test_a_known_optimizer_that_moves_a_row_for_no_known_reason():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)
    with torch.no_grad():
        table.weight[3] = 0  # decay does not move it

    def meddle(*_):
        table.weight.data[3] = 1

    optimizer.register_step_post_hook(meddle)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
    assert trace.steps[0].why == {0: "decay", 2: "decay", 3: "unknown", 4: "decay", 5: "decay"}


def test_a_step_that_raises_is_no_step_and_the_next_one_is():
    table = nn.Embedding(V, D, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)  # refuses sparse gradients
    with rowlight.watch(table) as trace:
        with pytest.raises(RuntimeError):
            train(table, optimizer, [1])
        optimizer.param_groups[0]["weight_decay"] = 0
        train(table, optimizer, [2])
    assert [lists(step) for step in trace.steps] == [([1, 2], [2], [2])]


@pytest.mark.parametrize("rows", [None, ALL])
def test_writes_outside_a_step_are_not_taken_for_it(rows):
    table = nn.Embedding(V, D, max_norm=1.0)
    other = nn.Embedding(V, D).state_dict()
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, rows) as trace:
        train(table, optimizer, [1])  # max_norm shortens row 1
        table.load_state_dict(other)
        train(table, optimizer, [2])
        table.weight.data[5] = 0  # unknown to the version counter
        train(table, optimizer, [3])
        table.weight.detach().numpy()[4] = 0
        train(table, optimizer, [0])
    assert [lists(step)[2] for step in trace.steps] == [[1], [2], [3], [0]]


def test_a_copy_of_the_model_is_not_watched_and_holds_nothing():
    model = Tied()
    optimizer = torch.optim.Adam(model.parameters())
    with rowlight.watch(model.tokens) as trace:
        train(model, optimizer, [1])
        copied = copy.deepcopy(model)
        train(copied, torch.optim.Adam(copied.parameters()), [2], [3])
        train(model, optimizer, [4])
    assert [step.read.tolist() for step in trace.steps] == [[1], [4]]
    assert vars(copied.tokens).keys() == vars(nn.Embedding(V, D)).keys()
    assert not copied.tokens._forward_hooks
    assert not copied.tokens._forward_pre_hooks


def test_a_conversion_on_the_way():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, snapshots=True) as trace:
        train(table, optimizer, [1])
        optimizer.zero_grad()
        table.double()
        train(table, optimizer, [2])
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2],) * 3]
    assert torch.equal(trace.after(1), table.weight.detach())


def test_a_table_that_is_given_more_rows():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        optimizer.zero_grad()
        table.weight.data = torch.zeros(V + 2, D)
        train(table, optimizer, [V + 1])
    assert lists(trace.steps[1]) == ([V + 1],) * 3


def test_a_replaced_parameter_is_said_and_not_lied_about():
    table = nn.Embedding(V, D)
    state = nn.Embedding(V, D).state_dict()
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        assert trace.replaced is None
        table.load_state_dict(state, assign=True)
        optimizer.step()  # it holds the first one still
    assert trace.replaced == 1
    assert [step.moved.tolist() for step in trace.steps] == [[1], [1]]
    with rowlight.watch(table) as last:
        table.weight = nn.Parameter(torch.zeros(V, D))
    assert last.replaced == 0
    assert "replaced by another Parameter" in repr(trace.report())
    assert "replaced by another Parameter" in trace.report()._repr_html_()


@pytest.mark.parametrize("fullgraph", [False, True])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_model(backend, fullgraph):
    torch._dynamo.reset()
    model = nn.ModuleDict({"tokens": nn.Embedding(V, D), "bag": nn.EmbeddingBag(V, D, padding_idx=0)})
    model["bag"].weight = model["tokens"].weight
    forward = torch.compile(
        lambda ids: model["tokens"](ids) + model["bag"]((ids - 1)[:, None]), backend=backend, fullgraph=fullgraph
    )
    forward(torch.tensor([1, 2]))  # compiled before it is watched
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rowlight.watch(model["tokens"]) as trace:
        train(None, optimizer, [1, 5], [3, 3], forward=forward)
        with torch.no_grad():
            forward(torch.tensor([2, 2]))
        train(None, optimizer, [1, 1], forward=forward)
    assert [step.read.tolist() for step in trace.steps] == [[1, 4, 5], [2, 3], [1]]
    assert [step.moved.tolist() for step in trace.steps] == [[1, 4, 5], [2, 3], [1]]
    forward(torch.tensor([4, 4]))
    assert len(trace.steps) == 3


@pytest.mark.filterwarnings("ignore:Dynamo does not know how to trace")
def test_a_compiled_step():
    torch._dynamo.reset()
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)
    step = torch.compile(optimizer.step, backend="eager")
    with rowlight.watch(table) as trace:
        for ids in ([1], [2]):
            optimizer.zero_grad()
            table(torch.tensor(ids)).sum().backward()
            step()
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2], [2], [1, 2])]
    assert trace.steps[1].why == {1: "momentum"}


def test_lookups_inside_vmap_and_grad():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    parameters = dict(table.named_parameters())

    def loss(parameters, ids):
        return torch.func.functional_call(table, parameters, (ids,)).sum()

    with rowlight.watch(table) as trace:
        torch.func.vmap(table)(torch.tensor([[1, 2], [2, 3]])).sum().backward()
        optimizer.step()
        each = torch.func.vmap(torch.func.grad(loss), (None, 0))(parameters, torch.tensor([[4], [5]]))
        table.weight.grad = each["weight"].sum(0)
        optimizer.step()
    assert [lists(step) for step in trace.steps] == [([1, 2, 3],) * 3, ([4, 5],) * 3]


# It changes nothing, and leaves nothing behind.


def test_hooks_go_and_the_trace_stays_when_the_loop_raises():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    before = hooks_in_place()
    with pytest.raises(IndexError) as plain:
        table(torch.tensor([V]))
    with pytest.raises(IndexError) as watched, rowlight.watch(table) as trace:  # noqa: PT012  the loop is the point
        assert hooks_in_place() != before
        train(table, optimizer, [1], [2])
        table(torch.tensor([0, V]))
    assert str(watched.value) == str(plain.value)
    assert hooks_in_place() == before
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2],) * 3]
    assert "2 steps" in repr(trace.report())
    with rowlight.watch(table) as trace:  # it can be watched again
        with pytest.raises(IndexError):
            table(torch.tensor([0, V]))
        train(table, optimizer, [1])
    assert trace.steps[0].read.tolist() == [1]  # a refused lookup has read nothing


def test_the_trace_does_not_keep_the_model_alive():
    table = nn.Embedding(V, D)
    with rowlight.watch(table) as trace:
        train(table, torch.optim.Adam(table.parameters()), [1])
    gone = weakref.ref(table.weight)
    del table
    gc.collect()
    assert gone() is None
    assert len(trace.steps) == 1


def test_two_tables_at_once_and_one_table_not_twice():
    first, second = nn.Embedding(V, D), nn.Embedding(V, D)
    second_user = nn.Embedding(V, D)
    second_user.weight = second.weight
    optimizer = torch.optim.SGD([first.weight, second.weight], lr=0.1)
    with rowlight.watch(first) as one, rowlight.watch(second) as two:
        for again in (second, second_user):
            with pytest.raises(RuntimeError, match="being watched already"):
                rowlight.watch(again).__enter__()
        train(None, optimizer, [1], forward=lambda ids: first(ids) + second(ids + 1))
    assert lists(one.steps[0]) == ([1],) * 3
    assert lists(two.steps[0]) == ([2],) * 3
    used = rowlight.watch(first)
    with used, pytest.raises(RuntimeError, match="entered before"):
        used.__enter__()
    with pytest.raises(RuntimeError, match="entered before"):
        used.__enter__()


@pytest.mark.parametrize(
    ("table", "rows", "error", "words"),
    [
        (nn.Linear(2, 2), None, TypeError, "expected an nn.Embedding or an nn.EmbeddingBag, got Linear"),
        (torch.zeros(2, 2), None, TypeError, "got Tensor"),
        (nn.Embedding.from_pretrained(torch.zeros(2, 2)), None, ValueError, "frozen"),
        (nn.Embedding(2, 2, device="meta"), None, ValueError, "meta device"),
        (nn.Embedding(0, 2), None, ValueError, "at least one row"),
        (nn.Embedding(2, 2, dtype=torch.complex64), None, TypeError, "floats"),
        (nn.utils.parametrizations.weight_norm(nn.Embedding(2, 2)), None, TypeError, "not a Parameter"),
        (nn.Embedding(2, 2), [0, 2], IndexError, "there is no row 2; a table of V = 2 rows has rows 0 to 1"),
        (nn.Embedding(2, 2), [-1], IndexError, "there is no row -1"),
        (nn.Embedding(2, 2), [0.5], TypeError, "torch.float32"),
        (nn.Embedding(2, 2), "ab", TypeError, "got str"),
        (nn.Embedding(2, 2), [True], TypeError, "torch.bool"),
        (nn.Embedding(2, 2), [], ValueError, "at least one"),
        (nn.Embedding(2, 2), [[1]], ValueError, r"shape \(1, 1\)"),
    ],
)
def test_what_cannot_be_watched(table, rows, error, words):
    with pytest.raises(error, match=words) as raised:
        rowlight.watch(table, rows)
    assert re.match("(table|rows): ", str(raised.value))


# What is said about it.


def test_snapshots_replay_the_table():
    table = nn.Embedding(V, D, max_norm=1.5)
    optimizer = torch.optim.Adam(table.parameters(), lr=0.1)
    tables = []
    with rowlight.watch(table, [1, 2, 4], snapshots=True) as trace:
        start = table.weight.detach().clone()
        for ids in ([1, 2], [0], [4, 4]):
            train(table, optimizer, ids)
            tables.append(table.weight.detach().clone())
            table.weight.data[4] = len(tables)  # by nobody's step
    assert torch.equal(trace.start, start[[1, 2, 4]])
    for step, after in enumerate(tables):
        assert torch.equal(trace.after(step), after[[1, 2, 4]])
    assert [len(places) for places, *_ in trace._changes] == [2, 3, 3]
    for outside in (-1, 3):
        with pytest.raises(IndexError, match="the trace has 3"):
            trace.after(outside)


def test_without_snapshots_there_are_no_values():
    with rowlight.watch(nn.Embedding(V, D)) as trace:
        pass
    assert trace.start is None
    with pytest.raises(RuntimeError, match="snapshots=True"):
        trace.after(0)


def test_the_report_of_the_two_steps():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1, 2], [3])
    assert repr(trace) == "<Trace of Embedding(6, 4): 2 steps>"
    assert repr(trace.report()) == (
        "Embedding(6, 4): 2 steps\n"
        "step  optimizer  read  gradient  moved    moved without a gradient\n"
        "0     SGD        1, 2  1, 2      1, 2     none\n"
        "1     SGD        3     3         1, 2, 3  momentum: 1, 2\n"
        "Rows that moved, never read and without a gradient: none."
    )
    html = trace.report()._repr_html_()
    assert "<caption>Embedding(6, 4): 2 steps</caption>" in html
    assert html.count('<th scope="col">') == 6
    assert html.count('<th scope="row">') == 2
    assert ">momentum: 1, 2</td>" in html


def test_a_report_shortens_what_is_long_and_escapes_what_is_strange():
    table = nn.Embedding(2_000, 2)
    strange = type("<b>SGD", (torch.optim.SGD,), {})
    optimizer = strange(table.parameters(), lr=0.1, weight_decay=0.1)
    with rowlight.watch(table, range(1_000)) as trace:
        train(table, optimizer, *[[1, 5]] * 50)
    text, html = repr(trace.report()), trace.report()._repr_html_()
    assert text.startswith("Embedding(2000, 2), 1,000 of 2,000 rows followed: 50 steps")
    assert "0, 1, 2 … (1,000 rows)" in text
    assert "unknown: 0, 2, 3 … (998 rows)" in text
    assert "10 more" in text
    assert text.count("<b>SGD") == html.count("&lt;b&gt;SGD") == 40
    assert "<b>" not in html


def test_a_loop_that_never_steps_is_told_why():
    table, other = nn.Embedding(V, D), nn.Linear(D, 1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([1])).sum().backward()
    for shown in (repr(trace.report()), trace.report()._repr_html_()):
        assert "No optimizer took a step inside the block" in shown
    with rowlight.watch(table) as trace:
        train(None, torch.optim.SGD(other.parameters(), lr=0.1), [1], forward=lambda ids: other(table(ids)))
    assert "1 step of others did" in repr(trace.report())


def test_a_step_keeps_rows_and_no_table():
    table = nn.Embedding(5_000, 64)
    optimizer = torch.optim.Adam(table.parameters())
    with rowlight.watch(table) as trace:
        train(table, optimizer, list(range(100)), [7])
    for step in trace.steps:
        kept = [value for value in vars(step).values() if isinstance(value, torch.Tensor)]
        assert sum(tensor.untyped_storage().nbytes() for tensor in kept) <= 25 * len(step.moved) + 100
