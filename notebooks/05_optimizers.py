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
# # 5 Optimizers have memory
#
# As long as a table is used for lookups alone, a row that no id reads has a gradient of zero. So a step should leave it where it is. Here the first batch reads rows 1 and 2, and the second reads row 3 and nothing else. Which rows does the second step move?

# %% tags=["set-up"]
import torch
from torch import nn, optim

import rowlight


def watched(make, batches=([1, 2], [3]), **settings):
    torch.manual_seed(0)  # the same table each time
    embedding = nn.Embedding(6, 4, sparse=make is optim.SparseAdam)
    optimizer = make([embedding.weight], lr=0.1, **settings)
    with rowlight.watch(embedding, snapshots=True) as trace:
        for ids in batches:
            optimizer.zero_grad()
            embedding(torch.tensor(ids)).square().sum().backward()
            optimizer.step()
    return trace


rowlight.MoveQuiz({"Adam": watched(optim.Adam), "SGD": watched(optim.SGD)}, step=1)

# %% [markdown]
# **After this chapter you can**
#
# - predict which rows a step moves, for eight settings of six optimizers,
# - say how far a row goes on after its last use, and whether that hurts,
# - keep a table from being shrunk by weight decay,
# - recognise a step that bfloat16 rounds away.
#
# **You need** chapter 4, and to have used an optimizer.

# %% tags=["set-up"]
from rowlight.teaching import Task, curves_figure

V, D = 6, 4
batches = [[1, 2], [3]]

# %% [markdown]
# ## Two batches
#
# Plain SGD subtracts the gradient, times the *learning rate*, and keeps nothing. In the second step it moves row 3 alone. Adam moves rows 1 and 2 as well, although this batch has not read them.
#
# Here is the training of the quiz. A table of six rows is drawn, the loss is the sum of squares of what was read, and the learning rate is 0.1. `rowlight.watch` looks over the shoulder of the loop. For each step of the optimizer it notes which rows were read, which had a gradient, and which really moved.


# %%
def fresh(**options):
    torch.manual_seed(0)
    return nn.Embedding(V, D, **options)


# %%
def take_step(embedding, optimizer, ids):
    optimizer.zero_grad()
    embedding(torch.tensor(ids)).square().sum().backward()
    optimizer.step()


# %%
embedding = fresh()
optimizer = optim.Adam(embedding.parameters(), lr=0.1)
with rowlight.watch(embedding) as trace:
    for ids in batches:
        take_step(embedding, optimizer, ids)


# %%
def tell(trace):
    for number, one in enumerate(trace.steps, start=1):
        rows = {name: getattr(one, name).tolist() for name in ("read", "gradient", "moved")}
        print(f"step {number}:", *(f"{name} {rows[name]}" for name in rows), one.why or "")


# %% questions=["Q48"]
tell(trace)

# %% [markdown]
# In step 2 rows 1 and 2 moved with a gradient of zero, and the reason stands beside them: *momentum*. That is the field's word for a memory of past gradients that goes on pushing. (Python counts from 0, so step 2 is `trace.steps[1]`.)
#
# ### Predict

# %% tags=["task"]
Task.rows(
    "Adam, three batches: the first reads rows 1 and 2, the second reads row 3, the third reads rows 1 and 5. Which rows does the third step move?",
    watched(optim.Adam, [[1, 2], [3], [1, 5]]).steps[2].moved,
    V,
    "Rows 1 and 5 have a gradient. Rows 2 and 3 were read earlier and still have momentum. Rows 0 and 4 have never been read, and Adam without decay leaves them alone.",
    wrong={
        "1, 5": "Those have a gradient. Which rows still have momentum?",
        "1, 2, 5": "Row 3 was read in the second step.",
        "1, 3, 5": "Row 2 was read in the first step. Its memory fades slowly.",
        "0, 1, 2, 3, 4, 5": "Rows 0 and 4 have never had a gradient, so there is nothing to remember.",
    },
)

# %% [markdown]
# ## Eight settings
#
# Optimizers differ in what they remember, and in *weight decay*. In plain SGD and AdamW, decay pulls each weight a little towards zero in each step, and AdamW has it unless told otherwise. (In Adam it does something else, as you will see.) Here is the decay of each setting, and what it keeps for every number of the table, as PyTorch names it. `SparseAdam` works on sparse gradients, which chapter 6 is about.

# %%
SETTINGS = {
    "SGD": (optim.SGD, {}),
    "SGD with momentum": (optim.SGD, {"momentum": 0.9}),
    "SGD with decay": (optim.SGD, {"weight_decay": 0.1}),
    "Adagrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adam": (optim.Adam, {}),
    "AdamW": (optim.AdamW, {}),
    "SparseAdam": (optim.SparseAdam, {}),
}


# %%
def memory_of(optimizer):
    """The names of what it keeps for each number of its table."""
    [table] = optimizer.param_groups[0]["params"]
    kept = optimizer.state[table].items()
    return [name for name, value in kept if getattr(value, "shape", None) == table.shape]


# %%
for name, (make, settings) in SETTINGS.items():
    embedding = fresh(sparse=make is optim.SparseAdam)
    optimizer = make([embedding.weight], lr=0.1, **settings)
    take_step(embedding, optimizer, [1, 2])
    decay = optimizer.defaults.get("weight_decay", "none")
    print(f"{name:18} weight decay {decay!s:5} keeps", *memory_of(optimizer) or ["nothing"])

# %% [markdown]
# `momentum_buffer` and `exp_avg` hold past gradients. `sum`, `square_avg` and `exp_avg_sq` hold squares of past gradients. Now the two batches, with each setting: which rows moved in step 1, and which in step 2?

# %%
traces = {name: watched(make, **more) for name, (make, more) in SETTINGS.items()}
for name, trace in traces.items():
    print(f"{name:18}", *(one.moved.tolist() for one in trace.steps))

# %% [markdown]
# Three groups come out.
#
# - SGD, Adagrad, RMSprop and SparseAdam moved the rows that had a gradient, and no others.
# - SGD with momentum and Adam also moved rows that had one in an earlier step.
# - SGD with decay and AdamW moved every row from the first step on, row 0 included, which nobody ever read.
#
# Adagrad and RMSprop have a memory too, of squares. They divide the new gradient by the root of it, and a tiny number keeps this divisor above zero. So a gradient of zero makes no step, and this memory moves no row on its own.

# %% tags=["checked"]
# checked: the three groups are these, and RMSprop has no momentum unless asked
for name in ("SGD", "Adagrad", "RMSprop", "SparseAdam"):
    assert [one.moved.tolist() for one in traces[name].steps] == [[1, 2], [3]]
for name in ("SGD with momentum", "Adam"):
    assert [one.moved.tolist() for one in traces[name].steps] == [[1, 2], [1, 2, 3]]
for name in ("SGD with decay", "AdamW"):
    assert all(len(one.moved) == V for one in traces[name].steps)
assert optim.RMSprop(fresh().parameters()).defaults["momentum"] == 0

# %% [markdown]
# "Had a gradient" is not the same as "was read". Chapter 4 began with a row that was read twice, and its two gradients cancelled out. Here row 1 gets a gradient in step 1, and in step 2 one that cancels out:


# %%
def cancel(optimizer, embedding):
    for signs in (torch.tensor([1.0, 1, 1]), torch.tensor([1.0, -1, 1])):
        optimizer.zero_grad()
        output = embedding(torch.tensor([1, 1, 2]))
        (signs @ output).sum().backward()
        optimizer.step()


# %%
for make in (optim.SGD, optim.SparseAdam):
    embedding = fresh(sparse=make is optim.SparseAdam)
    with rowlight.watch(embedding) as trace:
        cancel(make([*embedding.parameters()], lr=0.1), embedding)
    print(f"{make.__name__:10} step 2 moved", trace.steps[1].moved.tolist())

# %% [markdown]
# SGD leaves row 1 where it is. For SparseAdam the sparse gradient lists row 1, with zeros, and its memory of step 1 moves it.

# %% [markdown]
# Four batches now: they read rows 1 and 2, then 3, then 1 and 5, then 0. Row 4 is never read. Choose a setting, and mark before each step the rows that will move.

# %%
four = [[1, 2], [3], [1, 5], [0]]
longer = {name: watched(make, four, **more) for name, (make, more) in SETTINGS.items()}
rowlight.MoveQuiz(longer, caption="Eight settings, four batches: which rows will move?")

# %% [markdown]
# ## Why it works
#
# What an optimizer keeps from step to step is its *state*. SGD with momentum keeps a second table beside yours, its *buffer*. With `momentum=0.9`, each step shrinks the buffer by a tenth, adds the new gradient, and then subtracts the buffer, times the learning rate, from the table. For a row that was read once, the buffer is not empty in the next step, nor in the one after. The row coasts, as a bicycle does when you stop pedalling. Here are the lengths of the buffer's rows after the two batches:

# %%
embedding = fresh()
optimizer = optim.SGD(embedding.parameters(), lr=0.1, momentum=0.9)
for ids in batches:
    take_step(embedding, optimizer, ids)

# %%
buffer = optimizer.state[embedding.weight]["momentum_buffer"]
print(buffer.norm(dim=1))

# %% [markdown]
# Rows 1 and 2 are in the buffer, and row 3 too. Rows 0, 4 and 5 have never had a gradient.
#
# Adam keeps two *running means* for each number, one of past gradients and one of their squares. It subtracts the first, divided by the root of the second, times the learning rate. The mean of gradients plays the part of the buffer.
#
# ### How far does it coast?
#
# A row is read once, and then a hundred steps follow that read another row. The loss is the plain sum, so that the one gradient is 1 for every optimizer. We follow one number of the row, and measure in *learning rates*: 1 means 0.1 here.


# %%
def sum_step(embedding, optimizer, row):
    optimizer.zero_grad()
    embedding(torch.tensor([row])).sum().backward()
    optimizer.step()


# %%
def distances(make, rows, **settings):
    """How far the first number of row 1 moves in each of the steps that read these rows."""
    embedding = fresh()
    optimizer = make([embedding.weight], lr=0.1, **settings)
    places = [embedding.weight[1, 0].item()]
    for row in rows:
        sum_step(embedding, optimizer, row)
        places.append(embedding.weight[1, 0].item())
    return torch.tensor(places, dtype=torch.float64).diff().abs() / 0.1


# %%
once = [1] + [3] * 100
far = {
    "SGD": distances(optim.SGD, once),
    "SGD with momentum": distances(optim.SGD, once, momentum=0.9),
    "RMSprop": distances(optim.RMSprop, once),
    "Adagrad": distances(optim.Adagrad, once),
    "Adam, in step 1": distances(optim.Adam, once),
    "Adam, in step 1,001": distances(optim.Adam, [3] * 1000 + once)[1000:],
}

# %%
for name, steps in far.items():
    first, later = steps[0], steps[1:].sum()
    print(f"{name:20} first {first:4.1f}  next 100 {later:4.1f}  times {later / first:.1f}")

# %%
gone = {name: steps.cumsum(dim=0)[:40:3].tolist() for name, steps in far.items()}
del gone["Adagrad"]  # the same as SGD
ends = ", ".join(f"{name}: {path[-1]:.1f}" for name, path in gone.items())
says = f"How far a number has gone, in learning rates, 40 steps from its only read. {ends}."
curves = {name: (range(1, 41, 3), path) for name, path in gone.items()}
curves_figure(curves, says, title="distance, in learning rates", xlabel="steps, from the read")

# %% [markdown]
# Take the lines one by one. **SGD** takes its step, and no more.
#
# **SGD with momentum** coasts for nine first steps: 0.9 + 0.81 + 0.729 and so on is 0.9 / (1 - 0.9). Ten times the first step in all, and nine tenths of it while nobody reads the row.
#
# **RMSprop** takes a first step of ten learning rates, and none after it. Its mean of squares starts at zero, and takes in a hundredth of each new square. After one gradient of 1 the mean is 0.01, its root is 0.1, and 1 / 0.1 is 10. So it is for every row in the step that brings its first gradient, however late.
#
# **Adagrad** adds up the squares. After one gradient of 1 the sum is 1, and so is the step.
#
# **Adam** is the odd one. A row that was read in step 1 took a first step of 1 learning rate and coasted for 5 of them. A row that was read in step 1,001 took a first step of 2.5, and coasted for 9 times that. The optimizer, its settings and the gradient were the same.

# %% tags=["checked"]
# checked: momentum coasts for nine first steps, SGD, RMSprop and Adagrad for none
later = {name: (steps[1:].sum() / steps[0]).item() for name, steps in far.items()}
assert abs(later["SGD with momentum"] - 0.9 / (1 - 0.9)) < 0.01
assert later["SGD"] == later["RMSprop"] == later["Adagrad"] == 0
assert abs(far["RMSprop"][0] - 1 / (1 - 0.99) ** 0.5) < 0.01
assert abs(later["Adam, in step 1"] - 5) < 0.1
assert abs(later["Adam, in step 1,001"] - 9) < 0.1

# %% [markdown]
# ### Adam's first step is a slope
#
# The two means of Adam are averages over all steps of the table so far, recent ones counting more. (At the start they are corrected, so that this is true from step 1 on.) A step in which a row was not read counts, with a gradient of zero. So the later a row is read for the first time, the more zeros it brings along.
#
# With the default settings, the mean of gradients looks back about ten steps, and the mean of squares about a thousand. A row that is first read in step 101, with a gradient of 1, has a mean of gradients of about 1/10, and a mean of squares of about 1/100, whose root is 1/10 too. Its first step is about 1. In step 1,001 the mean of gradients is still 1/10. But the mean of squares is smaller, since its 1 is one among many more zeros. A smaller divisor makes a longer step.
#
# We let row 1 wait for its first read, for 0 to 3,000 steps:


# %%
def means(t):
    """Adam's mean, and the root of its mean of squares: the only gradient is a 1 in step t."""
    return (1 - 0.9) / (1 - 0.9**t), ((1 - 0.999) / (1 - 0.999**t)) ** 0.5


# %%
waits = (1, 11, 101, 1001, 3001)
measured = {t: distances(optim.Adam, [3] * (t - 1) + [1])[-1].item() for t in waits}

# %%
for t, step in measured.items():
    mean, root = means(t)
    print(f"step {t:5,}:  {mean:.3f} / {root:.3f} = {mean / root:.2f}, measured {step:.2f}")

# %%
steps = [round(10 ** (k / 6)) for k in range(27)]  # from 1 to about 20,000
slope = [means(t)[0] / means(t)[1] for t in steps]
dots = ", ".join(f"{t:,}: {step:.2f}" for t, step in measured.items())
says = "Adam's first step of a row, in learning rates, against the step in which it is read. "
says += f"Measured, as dots: {dots}. The formula, as a line, ends at {slope[-1]:.2f}."

# %%
curves_figure(
    {"formula": (steps, slope)},
    says,
    title="Adam's first step, in learning rates",
    xlabel="read in step",
    log="x",
    dots=(waits, list(measured.values())),
)

# %% [markdown]
# It falls to a half, and then climbs to the root of ten, which is 3.16. The 2.5 of step 1,001 is a point on this slope. Adam counts the steps of the table, not those of the row. A word that first turns up after 3,000 steps takes a first step about three times as long as the learning rate says, unless its gradient is tiny (see the fine print).
#
# The same averages say how far it coasts. If the row was read late, its mean of gradients fades by a tenth in each later step, its mean of squares hardly changes, and the distances add up to about nine first steps, as with momentum. If it was read in step 1, the means of step 1 were made of a single number, and after k more steps its 1 is one among k + 1. So both means fall faster at first, that of gradients more than the root of the other, and the distances add up to five first steps.

# %% tags=["checked"]
# checked: the formula gives each measured first step, and each step of the coasting: k steps after
# the read, the means are those of a 1 that arrives in step k + 1, times what fading leaves of it
for t, step in measured.items():
    assert abs(step - means(t)[0] / means(t)[1]) < 0.01
assert abs(means(10**6)[0] / means(10**6)[1] - 10**0.5) < 0.001
# Gradients of a millionth act as those of 1 do beside an eps that is a million times as large.
assert abs(distances(optim.Adam, [3] * 1000 + [1], eps=0.01)[-1] - 2.0) < 0.05
quotients = [means(k + 1)[0] / means(k + 1)[1] * (0.9 / 0.999**0.5) ** k for k in range(101)]
assert (torch.tensor(quotients) - far["Adam, in step 1"]).abs().max() < 0.001

# %% [markdown]
# ## Does coasting hurt?
#
# It depends on the task, and on the learning rate. Here are three items, each with one number in a table. Item 0 is rated in every step, item 1 in one step of 100, and both deserve a 1: their loss is the squared distance from 1. Item 2 is only liked, also in one step of 100, and nobody dislikes it: the larger its number, the smaller its loss. All numbers start at 0, and Adam runs for 2,000 steps, so that items 1 and 2 are read 20 times.
#
# For comparison there is a loop without coasting: after each step it puts the rows back that the step did not read. (Their means fade all the same.)


# %%
def loss_of(vectors):
    rated, liked = vectors[:2], vectors[2:]
    return (rated - 1).square().sum() + nn.functional.softplus(-liked).sum()


# %%
def places(make, lr, coasts=True, steps=2000, **settings):
    """The three numbers of the table after each step, tensor (steps, 3)."""
    table = nn.Embedding.from_pretrained(torch.zeros(3, 1), freeze=False)
    optimizer, path = make(table.parameters(), lr=lr, **settings), []
    for t in range(steps):
        ids = [0, 1, 2] if t % 100 == 0 else [0]
        before = table.weight.detach().clone()
        optimizer.zero_grad()
        loss_of(table(torch.tensor(ids))).backward()
        optimizer.step()
        if not coasts and ids == [0]:
            table.weight.data[1:] = before[1:]
        path.append(table.weight.detach().flatten().clone())
    return torch.stack(path)


# %%
both = (True, False)
paths = {(lr, coasts): places(optim.Adam, lr, coasts) for lr in (0.1, 0.01) for coasts in both}


# %%
def off(path):
    """How far the rated items are from 1, on average before the last five reads of item 1."""
    return (path[-501:-1:100, :2] - 1).abs().mean(dim=0).tolist()


# %%
for (lr, coasts), path in paths.items():
    often, rarely = off(path)
    print(f"lr {lr:4}, {'coasting' if coasts else 'not coasting':12}", end="  ")
    print(f"often: {often:.2f} off, rarely: {rarely:.2f} off, liked: {path[-1, 2]:.2f}")

# %% [markdown]
# For the liked item we print the number that was reached. It gains from coasting with either rate: each push is in the right direction, and coasting carries it further. The item that is rated often arrives in every case.
#
# For the rarely rated item it depends on the rate. With 0.1, coasting throws it about, and it does not settle; without coasting, it has all but arrived. With 0.01 it is the other way round: coasting, it has all but arrived, and without, it has come less than a quarter of the way.

# %%
at = range(49, 2000, 50)
coasting, still = (paths[0.1, coasts][at, 1].tolist() for coasts in (True, False))
says = "The number of the rarely rated item, which should be 1; Adam, learning rate 0.1. "
says += f"Coasting, it swings between {min(coasting[-20:]):.1f} and {max(coasting[-20:]):.1f} "
says += f"in the last thousand steps; without coasting it ends at {still[-1]:.2f}."

# %%
curves_figure(
    {"coasting": (at, coasting), "not coasting": (at, still)},
    says,
    title="the number of the rarely rated item",
    xlabel="step",
)

# %% [markdown]
# What hurts is a push that is too long for the distance that is left. Coasting takes most of it while no batch can object. SGD with momentum, run for 1,000 steps, shows how the rate decides:

# %%
momentum = {}
for lr in (0.02, 0.05, 0.1):
    for coasts in both:
        momentum[lr, coasts] = off(places(optim.SGD, lr, coasts, 1000, momentum=0.9))[1]
    print(f"lr {lr:4}  rarely, coasting: {momentum[lr, True]:.2f} off", end=", ")
    print(f"not coasting: {momentum[lr, False]:.2f} off")

# %% [markdown]
# The gradient is twice the distance to the goal, and a push with its coasting is ten learning rates times that. With 0.05 this is the distance itself, and the item lands on its goal. With 0.02 it falls short by less and less. With 0.1 it is twice the distance, and the item jumps from one side of its goal to the other, and comes hardly nearer from read to read.
#
# So try several learning rates for a table with rare rows, and measure the rare rows by themselves. Chapter 6 tries SparseAdam, which does not coast.

# %% tags=["checked"]
# checked: with 0.1 coasting hurts the rare item, with less it helps; the frequent item never minds
adam = {key: off(path) for key, path in paths.items()}
assert adam[0.1, True][1] > 0.4
assert adam[0.1, False][1] < 0.1
assert adam[0.01, True][1] < 0.2
assert adam[0.01, False][1] > 0.75
assert max(often for often, _ in adam.values()) < 0.01
assert abs(momentum[0.1, True] - 1) < 0.01
assert momentum[0.1, False] < 0.3
for lr in (0.02, 0.05):
    assert momentum[lr, True] < 0.1
    assert momentum[lr, False] > 0.25
for lr in (0.1, 0.01):
    assert paths[lr, True][-1, 2] > 2 * paths[lr, False][-1, 2]

# %% [markdown]
# ## Decay: all rows shrink
#
# Weight decay does not ask whether a row was read. AdamW multiplies the whole table by one minus the product of learning rate and decay, in each step in which the table has a gradient. In a hundred steps with learning rate 0.1 and decay 0.1, that is 0.99 to the power of 100.

# %%
embedding = fresh()
optimizer = optim.AdamW(embedding.parameters(), lr=0.1, weight_decay=0.1)
before = embedding.weight.detach().norm(dim=1)
for _ in range(100):
    take_step(embedding, optimizer, [3])

# %%
print(f"row 0, never read, keeps {embedding.weight[0].norm() / before[0]:.2f} of its length")
print(f"0.99 to the power of 100 is {0.99**100:.2f}")

# %% [markdown]
# That is the price of a rare word: it is read once in a while, and shrunk all the time. (A row of zeros stays, and so does a row whose decay is too small for its digits; see the last section.)
#
# ### Keep decay away from a table
#
# Optimizers take *parameter groups*, each with settings of its own. Put the table into a group without decay, and what shall decay into another. minGPT does so, for one.


# %%
def moved_rows(groups_of):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(V, D), nn.Linear(D, 1))
    optimizer = optim.AdamW(groups_of(*model), lr=0.1)
    with rowlight.watch(model[0]) as trace:
        model(torch.tensor([1, 3])).sum().backward()
        optimizer.step()
    return trace.steps[0].moved.tolist()


# %%
def one_group(table, linear):
    return [*table.parameters(), *linear.parameters()]


# %%
def two_groups(table, linear):
    return [
        {"params": table.parameters(), "weight_decay": 0.0},
        {"params": linear.parameters()},
    ]


# %% questions=["N20"]
print("one group, rows moved:", moved_rows(one_group))
print("two groups, rows moved:", moved_rows(two_groups))

# %% [markdown]
# The batch read rows 1 and 3. In two groups, they are the only ones that move in this first step. (In later steps, rows that were read before coast.)
#
# ### Decay, or a penalty in the loss?
#
# An older way to keep weights small adds a penalty to the loss: half of λ times the sum of their squares, called *L2*. Its gradient is λ times the weight. For plain SGD that is the same as decay: each weight shrinks by a share of itself. For Adam it is not. There the penalty's gradient enters both means. For an unread row nothing else does, so in the first step it is divided by its own size, and the quotient is 1 or -1, even with a small λ (as long as λ times the weight is not as tiny as in the fine print). `Adam(weight_decay=λ)` is this penalty; `AdamW(weight_decay=λ)` is decay. Watch row 0, which is never read, in one step with λ = 0.001:


# %%
def move_of_row_0(make, penalty=0.0, **settings):
    embedding = fresh()
    before = embedding.weight[0].detach().clone()
    optimizer = make([embedding.weight], lr=0.1, **settings)
    loss = embedding(torch.tensor([3])).square().sum()
    (loss + penalty / 2 * embedding.weight.square().sum()).backward()
    optimizer.step()
    return (embedding.weight[0] - before).detach()


# %%
small = {"weight_decay": 0.001}
print(f"the first number of row 0   {fresh().weight[0, 0]:.5f}")
print(f"SGD, decay: moves by        {move_of_row_0(optim.SGD, **small)[0]:.5f}")
print(f"SGD, penalty                {move_of_row_0(optim.SGD, penalty=0.001)[0]:.5f}")
print(f"AdamW, decay                {move_of_row_0(optim.AdamW, **small)[0]:.5f}")
print(f"Adam, decay                 {move_of_row_0(optim.Adam, **small)[0]:.5f}")
print(f"Adam, penalty               {move_of_row_0(optim.Adam, penalty=0.001)[0]:.5f}")

# %% [markdown]
# With Adam, this decay moves every number of row 0 by a whole learning rate. AdamW was invented to keep the two apart. It shrinks a number by 0.0001 of itself, as SGD does.

# %% tags=["checked"]
# checked: for SGD a penalty is decay; for Adam decay is a penalty, and moves by 0.1
close = torch.testing.assert_close
close(move_of_row_0(optim.SGD, **small), move_of_row_0(optim.SGD, penalty=0.001))
close(move_of_row_0(optim.Adam, **small), move_of_row_0(optim.Adam, penalty=0.001))
close(move_of_row_0(optim.Adam, **small).abs(), torch.full((D,), 0.1), atol=1e-3, rtol=0)
decayed = -0.0001 * fresh().weight[0].detach()
close(move_of_row_0(optim.AdamW, **small), decayed, atol=1e-6, rtol=0)
assert not move_of_row_0(optim.AdamW, weight_decay=1e-8).any()  # rounded away in float32

# %% [markdown]
# ### A penalty on the table, or on what was read?
#
# The two look alike in code, and are different models. A penalty on `embedding.weight` adds to the gradient of every row that is not zero, in each step. A penalty on the vectors that were looked up gives one to the rows of the batch, as often as they are read.

# %% questions=["N23"]
for on in ("the table", "what was read"):
    embedding = fresh()
    vectors = embedding(torch.tensor([1, 3]))
    weights = embedding.weight if on == "the table" else vectors
    (vectors.sum() + 0.001 * weights.square().sum()).backward()
    rows = embedding.weight.grad.any(dim=1).nonzero().flatten().tolist()
    print(f"on {on}: gradient in rows {rows}")

# %% [markdown]
# The first pulls at a rare row in all the steps in which its data say nothing. The second pulls at a row as often as it is read.
#
# ## Muon
#
# `torch.optim.Muon` takes any weight with two dimensions, and a table has two. Its documentation says that it is for hidden layers, and that embeddings should be trained by another optimizer, such as AdamW. What would it do to a table? Here are the two batches again, with its default decay and without:

# %%
for decay in (0.1, 0.0):
    steps = watched(optim.Muon, weight_decay=decay).steps
    print(f"weight decay {decay}: moved", *(one.moved.tolist() for one in steps))

# %% [markdown]
# With its default decay it moves every row in each step. Without, it moves those that SGD with momentum moved. And it does one more thing. It takes the buffer as a matrix, and makes the directions in it much more equally strong. We read row 1 ninety-nine times or once, and row 2 once, and print how far each row moves, in learning rates:

# %% questions=["N01"]
for make in (optim.SGD, optim.Adam, optim.Muon):
    for reads in (99, 1):
        trace = watched(make, [[1] * reads + [2]], weight_decay=0.0)
        lengths = (trace.after(0) - trace.start).norm(dim=1) / 0.1
        print(f"{make.__name__:4}  reads {reads:2} and 1", end=", ")
        print(f"row 1 moved by {lengths[1]:6.2f}, row 2 by {lengths[2]:.2f}")

# %% [markdown]
# SGD moves the frequent row much further. In its first step Adam moves each number by one learning rate, and the length of four such numbers is 2. With Muon neither row moves twice as far as the other either. But Adam treats each number by itself, and Muon treats the table as a whole: how far row 2 moves depends on the reads of row 1. So follow the documentation: tables to AdamW, in a group of their own, and the hidden layers to Muon.

# %% tags=["checked"]
# checked: SGD's two rows and directions differ fifty-fold, Muon's by less than half; only with Muon
# do the reads of row 1 change the step of row 2
for make, least, most in ((optim.SGD, 50, 1000), (optim.Adam, 0.9, 1.1), (optim.Muon, 0.5, 1.5)):
    traces = [watched(make, [[1] * reads + [2]], weight_decay=0.0) for reads in (99, 1)]
    often, once = (trace.after(0) - trace.start for trace in traces)
    assert least < often[1].norm() / often[2].norm() < most
    assert (abs(often[2].norm() / once[2].norm() - 1) > 0.2) == (make is optim.Muon)
    if make is not optim.Adam:
        strong, weak = torch.linalg.svdvals(often)[:2]
        assert least < strong / weak < most

# %% [markdown]
# ## A step that bfloat16 rounds away
#
# Chapter 4 showed a sum that stops growing in bfloat16. The same happens to weights. Here is a table of ones in bfloat16. A batch reads row 1, and the gradient is 1. Plain SGD takes a hundred steps with a learning rate of 0.001. In float32 the row ends at 0.9.
#
# ### Predict

# %% tags=["task"]
Task.choice(
    "Where does the row end in bfloat16?",
    "At 1: it does not move at all",
    "The numbers of bfloat16 next to 1 are 0.99609375 below and 1.0078125 above. 0.999 lies closer to 1, and is rounded to it. That happens a hundred times.",
    wrong={
        "At about 0.9, with fewer digits": "That would be so if the hundred steps were added up first. But the row is rounded after each step.",
        "At 0": "Nothing makes the steps longer than 0.001.",
        "At 0.99609375, one number further down": "It would get there if a single step were long enough to be rounded down to it. Half of the way, about 0.002, is needed.",
    },
)

# %% [markdown]
# ### See


# %%
def after_100_steps(dtype, make, lr):
    table = nn.Embedding.from_pretrained(torch.ones(2, 1, dtype=dtype), freeze=False)
    optimizer = make(table.parameters(), lr=lr)
    with rowlight.watch(table) as trace:
        for _ in range(100):
            optimizer.zero_grad()
            table(torch.tensor([1])).sum().backward()
            optimizer.step()
    moves = sum(len(one.moved) for one in trace.steps)
    return f"{table.weight[1].item():.3f} ({moves} moves)"


# %% questions=["N03"]
for lr in (0.0001, 0.001, 0.0019, 0.002, 0.005):
    ends = [after_100_steps(dtype, optim.SGD, lr) for dtype in (torch.float32, torch.bfloat16)]
    print(f"lr {lr:6}  float32 {ends[0]}  bfloat16 {ends[1]}")

# %% [markdown]
# Each of the hundred steps had a gradient. Up to 0.0019 none of them moved the row, and with 0.002 it moved each time, and nearly twice as far as it should. The numbers of bfloat16 lie 1/256 apart between 0.5 and 1, which is 0.0039, twice as far apart between 1 and 2, and so on. Each step ends at the nearest of them. Less than half of 0.0039 is rounded to nothing, 0.002 to a whole 0.0039. Adam is no help. Its step is about a learning rate here, and is rounded in the same way:

# %%
for lr in (0.001, 0.01):
    print(f"Adam, lr {lr}:", after_100_steps(torch.bfloat16, optim.Adam, lr))

# %% [markdown]
# So in bfloat16 a table can have a gradient, and an optimizer that steps, and stand still. `watch` tells: its steps have a `gradient` and nothing in `moved`. The usual remedy is a *master copy* of the table in float32. The optimizer moves the copy, and the table gets it rounded.

# %%
table = nn.Embedding.from_pretrained(torch.ones(2, 1, dtype=torch.bfloat16), freeze=False)
master = table.weight.detach().float()
optimizer = optim.SGD([master], lr=0.001)

# %%
for _ in range(100):
    table.zero_grad()
    table(torch.tensor([1])).sum().backward()
    master.grad = table.weight.grad.float()
    optimizer.step()
    table.weight.data.copy_(master)
print(f"master copy {master[1].item():.4f}, table {table.weight[1].item():.4f}")

# %% [markdown]
# Or keep the table in float32, as `torch.autocast` does.

# %% tags=["checked"]
# checked: 0.001 and 0.0019 move nothing in bfloat16, 0.002 moves each time; the copy comes to 0.9
bf16 = torch.bfloat16
for lr in (0.001, 0.0019):
    assert after_100_steps(bf16, optim.SGD, lr) == "1.000 (0 moves)"
assert after_100_steps(bf16, optim.SGD, 0.002).endswith("(100 moves)")
assert abs(master[1].item() - 0.9) < 1e-4
one = torch.tensor(1, dtype=bf16)
assert one - 0.001 == one > one - 0.002

# %% [markdown]
# ## Try it

# %% tags=["task"]
two = torch.tensor(2, dtype=torch.bfloat16)
half = (two - two.nextafter(torch.zeros_like(two))).item() / 2
still = max(n / 10_000 for n in range(1, 100) if two - n / 10_000 == two)
Task.between(
    "A row of twos in bfloat16, plain SGD, and a gradient of 1 in each step. What is the largest learning rate, with four decimals, at which the row stands still?",
    still,
    half,
    "Just below 2 the numbers of bfloat16 lie 1/128 apart. A step of up to half of that, 0.00390625, is rounded away.",
    {
        (0.0078, 0.0079): "That is the whole distance to the next number. A little more than half is enough.",
        (0.00395, 1): "There the row moves: the step is longer than half the distance to the next number.",
        (0.0019, 0.00196): "That is the answer for a row of ones. Just below 2 the numbers lie twice as far apart.",
        (0, still): "It stands still there, and there is a larger one.",
    },
)

# %% tags=["task"]
Task.rows(
    "SGD with `weight_decay=0.1`, a table of six rows. The batch reads row 3. Row 5 has been set to zeros by hand. Which rows does the step move?",
    [0, 1, 2, 3, 4],
    V,
    "Decay moves every row that is not zero. Nothing can shrink row 5, and it has no gradient.",
    wrong={
        "3": "That row has a gradient. What does decay do to the others?",
        "0, 1, 2, 3, 4, 5": "A tenth of nothing is nothing.",
    },
)

# %% tags=["task"]
Task.numbers(
    "SGD with momentum 0.8. A row is read once and never again. How many times its first step is the total later distance, in a very long training?",
    [0.8 / (1 - 0.8)],
    "0.8 + 0.64 + 0.512 and so on is 0.8 / (1 - 0.8).",
    wrong={
        "0.8": "That is the next step alone. The one after it is 0.64 long, and so on.",
        "9": "That was for 0.9.",
        "5": "That is the whole distance, the first step included.",
    },
)

# %% tags=["task"]
Task.choice(
    "Adam with its default betas, learning rate 0.001. After 50,000 steps a word occurs for the first time, with gradients between 0.01 and 1. About how long is its first step, in each number?",
    "0.003",
    "That late, the first step is near the end of the slope: the root of ten learning rates.",
    wrong={
        "0.001": "That is so for a row that is read in step 1.",
        "0.01": "That is RMSprop's ten learning rates. Adam's mean of gradients takes in only a tenth of the new one.",
        "It depends on which gradient the number has": "The gradient stands above the line and, as the root of its square, below it. Its size falls out, as long as it is not tiny.",
    },
)

# %% tags=["task"]
Task.choice(
    "You add `0.01 * embedding.weight.square().sum()` to the loss and train with plain SGD. Before, a step moved the rows with a gradient from the batch. And now?",
    "Every row that is not zero",
    "The penalty is made of the whole table, so each row has a part in the loss, read or not.",
    wrong={
        "The same rows, a little less far": "That would be a penalty on the vectors that were looked up.",
        "Every row, by the same distance": "Each row moves in proportion to itself.",
    },
)

# %% [markdown]
# ## Fine print
#
# - "Moves" means that at least one bit of the row changed. `watch` compares the table before and after each step; it predicts nothing.
# - A cause is what the optimizer's own state says: a buffer that is not zero, a weight decay that is not zero. For an optimizer that `watch` does not know, it says "unknown".
# - We ran each optimizer with the options named, on a CPU, and left all others as they are. SGD with `nesterov=True`, Adam with `amsgrad=True` and RMSprop with momentum are not in the tables. (Muon has `nesterov=True` unless told otherwise.)
# - Each quotient of a gradient and a root contains a tiny number, 0.00000001 for Adam, so that nothing is divided by zero. With gradients near 1 it does not show. With tiny ones it makes the step shorter, and sooner for a row that is first read late, whose root is small: with a gradient of a millionth, the 2.5 of step 1,001 would be 2.0.
# - Without a gradient (`None`, chapter 4), no setting moves anything: the optimizer skips the table, and with it decay and momentum.
# - The loop without coasting is there for the comparison. With `betas=(0.0, 0.999)` Adam does not coast either, but its rare item is thrown about all the same: at a learning rate of 0.1 the step that reads it is too long by itself.

# %% tags=["checked"]
# checked: a step without a gradient moves nothing; without momentum Adam throws the rare item about too
at_once = places(optim.Adam, 0.1, steps=2000, betas=(0.0, 0.999))
assert (at_once[1199::200, 1] - 1).abs().mean() > 0.3
embedding = fresh()
optimizer = optim.AdamW(embedding.parameters(), lr=0.1)
take_step(embedding, optimizer, [1])
before = embedding.weight.detach().clone()
optimizer.zero_grad()
optimizer.step()
assert torch.equal(embedding.weight, before)

# %% [markdown]
# ## Questions answered here
#
# - [With Adam, why does a word vector keep changing in batches where the word does not occur and its gradient is zero?](https://github.com/pytorch/pytorch/issues/18404)
# - [torch.optim.Muon takes any 2-D parameter. Should it also train my nn.Embedding?](https://github.com/pytorch/pytorch/pull/160213)
# - [I train in pure bf16 with a small learning rate and the embedding does not change at all. Why?](https://github.com/pytorch/ao/pull/1124)
# - [Should weight decay apply to embeddings, and how do I leave them out?](https://github.com/pytorch/torchtitan/issues/2599)
# - [My L2 term: over the whole embedding table or only over the rows of the batch?](https://github.com/NVIDIA-Merlin/models/pull/812)
#
# ## Sources
#
# - PyTorch documentation: [`torch.optim`](https://docs.pytorch.org/docs/stable/optim.html), [`Adam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html), [`Muon`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Muon.html).
# - D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, 2015, for the correction of the two means.
# - I. Loshchilov, F. Hutter, *Decoupled Weight Decay Regularization*, 2019, for AdamW.
# - minGPT, [`mingpt/model.py`](https://github.com/karpathy/minGPT/blob/master/mingpt/model.py), for its two parameter groups.
# - K. Jordan and others, *Muon: An optimizer for hidden layers in neural networks*, 2024.
