# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% tags=["remove-cell"]
from importlib.util import find_spec

assert find_spec("rowlight"), "Missing library. In the folder of this book, run once: pip install ."

# %% [markdown]
# # 6 Rows that must keep still
#
# A model has trained for a step, and now it shall learn new words. Rows 1 and 4 belong to old ones, and must not change any more. So before the second step their gradient is set to zero. Which rows does that step move?

# %% tags=["set-up"]
import torch
from torch import nn, optim

import rowlight


def watched(make):
    torch.manual_seed(0)
    embedding = nn.Embedding(6, 4)
    optimizer = make(embedding.parameters(), lr=0.1)
    with rowlight.watch(embedding, snapshots=True) as trace:
        for ids, keep in (([0, 1, 2, 4], []), ([1, 3, 4], [1, 4])):
            optimizer.zero_grad()
            embedding(torch.tensor(ids)).square().sum().backward()
            embedding.weight.grad[keep] = 0
            optimizer.step()
    return trace


rowlight.MoveQuiz({m: watched(getattr(optim, m)) for m in ("Adam", "AdamW", "SGD")}, step=1)

# %% [markdown]
# **After this chapter you can**
#
# - keep any rows of a table still, and know where a popular recipe fails,
# - say which optimizers work with sparse gradients, and what SparseAdam does differently,
# - clip gradients of which some are sparse,
# - say what two processes that train one table do to a row that only one of them reads,
# - ask your own training loop what it moves.
#
# **You need** chapter 5.

# %% tags=["set-up"]
import inspect
import subprocess
import sys
import tempfile

from torch.nn import functional as F

from rowlight.teaching import Goal, Task, expect_error, two_processes

V, D = 6, 4
# Adagrad warns until somebody has said whether to check sparse gradients. This is the default.
torch.sparse.check_sparse_tensor_invariants.disable()

# %% [markdown]
# ## A gradient of zero is not enough
#
# In the second step of the quiz rows 1 and 4 were read, and their gradient was zero. SGD left them alone. Adam moved them, because the first step had left them momentum. AdamW moved every row, because it decays as well. The recipe fails in silence. By how much? We try it for three steps, with a fresh optimizer and with one that has taken an ordinary step before. All rows are read in each step.

# %%
keep = [1, 4]
settings = {
    "SGD": (optim.SGD, {}),
    "SGD with momentum": (optim.SGD, {"momentum": 0.9}),
    "SGD with decay": (optim.SGD, {"weight_decay": 0.1}),
    "Adagrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adam": (optim.Adam, {}),
    "AdamW": (optim.AdamW, {}),
    "Muon": (optim.Muon, {}),
}


def fresh(**options):
    torch.manual_seed(0)
    return nn.Embedding(V, D, **options)


# %%
def backward(embedding):
    embedding.zero_grad()
    embedding(torch.arange(V)).square().sum().backward()


# %%
def ordinary(embedding, optimizer):
    backward(embedding)
    optimizer.step()


# %%
def zero_the_gradient(embedding, optimizer):
    backward(embedding)
    embedding.weight.grad[keep] = 0
    optimizer.step()


# %%
def change(recipe, name, ordinary_steps):
    """How much three steps under a recipe change a number of the kept rows at most."""
    make, options = settings[name]
    embedding = fresh()
    optimizer = make([embedding.weight], lr=0.1, **options)
    for _ in range(ordinary_steps):
        ordinary(embedding, optimizer)
    before = embedding.weight.detach().clone()
    for _ in range(3):
        recipe(embedding, optimizer)
    return (embedding.weight - before)[keep].abs().max().item()


# %% questions=["Q40"]
for name in settings:
    at_once, later = (change(zero_the_gradient, name, ordinary_steps=n) for n in (0, 1))
    print(f"{name:17} fresh: {at_once:.3f}, after an ordinary step: {later:.3f}")

# %% [markdown]
# Plain SGD, Adagrad and RMSprop keep the rows. SGD with momentum and Adam keep them if their gradient has been zero from the very first step. The other three have weight decay, and shrink the rows even then. So does each of the five if you give it `weight_decay`. Most of what AdamW and Muon change after an ordinary step is momentum.
#
# "From the very first step" is a hard condition. An optimizer whose state was loaded from a checkpoint is not fresh. But a memory fades. Here are the kept rows that move, after an ordinary step, in steps 100 and 300 of zero gradient:


# %%
def late_moves(name):
    make, options = settings[name]
    embedding = fresh()
    optimizer = make([embedding.weight], lr=0.1, **options)
    ordinary(embedding, optimizer)
    with rowlight.watch(embedding, rows=keep) as trace:
        for _ in range(300):
            zero_the_gradient(embedding, optimizer)
    return trace.steps[99].moved.tolist(), trace.steps[299].moved.tolist()


# %%
late = {name: late_moves(name) for name in ("SGD with momentum", "Adam", "AdamW")}
for name, rows in late.items():
    print(f"{name:17}", *rows)

# %% [markdown]
# In step 300 the push of SGD with momentum and of Adam has become too small to change the rows. AdamW goes on shrinking them.

# %% tags=["checked"]
# checked: three keep the rows, two from their first step on or after a long time, three never
for name in settings:
    at_once, later = (change(zero_the_gradient, name, ordinary_steps=n) for n in (0, 1))
    assert (at_once > 0.001) == (name in ("SGD with decay", "AdamW", "Muon"))
    assert (later > 0.001) == (name not in ("SGD", "Adagrad", "RMSprop"))
for name in ("SGD", "SGD with momentum", "Adagrad", "RMSprop", "Adam"):
    settings["decays"] = settings[name][0], {"weight_decay": 0.1, **settings[name][1]}
    assert change(zero_the_gradient, "decays", ordinary_steps=0) > 0.001
del settings["decays"]
assert late["SGD with momentum"] == late["Adam"] == (keep, [])
assert late["AdamW"] == (keep, keep)

# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "A table learns. Can you switch off the gradient of row 1 alone, with `embedding.weight[1].requires_grad_(False)`?",
    "No, PyTorch raises an error",
    "The switch belongs to the whole table.",
    wrong={
        "Yes, row 1 then gets no gradient": "Run the next cell.",
        "No, the line does nothing": "That would be worse. PyTorch tells you.",
        "Yes, but weight decay still moves it": "It does not come to that.",
    },
)

# %% [markdown]
# ### Run

# %%
with expect_error(RuntimeError):
    fresh().weight[1].requires_grad_(False)

# %% [markdown]
# The gradient can be switched off for a *leaf* alone, a tensor that no recorded operation has made. The table is a leaf. `weight[1]` is the result of an operation, the indexing, and PyTorch records it because the table learns.
#
# ## Put the rows back
#
# The first way that works lets the step happen, and puts the rows back after it. A hook on the optimizer does so after every step, whoever calls it. That helps when the loop belongs to somebody else.


# %%
def keep_still(optimizer, table, rows):
    kept = table.weight[rows].detach().clone()

    def put_back(*_):
        with torch.no_grad():
            table.weight[rows] = kept

    return optimizer.register_step_post_hook(put_back)


# %%
def with_hook(embedding, optimizer):
    handle = keep_still(optimizer, embedding, keep)
    ordinary(embedding, optimizer)
    handle.remove()


# %%
for name in settings:
    print(f"{name:17} {change(with_hook, name, ordinary_steps=1)}")

# %% [markdown]
# No bit of them changes, with any of the eight. But the optimizer does not know. Its memory still fills for these rows. A momentum pushes when you take the hook away; a mean or sum of squares changes how long the next steps are. Set the gradient to zero *and* put the rows back: then the momentum fades instead. Here Adam takes an ordinary step, then thirty with the hook, then one without it. In the last one the gradient of the rows is zero.


# %%
def released(recipe):
    embedding = fresh()
    optimizer = optim.Adam([embedding.weight], lr=0.1)
    ordinary(embedding, optimizer)
    handle = keep_still(optimizer, embedding, keep)
    for _ in range(30):
        recipe(embedding, optimizer)
    handle.remove()
    before = embedding.weight.detach().clone()
    zero_the_gradient(embedding, optimizer)
    return (embedding.weight - before)[keep].abs().max().item()


# %%
print(f"put back: {released(ordinary):.3f}")
print(f"put back, gradient set to zero: {released(zero_the_gradient):.3f}")

# %% [markdown]
# ## Two tables
#
# The second way takes the kept rows out of the optimizer's hands. They go into a table of their own, which does not learn, and the two are joined for the lookup. Which rows these are does not matter. Ids are names (chapter 2): if the rows stand in another order, we rename the ids. `place` says where each row has gone.


# %%
class Split(nn.Module):
    def __init__(self, table, keep):
        super().__init__()
        others = [row for row in range(len(table)) if row not in keep]
        # A module's buffer is saved and moved with it, and is no parameter.
        self.register_buffer("place", torch.tensor([*keep, *others]).argsort())
        self.register_buffer("kept", table[keep].clone())
        self.learning = nn.Parameter(table[others].clone())

    def forward(self, ids):
        return F.embedding(self.place[ids], torch.cat([self.kept, self.learning]))


# %%
split = Split(fresh().weight.detach(), keep)
print("place of each row:", split.place.tolist())
print("same vectors:", torch.equal(split(torch.arange(V)), fresh()(torch.arange(V))))

# %%
optimizer = optim.AdamW(split.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    split(torch.arange(V)).square().sum().backward()
    optimizer.step()

# %%
changed = (split(torch.arange(V)) != fresh().weight).any(dim=1)
print("rows that changed:", changed.nonzero().flatten().tolist())
print("AdamW's memory:", tuple(optimizer.state[split.learning]["exp_avg"].shape))

# %% [markdown]
# The optimizer never hears of the kept rows. It cannot move them, and keeps no memory for them. The price is a copy of the whole table in each lookup, and a gradient that is always dense: all rows that learn, with their zeros.
#
# | way | keeps the rows with | price |
# |---|---|---|
# | set the gradient to zero | plain SGD, Adagrad, RMSprop; SGD with momentum and Adam from their first step on; all without weight decay | fails in silence |
# | put the rows back | the eight above | the memory fills, unless the gradient is set to zero as well |
# | two tables | every optimizer that takes dense gradients | as written here, a copy of the table in each lookup |
#
# ## Sparse gradients
#
# With `sparse=True` the gradient lists the rows that were read, and only them (chapter 4). The table itself stays dense. Which optimizers can work with such a list? Ask them.


# %%
def with_sparse(make, **options):
    embedding = fresh(sparse=True)
    try:
        optimizer = make([embedding.weight], lr=0.1, **options)
        backward(embedding)
        optimizer.step()
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {str(error)[:52]}…"
    return "works"


# %% questions=["Q50"]
for name, (make, options) in (settings | {"SparseAdam": (optim.SparseAdam, {})}).items():
    print(f"{name:17} {with_sparse(make, **options)}")

# %% [markdown]
# The message for AdamW speaks of Adam: in PyTorch, AdamW is a kind of Adam. SGD with weight decay fails for another reason. It adds the whole table, times the decay, to the gradient, and PyTorch cannot add a dense tensor to a sparse one in that order.
#
# "Works" does not mean "moves only what was read". Two batches again, rows 1 and 2, then row 3:

# %%
for make, options in ((optim.SGD, {"momentum": 0.9}), (optim.SparseAdam, {})):
    embedding = fresh(sparse=True)
    optimizer = make([embedding.weight], lr=0.1, **options)
    with rowlight.watch(embedding) as trace:
        for ids in ([1, 2], [3]):
            optimizer.zero_grad()
            embedding(torch.tensor(ids)).sum().backward()
            optimizer.step()
    print(f"{make.__name__:10} moved", *(one.moved.tolist() for one in trace.steps))

# %% [markdown]
# SGD with momentum takes a sparse gradient and keeps a buffer all the same, so its absent rows coast. SparseAdam keeps a memory too, two dense tables of it. But it leaves a row and its memory alone until the row is read again.
#
# ### What SparseAdam does differently
#
# If every row is read in every step, SparseAdam and Adam do nearly the same, unless gradients are tiny. (They add the tiny number of chapter 5's fine print in different places. For a gradient of a ten-thousandth that makes their first steps 0.3 % different, for one of a millionth a quarter.) If a row is rare, they differ in two more ways. SparseAdam does not coast. And it does not forget. A row is read, after a hundred other steps it is read again, and its second gradient is the opposite of its first: 1, then -1. How far does the second read move it, in learning rates?


# %%
def second_read(make):
    embedding = fresh(sparse=make is optim.SparseAdam)
    optimizer = make([embedding.weight], lr=0.1)
    for row, sign in [(1, 1)] + [(3, 1)] * 100 + [(1, -1)]:
        before = embedding.weight[1, 0].item()
        optimizer.zero_grad()
        (sign * embedding(torch.tensor([row])).sum()).backward()
        optimizer.step()
    return (embedding.weight[1, 0].item() - before) / 0.1


# %%
print(f"Adam {second_read(optim.Adam):.2f}, SparseAdam {second_read(optim.SparseAdam):.2f}")

# %% [markdown]
# Adam follows the new gradient. In a hundred steps its mean of gradients has forgotten the old one. (Its mean of squares has not yet.) In SparseAdam nine tenths of the old one are still there, and the two all but cancel. Whether that is better depends on your data. What a rare row remembers may be long ago. But the steps are counted for the table, not for the row, as in Adam. So a row that is first read late takes the long first step of chapter 5.
#
# SparseAdam has no weight decay either. If you want some, shrink the rows of the batch by hand before the step. That shrinks a row once in each batch that reads it. AdamW would shrink it in every step.

# %% questions=["N22"]
embedding = fresh(sparse=True)
optimizer = optim.SparseAdam([embedding.weight], lr=0.1)
ids = torch.tensor([1, 3, 3])
with rowlight.watch(embedding) as trace:
    embedding(ids).sum().backward()
    embedding.weight.data[ids.unique()] *= 1 - 0.1 * 0.01  # learning rate times decay
    optimizer.step()
print("moved", trace.steps[0].moved.tolist())

# %% tags=["checked"]
# checked: SparseAdam keeps two dense tables; it agrees with Adam where every row is read
state = optimizer.state[embedding.weight]
assert state["exp_avg"].shape == state["exp_avg_sq"].shape == (V, D)
ends = []
for make in (optim.Adam, optim.SparseAdam):
    embedding = fresh(sparse=make is optim.SparseAdam)
    optimizer = make([embedding.weight], lr=0.1)
    for _ in range(5):
        ordinary(embedding, optimizer)
    ends.append(embedding.weight.detach())
torch.testing.assert_close(*ends, atol=1e-4, rtol=0)


# %% tags=["checked"]
# checked: with a tiny gradient, the first step of Adam is longer than that of SparseAdam
def first_step(make, gradient):
    embedding = nn.Embedding.from_pretrained(torch.zeros(1, 1), False, sparse=make is optim.SparseAdam)
    (gradient * embedding(torch.tensor([0])).sum()).backward()
    make([embedding.weight], lr=0.1).step()
    return -embedding.weight.item()


for gradient, least, most in ((1e-4, 0.002, 0.004), (1e-6, 0.2, 0.3)):
    share = 1 - first_step(optim.SparseAdam, gradient) / first_step(optim.Adam, gradient)
    assert least < share < most

# %% tags=["checked"]
# checked: with SparseAdam, too, a row that is first read late takes a long first step
embedding = fresh(sparse=True)
start, optimizer = embedding.weight[1, 0].item(), optim.SparseAdam([embedding.weight], lr=0.1)
for row in [3] * 1000 + [1]:
    optimizer.zero_grad()
    embedding(torch.tensor([row])).sum().backward()
    optimizer.step()
assert abs((start - embedding.weight[1, 0].item()) / 0.1 - 2.5) < 0.1

# %% [markdown]
# ### Clipping
#
# Clipping makes a gradient shorter if its *norm*, its length, is above a limit. `clip_grad_norm_` cannot do it with a sparse gradient.

# %%
table, head = fresh(sparse=True), nn.Linear(D, 1)
ids = torch.tensor([1, 2, 2])
head(table(ids)).square().sum().backward()

# %% questions=["Q52"]
with expect_error(NotImplementedError, first_sentence=True):
    nn.utils.clip_grad_norm_([*table.parameters(), *head.parameters()], max_norm=1.0)

# %% [markdown]
# The norm that it calls does not exist for sparse tensors. So take the norm of what the gradient lists. First `coalesce()`: row 2 was read twice and stands in the list twice, and the length of a sum is not the length of its parts. Then one norm over everything, the linear layer included, and one factor for everything.


# %%
def clip(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    for parameter in parameters:
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
    parts = [p.grad.values() if p.grad.is_sparse else p.grad for p in parameters]
    norm = nn.utils.get_total_norm(parts)
    for part in parts:
        part.mul_((max_norm / norm).clamp(max=1))
    return norm


# %%
parameters = [*table.parameters(), *head.parameters()]
print(f"norm before {clip(parameters, 1.0):.2f}, after {clip(parameters, 1.0):.2f}")

# %% tags=["checked"]
# checked: the same as clip_grad_norm_ on a dense twin of the model
torch.manual_seed(0)
twin_table, twin_head = nn.Embedding(V, D), nn.Linear(D, 1)
twin_table.load_state_dict(table.state_dict())
twin_head.load_state_dict(head.state_dict())
twin_head(twin_table(ids)).square().sum().backward()
nn.utils.clip_grad_norm_([*twin_table.parameters(), *twin_head.parameters()], max_norm=1.0)
torch.testing.assert_close(table.weight.grad.to_dense(), twin_table.weight.grad)
torch.testing.assert_close(head.weight.grad, twin_head.weight.grad)

# %% [markdown]
# ## Two processes, one table
#
# Large models are trained by several processes at once, each with a batch of its own. `DistributedDataParallel` gives all of them the same table at the start, and in each backward pass it averages their gradients, unless you tell it not to. If their optimizers are alike, and nothing else writes to the tables, they stay the same. Here process 0 reads rows 1 and 2, and process 1 reads rows 2 and 3. The loss is the sum, so a copy brings back a 1.
#
# ### Predict

# %% tags=["task"]
Task.numbers(
    "After the average, what does each column of the gradient hold in process 0, for rows 1, 2 and 3?",
    [0.5, 1, 0.5],
    "The average is taken over processes, read or not. Row 1 has a 1 from process 0 and nothing from process 1: that is a half. Row 2 has a 1 from both.",
    wrong={
        "1, 1, 0": "That is what process 0 has before the average.",
        "1, 2, 1": "That is the sum. It is divided by the number of processes.",
        "1, 1, 1": "That would be an average over those who read the row. It is taken over all processes.",
    },
)

# %% [markdown]
# ### Run
#
# We start two new Python processes. They do not know the functions of this notebook, so theirs lives in a file:

# %%
print(inspect.getsource(two_processes))

# %% [markdown]
# The two find each other through a file, and talk over the loop-back device, which does not leave the machine. `gloo` is the library that carries their messages. It can carry sparse gradients.


# %%
def start(rank, store):
    command = [sys.executable, "-m", two_processes.__name__, store, str(rank)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


# %%
with tempfile.TemporaryDirectory() as folder:
    both = [start(rank, f"{folder}/store") for rank in (0, 1)]
    said = [process.communicate()[0] for process in both]
print(*said, sep="", end="")

# %% [markdown]
# Process 0 has a gradient for row 3, which it never read, and moves it. A row that one process reads gets half of what it would have got alone. That is right if the loss of each process is a mean over its own batch, and the batches are equally large: the mean of two means is then the mean over both batches. Here, with sums, it is half of what one process would get for the two batches together. And the average of two sparse gradients is sparse: it lists the three rows that were read.

# %% tags=["checked"]
# checked: both processes ended well, with the same rows moved and equal tables
assert [process.returncode for process in both] == [0, 0]
for rank, read in enumerate(two_processes.BATCHES):
    assert said[rank].startswith(f"process {rank} read {read}\n")
    assert "gradient {1: 0.5, 2: 1.0, 3: 0.5}, moved [1, 2, 3]" in said[rank]
    assert "same table as the other process: True" in said[rank]

# %% [markdown]
# ## Why it works: who may write to a row
#
# All of this chapter follows from one question: who writes to the row, and when? A lookup does not. (With the option `max_norm` it does, and a later chapter is about that.) The backward pass writes to the gradient, not to the table, unless a hook takes the step inside it (chapter 4). Beside your own code, what writes in training is the step of an optimizer that holds the table. It writes to the rows that its update touches: with a dense gradient to all of them, even if it adds a zero, and with a sparse one to those on the list, if the optimizer keeps to the list. To keep a row still, undo what was written, or keep the row out of what the optimizer holds.
#
# ## Your own loop
#
# `watch` takes the `nn.Embedding` or `nn.EmbeddingBag` of any model, and leaves your training code as it is. Here a bag of words (a layer that looks up several rows and hands back their mean) is watched inside a model, and a twin of the model is trained without a watch.


# %%
def train(model, batches):
    optimizer = optim.AdamW(model.parameters(), lr=0.1)
    for ids in batches:
        optimizer.zero_grad()
        model(torch.tensor([ids])).square().sum().backward()
        optimizer.step()


# %%
def new_model():
    torch.manual_seed(0)
    return nn.Sequential(nn.EmbeddingBag(V, D), nn.Linear(D, 1))


# %%
batches = [[1, 2], [3], [1, 5], [0]]
model, twin = new_model(), new_model()
train(twin, batches)
with rowlight.watch(model[0], snapshots=True) as trace:
    train(model, batches)
pairs = zip(model.parameters(), twin.parameters(), strict=True)
print("both end with the same numbers:", all(torch.equal(one, other) for one, other in pairs))

# %% [markdown]
# `trace.report()` prints the steps, numbered as in `trace.steps`, from 0. It answers what a histogram of the gradient cannot: which rows had one, which moved, and why. With `snapshots=True` the trace also keeps the numbers, so you can see how far a row moved.

# %% questions=["N39"]
trace.report()

# %%
trace.lens(caption="AdamW, four batches: what did each step do to the rows?")

# %% [markdown]
# With `rows=` it follows chosen rows, and needs less room.

# %%
with rowlight.watch(model[0], rows=[1, 4], snapshots=True) as trace:
    train(model, batches)
moved = (trace.after(3) - trace.start).norm(dim=1)
print(f"row 1 moved by {moved[0]:.2f}, row 4 by {moved[1]:.2f}")

# %% [markdown]
# ## Try it

# %% tags=["task"]
first = [[0, 1, 2], [None, None, None]]
Task.ids(
    "Sentence 1 is what process 0 reads, sentence 2 is what process 1 reads. A copy brings back a 1, and the average leaves half of it. Change sentence 2 so that row 2 ends with a gradient of 2, and row 1 with 0.5.",
    [[0, 1, 2], [2, 2, 2]],
    V,
    "Row 2 has a 1 from process 0 and a 3 from process 1, and half of 4 is 2. Row 1 has half of the 1 from process 0.",
    {
        Goal(ids=first, gradient={2: 1}): "Process 1 reads row 2 once: (1 + 1) / 2 is 1.",
        Goal(ids=first, gradient={2: 1.5}): "Process 1 reads row 2 twice: (1 + 2) / 2 is 1.5.",
        Goal(ids=first, gradient={1: 1}): "Process 1 reads row 1 too: (1 + 1) / 2 is 1.",
    },
    start=[[0, 1, 2], [3, 4, 5]],
    goal=Goal(ids=first, gradient={2: 2, 1: 0.5}),
    grad_output=torch.full((2, 3), 0.5),
)

# %% tags=["task"]
Task.choice(
    "You fine-tune with a fresh AdamW, and set the gradient of the old rows to zero before each step. What happens to the old rows?",
    "They shrink towards zero",
    "The memory of these rows stays empty, so momentum does nothing. Weight decay acts on every row, whatever its gradient.",
    wrong={
        "Nothing": "The gradient is not the only thing that moves a row. AdamW decays weights by default.",
        "They coast for a while and stop": "Their gradient was zero from the first step on. There is nothing to coast on.",
        "They become zero at once": "Decay takes a small part in each step.",
    },
)

# %% tags=["task"]
Task.rows(
    "Adam has trained for an hour, with rows 0 to 3 in each batch. Now you put rows 2 and 3 back after each step, and the batch reads rows 3 and 4. Which rows are different after the step?",
    [0, 1, 4],
    V,
    "Row 4 has a gradient. Rows 0 and 1 coast. Rows 2 and 3 moved, and were put back. Row 5 was never read.",
    wrong={
        "4": "Rows 0 and 1 were read before. What does Adam do with them?",
        "0, 1, 3, 4": "Row 3 has a gradient and momentum. It is put back all the same.",
        "0, 1, 2, 3, 4": "Rows 2 and 3 are put back.",
    },
)

# %% tags=["task"]
Task.choice(
    "A table of ten million rows learns with `sparse=True`. Which optimizer keeps running means for each row and moves only the rows of the batch?",
    "SparseAdam",
    "SparseAdam updates the memory and the weights of the rows in the gradient, and of no others.",
    wrong={
        "Adam": "Adam refuses sparse gradients.",
        "SGD with momentum": "It accepts them, but its buffer goes on moving rows that are absent.",
        "SGD": "It moves only these rows, but keeps no running means.",
    },
)

# %% tags=["task"]
Task.numbers(
    "A sparse gradient lists row 2 twice, each time with the vector (3, 4). Nothing else is in it. What is its norm?",
    [(2 * torch.tensor([3.0, 4.0])).norm()],
    "The two add up to (6, 8), and the length of that is 10.",
    wrong={
        "5": "That is the length of one of them.",
        "7.07": "That is what you get without `coalesce()`: the root of 25 + 25.",
    },
)

# %% [markdown]
# ## Fine print
#
# - The gradient of rows that are put back is still computed. It counts when gradients are clipped, and Muon mixes it into the steps of the other rows (chapter 5). `max_norm` writes to a row in the lookup, before anything puts it back.
# - A hook on the gradient, `weight.register_hook(lambda grad: grad * mask)`, is the recipe of setting it to zero in another form, with the same limits.
# - `get_total_norm` came with PyTorch 2.6. Before that, take `torch.stack([part.norm() for part in parts]).norm()`.
# - We ran the two processes on one Linux machine without GPUs. We have not run `nccl`, which carries messages between GPUs.
# - `watch` keeps a copy of the rows that it follows. `rows=` makes it small.

# %% tags=["checked"]
# checked: a hook that masks the gradient has the limits of setting it to zero
masked = fresh()
mask = torch.ones(V, 1)
mask[keep] = 0
masked.weight.register_hook(lambda gradient: gradient * mask)
optimizer = optim.AdamW([masked.weight], lr=0.1)
ordinary(masked, optimizer)
assert masked.weight.grad[keep].abs().max() == 0
assert (masked.weight != fresh().weight)[keep].any(dim=1).all()

# %% [markdown]
# ## Questions answered here
#
# - [I zero the gradient of the old rows before every step, yet their weights still change; why?](https://github.com/baichuan-inc/Baichuan2/issues/383)
# - [What does sparse=True change and which optimizers can I use with it?](https://github.com/pytorch/pytorch/issues/84537)
# - [Is there an AdamW for sparse embedding gradients?](https://github.com/meta-pytorch/torchrec/issues/2821)
# - [Why does clip_grad_norm_ fail when the embedding uses sparse gradients?](https://github.com/pytorch/tutorials/issues/2245)
# - [wandb.watch shows me a histogram of the embedding's gradient. How do I see which rows it belongs to, and how far they moved?](https://github.com/wandb/wandb/issues/5218)
#
# ## Sources
#
# - PyTorch documentation: [`SparseAdam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html), [`register_step_post_hook`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_post_hook.html), [`DistributedDataParallel`](https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html), [`get_total_norm`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html).
