# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["remove-cell"]
from importlib.util import find_spec

assert find_spec("rowlight"), "Missing library. In a copy of the book, run: %pip install .."

# %% [markdown]
# # Optimizers have memory
#
# Chapter 4 showed that a row that nobody reads has a gradient of zero. You might expect it to stay where it is. With some optimizers it moves. This chapter finds such rows, and says why they move.
#
# **After this chapter you can**
#
# - predict which rows a step moves, for eight settings of six optimizers,
# - say how far a row goes on after its last use,
# - keep chosen rows still, and know where a popular recipe fails,
# - ask the same of your own training loop, with `rowlight.watch`.
#
# **You need** chapter 4, and to have used an optimizer.

# %%
import copy

import torch
from torch import nn, optim

import rowlight
from rowlight import MoveQuiz

# `aligned` prints a table, and `lines_figure` draws lines.
from rowlight.teaching import Task, aligned, expect_error, lines_figure

# %% [markdown]
# ## Two batches
#
# Six rows are enough. The first batch reads rows 1 and 2, the second reads row 3. The loss is the sum of squares of what was read. Every optimizer starts from the same table.

# %%
V, D = 6, 4
batches = [torch.tensor([1, 2]), torch.tensor([3])]


# %%
def fresh(sparse=False):
    torch.manual_seed(0)
    return nn.Embedding(V, D, sparse=sparse)


# %%
def step(embedding, optimizer, ids):
    optimizer.zero_grad()
    embedding(ids).square().sum().backward()
    optimizer.step()


# %% [markdown]
# ### Predict
#
# Two facts about optimizers will do. Plain SGD subtracts the gradient, times the learning rate, and keeps nothing. Adam keeps two running means for each number of the table, one of past gradients and one of their squares. It subtracts the first, divided by the root of the second, times the learning rate.


# %% tags=["remove-input"]
def moved(make, reads=batches, sparse=False):
    """The rows that the last of these batches moves."""
    embedding = fresh(sparse)
    optimizer = make(embedding.parameters())
    for ids in reads:
        before = embedding.weight.detach().clone()
        step(embedding, optimizer, ids)
    return (embedding.weight != before).any(dim=1).nonzero().flatten()


# %% tags=["remove-input"]
Task.rows(
    "The optimizer is plain `SGD`. The second batch reads row 3. Which rows does its step move?",
    moved(lambda p: optim.SGD(p, lr=0.1)),
    V,
    "Plain SGD subtracts the gradient, times the learning rate. Where the gradient is zero it subtracts zero.",
)

# %% tags=["remove-input"]
Task.rows(
    "Now the optimizer is `Adam`. The first batch read rows 1 and 2, the second reads row 3. Which rows does the second step move?",
    moved(lambda p: optim.Adam(p, lr=0.1)),
    V,
    "Rows 1 and 2 move again, and nobody read them. Adam keeps a running mean of past gradients. The mean of rows 1 and 2 is not zero yet.",
    wrong={"3": "That is what the gradient says. Adam listens to past gradients too."},
)

# %% [markdown]
# ## Watch
#
# `rowlight.watch` looks over the shoulder of a training loop. For each step of the optimizer it notes which rows were read, which had a gradient, and which really moved.

# %%
embedding = fresh()
optimizer = optim.Adam(embedding.parameters(), lr=0.1)
with rowlight.watch(embedding) as trace:
    for ids in batches:
        step(embedding, optimizer, ids)
trace.report()

# %% [markdown]
# In the second step, which is number 1 because `trace.steps` counts from 0, rows 1 and 2 moved without a gradient. The reason stands beside them: *momentum*, which is what the field calls a memory of past gradients that goes on pushing.

# %%
assert trace.steps[1].gradient.tolist() == [3]
assert trace.steps[1].moved.tolist() == [1, 2, 3]
assert trace.steps[1].why == {1: "momentum", 2: "momentum"}

# %% [markdown]
# Here are six optimizers in eight settings. *Weight decay*, which one of them has in its name and AdamW has by default, pulls each weight a little towards zero in every step. `SparseAdam` works on sparse gradients, so its table gets `sparse=True`.

# %%
OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "SGD, momentum 0.9": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD, weight decay 0.1": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.1),
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "AdamW": lambda p: optim.AdamW(p, lr=0.1),
    "SparseAdam": lambda p: optim.SparseAdam(p, lr=0.1),
}


# %%
def watched(name, batches):
    embedding = fresh(sparse=name == "SparseAdam")
    optimizer = OPTIMIZERS[name](list(embedding.parameters()))
    with rowlight.watch(embedding, snapshots=True) as trace:
        for ids in batches:
            step(embedding, optimizer, ids)
    return trace


# %%
traces = {name: watched(name, batches) for name in OPTIMIZERS}
for name, trace in traces.items():
    print(f"{name:22}", *(step.moved.tolist() for step in trace.steps))

# %% [markdown]
# Three groups come out. Four optimizers move what was read, and nothing else. SGD with momentum and Adam move rows 1 and 2 again. SGD with weight decay and AdamW, which decays weights unless told not to, move every row from the first step on, row 0 included, which nobody ever read.
#
# Adagrad and RMSprop have a memory too. They remember the squares of past gradients, and divide the new gradient by their root, to which they add a tiny number so that it is never zero. A gradient of zero stays zero, so this memory moves no row on its own. RMSprop can be given momentum as well; by default it has none.

# %%
for name in ("SGD", "Adagrad", "RMSprop", "SparseAdam"):
    assert [step.moved.tolist() for step in traces[name].steps] == [[1, 2], [3]]
for name in ("SGD, momentum 0.9", "Adam"):
    assert traces[name].steps[1].moved.tolist() == [1, 2, 3]
assert optim.RMSprop(fresh().parameters()).defaults["momentum"] == 0
for name in ("SGD, weight decay 0.1", "AdamW"):
    assert all(len(step.moved) == V for step in traces[name].steps)

# %% [markdown]
# ## Race
#
# Four batches now: they read rows 1 and 2, then 3, then 1 and 5, then 0. Row 4 is never read. Choose an optimizer. Before each step, mark the rows that will move. The answer shows each row before and after, and how far it moved; solid, striped and dotted are the parts of the gradient, of momentum and of decay. (PyTorch made the step again to find out, without decay and without the memory.) The score tells you which kind of row surprises you; it stays in your browser.

# %%
more = [*batches, torch.tensor([1, 5]), torch.tensor([0])]
MoveQuiz({name: watched(name, more) for name in OPTIMIZERS})

# %% [markdown]
# ## Why it works
#
# ### Momentum: the row coasts
#
# SGD with momentum keeps a second table beside yours, its *buffer*. Each step shrinks the buffer a little, adds the new gradient, and then subtracts the buffer, times the learning rate, from the table. Adam's mean of gradients works in a similar way. For a row that was read once, the buffer is not empty in the next step, nor in the one after. Its row coasts, as a bicycle does when you stop pedalling.

# %%
embedding = fresh()
optimizer = optim.SGD(embedding.parameters(), lr=0.1, momentum=0.9)
for ids in batches:
    step(embedding, optimizer, ids)
buffer = optimizer.state[embedding.weight]["momentum_buffer"]
buffer.norm(dim=1)

# %%
assert (buffer[[1, 2, 3]].norm(dim=1) > 1).all()
assert (buffer[[0, 4, 5]] == 0).all()

# %% [markdown]
# How far does it coast? Row 1 is read once. Then a hundred steps follow that read row 3. We follow one number of row 1, and compare the distance that it covers in those hundred steps with its first step. The loss here is the plain sum, so that the gradient is the same for every optimizer. `earlier` lets the training go on for some steps before row 1 is read.


# %%
def distances(make, earlier=0):
    embedding = fresh()
    optimizer = make(embedding.parameters())
    places = [embedding.weight[1, 0].item()]
    for row in [3] * earlier + [1] + [3] * 100:
        optimizer.zero_grad()
        embedding(torch.tensor([row])).sum().backward()
        optimizer.step()
        places.append(embedding.weight[1, 0].item())
    return torch.tensor(places[earlier:], dtype=torch.float64).diff().abs()


# %%
names = ("SGD, momentum 0.9", "Adam", "AdamW", "RMSprop", "Adagrad", "SGD")
coasting = {name: distances(OPTIMIZERS[name]) for name in names}

# %%
coasting["Adam, read after 1,000 steps"] = distances(OPTIMIZERS["Adam"], earlier=1000)
coasting["NAdam"] = distances(lambda p: optim.NAdam(p, lr=0.1))

# %% [markdown]
# In the table, "first step" is in learning rates, and "later" is the distance of the hundred steps after it, in first steps. The last column counts those of the hundred that were longer than a hundredth of the first.

# %%
first = {name: far[0].item() / 0.1 for name, far in coasting.items()}
later = {name: (far[1:].sum() / far[0]).item() for name, far in coasting.items()}
rows = []
for name, far in coasting.items():
    steps = (far[1:] > far[0] / 100).sum().item()
    figures = {"first step": f"{first[name]:.1f}", "later": f"{later[name]:.1f} x"}
    rows.append({"optimizer": name, **figures, "steps": steps})
print(aligned(rows))

# %% [markdown]
# With momentum 0.9, the later distance is nine first steps: 0.9 + 0.81 + 0.729 and so on add up to 0.9 / (1 - 0.9). Adam's running mean of gradients shrinks at the same rate.
#
# Why then does Adam cover only about five first steps? Early in training, Adam enlarges both means to make up for their start at zero. The mean of gradients is enlarged ten times in the very first step and less in each later one. That alone would leave a distance of about two. But the mean of squares is enlarged too, a thousand times at first and less and less later. It stands in the divisor, so that the later steps come out longer: five.
#
# After a thousand steps, these factors hardly change from one step to the next. A row that is first read then takes a first step of two and a half learning rates, and covers about nine times that later. Adam counts the steps of the table, not those of the row.
#
# NAdam, a variant of Adam, gives the present gradient a weight of its own, so less is left for later. AdamW's distance contains its decay, which moves the row in every one of the hundred steps.

# %%
assert abs(later["SGD, momentum 0.9"] - 0.9 / (1 - 0.9)) < 0.01
assert 4.9 < later["Adam"] < 5.1
assert 8.9 < later["Adam, read after 1,000 steps"] < 9.2
assert abs(first["Adam"] - 1) < 0.01
assert 2.4 < first["Adam, read after 1,000 steps"] < 2.6

# %%
k = torch.arange(1, 101)  # later steps; Adam's betas are 0.9 and 0.999
gradients = 0.9**k * (1 - 0.9) / (1 - 0.9 ** (k + 1))
squares = 0.999**k * (1 - 0.999) / (1 - 0.999 ** (k + 1))
assert 1.9 < gradients.sum() < 2.1
assert abs((gradients / squares.sqrt()).sum() - later["Adam"]) < 0.01

# %%
assert later["SGD"] == later["Adagrad"] == later["RMSprop"] == 0
assert later["NAdam"] < 1.3
assert (coasting["AdamW"] > 1e-4).all()

# %%
paths = {name: (far.cumsum(0) / far[0])[:60].tolist() for name, far in coasting.items()}
paths = {name: path for name, path in paths.items() if later[name]}
says = (
    "The distance that a number covers from its only gradient on, "
    "measured in its first step, which counts as 1. After sixty steps: "
    + ", ".join(f"{name} {path[-1]:.1f}" for name, path in paths.items())
    + "."
)
lines_figure(paths, says, xlabel="step", title="distance of a number whose row was read once")

# %% [markdown]
# ### Decay: all rows shrink
#
# Weight decay does not ask whether a row was read. A row that never occurs in the data shrinks towards zero.

# %%
embedding = fresh()
optimizer = optim.AdamW(embedding.parameters(), lr=0.1, weight_decay=0.1)
before = embedding.weight.detach().norm(dim=1)
for _ in range(100):
    step(embedding, optimizer, torch.tensor([3]))
after = embedding.weight.detach().norm(dim=1)
print(f"row 0, never read, kept {after[0] / before[0]:.3f} of its length")

# %% [markdown]
# AdamW multiplies each row by one minus the product of learning rate and decay, in every step. After a hundred steps that is 0.99 to the power of 100.

# %%
assert abs(after[0] / before[0] - (1 - 0.1 * 0.1) ** 100) < 1e-4

# %% [markdown]
# ## Keep a row still
#
# Suppose that rows 0 and 1 must not change: they belong to old tokens, and the model is learning new ones. A common recipe sets their gradient to zero before each step. You know enough to see where it fails. All rows are read in this loop.

# %%
keep = torch.tensor([0, 1])


def change_of_kept_rows(make, warm_up, recipe):
    embedding = fresh(sparse=make is OPTIMIZERS["SparseAdam"])
    optimizer = make(list(embedding.parameters()))
    for _ in range(warm_up):
        step(embedding, optimizer, torch.arange(V))
    before = embedding.weight.detach().clone()
    for _ in range(3):
        recipe(embedding, optimizer)
    return (embedding.weight - before)[keep].abs().max().item()


# %%
def zero_the_gradient(embedding, optimizer):
    optimizer.zero_grad()
    embedding(torch.arange(V)).square().sum().backward()
    embedding.weight.grad[keep] = 0
    optimizer.step()


# %%
for name in ("SGD", "Adam", "AdamW"):
    for warm_up in (0, 1):
        change = change_of_kept_rows(OPTIMIZERS[name], warm_up, zero_the_gradient)
        print(f"{name:6} ordinary steps first: {warm_up}; kept rows changed by {change:.4f}")

# %% [markdown]
# Plain SGD keeps the rows. Adam keeps them only if their gradient was zero from the very first step: after one ordinary step, its memory goes on pushing. AdamW shrinks them in any case.


# %%
def zeroing(name, warm_up):
    return change_of_kept_rows(OPTIMIZERS[name], warm_up, zero_the_gradient)


assert zeroing("SGD", 0) == zeroing("SGD", 1) == zeroing("Adam", 0) == 0
assert zeroing("Adam", 1) > 0.1
assert zeroing("AdamW", 0) > 0.001

# %% [markdown]
# Freezing single rows with `requires_grad` is not possible. The flag belongs to the whole table, which PyTorch calls a *leaf*: a tensor that is not the recorded result of an operation. A row is such a result, of the indexing.

# %%
with expect_error(RuntimeError):
    fresh().weight[0].requires_grad_(False)

# %% [markdown]
# Here are two ways that work. The first lets the step happen and puts the rows back. It works in all eight settings. Where an optimizer has a memory, it still fills for the kept rows. Put them back after every step: if you stop, they coast.


# %%
def put_back(embedding, optimizer):
    kept = embedding.weight[keep].detach().clone()
    step(embedding, optimizer, torch.arange(V))
    with torch.no_grad():
        embedding.weight[keep] = kept


# %%
for make in OPTIMIZERS.values():
    assert change_of_kept_rows(make, 1, put_back) == 0

# %% [markdown]
# The second keeps two tables, one frozen and one that learns, and joins them for the lookup. Here the frozen rows come first. The optimizer never hears of them, so it cannot move them, and it keeps no memory for them either. The price is a copy of the whole table at each lookup, and a gradient that is always *dense*, a whole table with its zeros. SparseAdam refuses such a gradient.


# %%
class Split(nn.Module):
    def __init__(self, table, kept):
        super().__init__()
        self.register_buffer("frozen", table[:kept].clone())
        self.learning = nn.Parameter(table[kept:].clone())

    def forward(self, ids):
        return nn.functional.embedding(ids, torch.cat([self.frozen, self.learning]))


# %%
split = Split(fresh().weight.detach(), kept=2)
optimizer = optim.AdamW(split.parameters(), lr=0.1)
for _ in range(3):
    step(split, optimizer, torch.arange(V))
assert torch.equal(split.frozen, fresh().weight[:2])
assert (split.learning - fresh().weight[2:]).abs().max() > 0.1
with expect_error(RuntimeError):
    optim.SparseAdam(split.parameters()).step()

# %% [markdown]
# ## Sparse gradients
#
# With `sparse=True` the gradient lists the rows that were read, and only them. The table itself stays dense. Which optimizers can work with such a list? Ask them. (The call below lets PyTorch check each such list. Without it, PyTorch warns that it does not.)

# %%
torch.sparse.check_sparse_tensor_invariants.enable()


# %%
def with_sparse(make):
    embedding = fresh(sparse=True)
    try:
        optimizer = make(list(embedding.parameters()))
        for ids in batches:
            step(embedding, optimizer, ids)
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {str(error)[:58]}…"
    return "works"


# %%
for name, make in OPTIMIZERS.items():
    print(f"{name:22} {with_sparse(make)}")

# %%
fit = {name for name, make in OPTIMIZERS.items() if with_sparse(make) == "works"}
assert fit == {"SGD", "SGD, momentum 0.9", "Adagrad", "SparseAdam"}

# %% [markdown]
# The message for AdamW speaks of Adam: to PyTorch, the one is a kind of the other. SGD with weight decay fails for another reason: it adds the whole table, times the decay, to the gradient, and PyTorch cannot add a dense tensor to a sparse one in that order.
#
# "Works" does not mean "moves only what was read". SGD with momentum takes a sparse gradient and keeps a buffer all the same, so its absent rows go on moving. SparseAdam keeps a memory as well, two dense tables of it. It leaves both the row and its memory alone until the row is read again.

# %%
embedding = fresh(sparse=True)
optimizer = OPTIMIZERS["SGD, momentum 0.9"](embedding.parameters())
with rowlight.watch(embedding) as trace:
    for ids in batches:
        step(embedding, optimizer, ids)
assert trace.steps[1].moved.tolist() == [1, 2, 3]

# %%
embedding = fresh(sparse=True)
optimizer = OPTIMIZERS["SparseAdam"](list(embedding.parameters()))
step(embedding, optimizer, batches[0])
state = optimizer.state[embedding.weight]
memory = {key: state[key].clone() for key in ("exp_avg", "exp_avg_sq")}
step(embedding, optimizer, batches[1])
for key, then in memory.items():
    assert state[key].shape == (V, D)
    assert torch.equal(state[key][[1, 2]], then[[1, 2]])

# %% [markdown]
# Clipping the norm of a sparse gradient fails, too. Clip the other parameters as usual, and the values of the sparse gradient by hand. This clips the two groups separately, not by one common norm.

# %%
table = fresh(sparse=True)
table(batches[0]).square().sum().backward()

# %%
with expect_error(NotImplementedError, first_sentence=True):
    nn.utils.clip_grad_norm_(table.parameters(), max_norm=1.0)

# %%
gradient = table.weight.grad.coalesce()
assert gradient.values().norm() > 1
gradient.values().mul_(1.0 / max(gradient.values().norm().item(), 1.0))
table.weight.grad = gradient

# %%
assert table.weight.grad.coalesce().values().norm() <= 1.0001

# %% [markdown]
# ## Your own loop
#
# `watch` takes the `nn.Embedding` or `nn.EmbeddingBag` of any model, and leaves your training code as it is. It keeps one copy of the table to compare with; `rows=` follows chosen rows for less, and `snapshots=True`, as above, also keeps the values after each step. Here a bag of words is watched inside a model, and a twin of it is trained without a watch.


# %%
def train(model, batches):
    optimizer = optim.AdamW(model.parameters(), lr=0.1)
    for ids in batches:
        step(model, optimizer, ids[None])  # a batch of one bag


# %%
model = nn.Sequential(nn.EmbeddingBag(V, D), nn.Linear(D, 1))
twin = copy.deepcopy(model)
train(twin, more)

# %%
with rowlight.watch(model[0]) as trace:
    train(model, more)

# %% [markdown]
# The two end with the same numbers. `trace.report()` prints; `trace.lens()` shows the same step by step.

# %%
for one, other in zip(model.parameters(), twin.parameters(), strict=True):
    torch.testing.assert_close(one, other)

# %%
trace.lens(caption="AdamW, four batches: what did each step move?")

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
adam_four = moved(OPTIMIZERS["Adam"], more[:3])
Task.rows(
    "Adam, three batches: rows 1 and 2, then 3, then 1 and 5. Which rows does the third step move?",
    adam_four,
    V,
    "Rows 1 and 5 have a gradient. Rows 2 and 3 were read earlier and still coast. Rows 0 and 4 have never been read, and Adam without decay leaves them alone.",
    wrong={"1, 5": "Those have a gradient. Which rows still have momentum?"},
)

# %% tags=["remove-input"]
Task.numbers(
    "SGD with momentum 0.9. A row is read once and never again. How many times its first step is the total later distance, in a very long training run?",
    [0.9 / (1 - 0.9)],
    "0.9 + 0.81 + 0.729 and so on is 0.9 / (1 - 0.9).",
    wrong={"0.9": "That is the next step alone. The one after it is 0.81 long, and so on."},
)

# %% tags=["remove-input"]
Task.choice(
    "You fine-tune with AdamW and set the gradient of the old rows to zero before each step. What happens to the old rows?",
    "They shrink towards zero",
    "Weight decay acts on every row, whatever its gradient.",
    wrong={
        "Nothing": "The gradient is not the only thing that moves a row. AdamW decays weights by default.",
        "They become zero at once": "Decay takes a small part in each step.",
    },
)

# %% tags=["remove-input"]
Task.choice(
    "A table of ten million rows learns with `sparse=True`. Which optimizer keeps a memory for each row and moves only the rows of the batch?",
    "SparseAdam",
    "SparseAdam updates the memory and the weights of the rows in the gradient, and of no others.",
    wrong={
        "Adam": "Adam refuses sparse gradients.",
        "SGD with momentum": "It accepts them, but its buffer goes on moving rows that are absent.",
    },
)

# %% [markdown]
# ## Fine print
#
# - "Moves" means that at least one bit of the row changed. `watch` compares the table before and after each step; it predicts nothing.
# - A cause is what the optimizer's own state says: a buffer that is not zero, a weight decay that is not zero. For an optimizer that `watch` does not know, it says "unknown".
# - `Adam(weight_decay=...)` adds the decay to the gradient, so that it enters the running means as well. Adam divides the one mean by the root of the other, so in the first step each number of an unread row moves by almost a whole learning rate, even if the decay is as small as 0.001. `AdamW` keeps the two apart.
# - AdamW decays by default. Its `weight_decay` is not zero unless you say so.

# %%
assert optim.AdamW(fresh().parameters()).defaults["weight_decay"] > 0
assert optim.Adam(fresh().parameters()).defaults["weight_decay"] == 0

# %%
embedding = fresh()
before = embedding.weight.detach().clone()
adam = optim.Adam(embedding.parameters(), lr=0.1, weight_decay=0.001)
step(embedding, adam, batches[1])
torch.testing.assert_close((embedding.weight - before)[0].abs(), torch.full((D,), 0.1))

# %% [markdown]
# ## Sources
#
# - PyTorch documentation: [`torch.optim`](https://docs.pytorch.org/docs/stable/optim.html), [`SparseAdam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html).
# - I. Loshchilov, F. Hutter, *Decoupled Weight Decay Regularization*, 2019, for AdamW.
# - Questions that real people asked, answered here: [why a word moves with Adam in batches where it does not occur](https://github.com/pytorch/pytorch/issues/18404); [what `sparse=True` changes, and which optimizers it fits](https://github.com/pytorch/pytorch/issues/84537); [why clipping fails on sparse gradients](https://github.com/pytorch/tutorials/issues/2245); [why rows change although their gradient was set to zero](https://github.com/baichuan-inc/Baichuan2/issues/383).
#
# questions: Q40, Q48, Q50, Q52
