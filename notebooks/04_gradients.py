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
# # 4 Gradients land on rows
#
# Two sentences read rows 1, 2 and 5. The loss adds up the numbers of the first and subtracts those of the second. So a 1 goes back to each copy in the first sentence, and a -1 to each copy in the second. Which of the three rows gets a gradient of zeros?

# %% tags=["set-up"]
import contextlib
import copy

import torch
from torch import nn
from torch.nn import functional as F

from rowlight import GradientLens
from rowlight.teaching import Goal, Task, aligned, curves_figure, expect_error
from rowlight.teaching.walkthrough import TABLE

embedding = nn.Embedding.from_pretrained(torch.tensor(TABLE[:6]), freeze=False)
ids = torch.tensor([[1, 2, 2], [2, 5, 1]])
signs = torch.tensor([1.0, -1.0])[:, None, None].expand(2, 3, 4)
caption = "Six copies send a gradient back"
hint = "Row 1 was read twice and holds zeros. Why? Change one id, so that it gets a gradient."
GradientLens(embedding, ids, grad_output=signs, caption=caption, hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - say which rows of the gradient are zero, and what the others hold,
# - write the backward pass of a lookup in one line,
# - tell a gradient of zeros from no gradient at all, and a table that stands still from one that you look at in the wrong way,
# - get a gradient for a word, although its id has none.
#
# **You need** chapter 1, and to have called `backward()` before. Two sections go back to the product of chapter 3.

# %% [markdown]
# ## What comes back
#
# The gradient of a number says how the loss changes when the number is raised by a little: how many times as much it rises. The numbers of the first sentence are added, so raising one of them by 0.01 raises the loss by 0.01, and its gradient is 1. Those of the second are subtracted, and their gradient is -1.
#
# Here is the loss of the lens above. The table is the first six rows of chapter 1's, and `freeze=False` has allowed it to learn. `retain_grad()` asks PyTorch to keep the gradient of the output, which it would otherwise throw away.

# %%
V, D = embedding.weight.shape
output = embedding(ids)
output.retain_grad()

# %%
(output[0].sum() - output[1].sum()).backward()
output.grad[:, :, 0]  # of the first column; the others are the same

# %%
embedding.weight.grad

# %% [markdown]
# Row 1 has a copy in each sentence, and 1 and -1 make 0. Row 2 has two copies in the first and one in the second: 1 + 1 - 1 is 1. Row 5 has one, in the second. The other rows have none, and nothing came back to them.
#
# So a row of zeros can mean that nobody read the row. It can also mean that its copies cancelled out, or that the loss does not depend on them. The gradient alone does not tell which.
#
# ### Predict
#
# Now the numbers of the first sentence count three times: the loss is `3 * output[0].sum() + output[1].sum()`. The ids are still `[[1, 2, 2], [2, 5, 1]]`.

# %% tags=["task"]
Task.numbers(
    "What number does each column of the gradient of row 2 hold?",
    [torch.zeros(V).index_add_(0, ids.flatten(), torch.tensor([3.0, 3, 3, 1, 1, 1]))[2]],
    "Its two copies in the first sentence bring back a 3 each, its copy in the second brings back a 1.",
    wrong={
        "3": "That is how often it is read, or what one copy brings back. There are three copies.",
        "4": "In the first sentence it is read twice.",
        "9": "That would be so if all three copies stood in the first sentence.",
    },
)

# %% [markdown]
# ### Run

# %%
embedding.zero_grad()  # or the new gradient would be added to the old one
output = embedding(ids)

# %%
(3 * output[0].sum() + output[1].sum()).backward()
embedding.weight.grad[:, 0]

# %% [markdown]
# ## Why it works
#
# In the forward pass, one row becomes several copies. Raise a number of the row by a little, and it rises in every copy. Each copy changes the loss, and for small changes the effects add up. Copying on the way out means adding on the way back.
#
# ### Write it yourself
#
# That sentence is a program. Start with a table of zeros. Go through the positions, and add each one's gradient to the row that its id names. PyTorch has a method for this loop, `index_add_`. It wants one list of ids and one list of vectors, so we flatten both: six ids, six vectors.

# %%
arriving = torch.tensor([3.0, 1.0])[:, None, None].expand(2, 3, D)  # (B, T, D)
collected = torch.zeros(V, D).index_add_(0, ids.flatten(), arriving.flatten(0, 1))
collected[:, 0]

# %% tags=["checked"]
# checked: the one line gives the gradient that backward() gave, in every row and column
assert torch.equal(collected, embedding.weight.grad)
assert collected[:, 0].tolist() == [0, 4, 7, 0, 0, 1]

# %% [markdown]
# ### A loss that learns something
#
# Real losses send different vectors to different places. Take a small classifier. It averages the three vectors of a sentence, and a linear layer makes one number out of the average, the *score*. We choose the weights of this layer ourselves, so that you can follow the numbers. The first sentence has the label 1 and should get a score above zero, the second has the label 0 and should get one below. The loss, `F.binary_cross_entropy_with_logits`, is the smaller, the further each score lies on its side.

# %%
weights = torch.tensor([1.0, -1.0, 0.5, 2.0])
labels = torch.tensor([1.0, 0.0])

# %%
embedding.zero_grad()
output = embedding(ids)
output.retain_grad()

# %%
scores = output.mean(dim=1) @ weights
F.binary_cross_entropy_with_logits(scores, labels).backward()
print(scores.detach(), output.grad, sep="\n\n")

# %% [markdown]
# Both scores are below zero. For the second sentence that is right. For the first it is wrong, and so its vectors are longer. The vectors of the two point in opposite directions, because one score should rise and the other should fall. All are multiples of `weights`, which is what stands between a vector and its score.
#
# Within a sentence the three vectors are equal, those of id 1 and of id 2 too. This is the work of the mean, which treats all positions alike. It has nothing to do with the ids. The table then adds up, as before:

# %%
embedding.weight.grad

# %% tags=["checked"]
# checked: index_add_ collects them as backward() did; the two sentences pull in opposite directions
collected = torch.zeros(V, D).index_add_(0, ids.flatten(), output.grad.flatten(0, 1))
torch.testing.assert_close(collected, embedding.weight.grad)
first, second = output.grad[0], output.grad[1]
assert (first == first[0]).all()
assert (second == second[0]).all()
assert F.cosine_similarity(first[0], second[0], dim=0) < -0.999

# %% [markdown]
# In the lens below, these six vectors go back. Select row 2, and see three of them arrive. The lens adds the numbers that it prints, so that you can check each sum by hand. So a last digit may differ from the cell above. When you change an id here, the arriving vectors stay as they were, and only the rows that collect them change. In a real run they would change too.

# %%
caption = "Two sentences pull at row 2"
GradientLens(embedding, ids, grad_output=output.grad, selection={"row": 2}, caption=caption)

# %% [markdown]
# ## A frequent row adds up more
#
# A row that is read three times adds up three gradients. In real text a few tokens are very frequent, and their rows add up many vectors, which may also pull against each other. `scale_grad_by_freq=True` divides by the count, so that each row gets the mean of its vectors instead of their sum.

# %%
scaled = nn.Embedding(V, D, scale_grad_by_freq=True)
scaled(ids).sum().backward()

# %%
counts = ids.flatten().bincount(minlength=V)
print("reads", counts.tolist())
print("gradient", scaled.weight.grad[:, 0].tolist())

# %% [markdown]
# The count belongs to one call of the layer. Two calls that each read row 2 once divide by one, and their gradients add up.

# %%
scaled.zero_grad()
(scaled(torch.tensor([2])).sum() + scaled(torch.tensor([2])).sum()).backward()
scaled.weight.grad[2]

# %% tags=["checked"]
# checked: scaled is the sum divided by the count, for a loss that sends different vectors too
scaled.zero_grad()
scaled(ids).backward(output.grad)
torch.testing.assert_close(scaled.weight.grad, collected / counts.clamp(min=1)[:, None])

# %% [markdown]
# ## In bfloat16 the adding stops
#
# Many models keep their tables in `bfloat16`: 16 bits for each number, half of what float32 takes. They reach numbers about as large as those of float32, but keep eight binary digits of each number, where float32 keeps 24.
#
# ### Predict
#
# A batch reads one id a thousand times, as a large batch of text may well read the id of "the". The loss is the sum, so that each copy brings back a 1.

# %% tags=["task"]
Task.choice(
    "The table is in bfloat16. What does each column of the gradient of this row hold?",
    "256",
    "Added one by one, the ones stop at 256. From there on, adding 1 changes nothing.",
    wrong={
        "1,000": "That is the right sum, and float32 gives it. Run the next cell.",
        "65,504": "That is the largest number of float16. bfloat16 has room for far larger ones. What it lacks is digits.",
        "1": "The copies are added up, as far as the format allows.",
    },
)

# %% [markdown]
# ### See


# %%
def gradient_after(reads, dtype, method):
    table = torch.zeros(2, 1, dtype=dtype, requires_grad=True)
    method(torch.ones(reads, dtype=torch.int64), table).sum().backward()
    return table.grad[1].item()


# %%
def product(ids, table):  # the same lookup as a matrix product, as in chapter 3
    return F.one_hot(ids, len(table)).to(table.dtype) @ table


# %%
columns = {
    "float32": (torch.float32, F.embedding),
    "float16": (torch.float16, F.embedding),
    "bfloat16": (torch.bfloat16, F.embedding),
    "bfloat16, product": (torch.bfloat16, product),
}


# %% questions=["N02"]
def counted(reads):
    return {name: gradient_after(reads, *column) for name, column in columns.items()}


print(aligned([{"reads": reads} | counted(reads) for reads in (100, 256, 1000, 4096)]))

# %% [markdown]
# In bfloat16 the row is stuck at 256, in float16 at 2,048. The product of chapter 3, in bfloat16 too, gives the right sum. A lookup and a product agree going forward, and here they disagree going back.

# %%
reads = [2**k for k in range(13)]
sums = [counted(n) for n in reads]
curves = {name: (reads, [one[name] for one in sums]) for name in list(columns)[1:]}
says = (
    "Gradient of a row against how often it was read, when each read brings back a 1. "
    "In bfloat16 the lookup stops at 256, in float16 at 2,048; the product goes on to 4,096."
)
curves_figure(curves, says, title="gradient of the row", xlabel="reads", log="xy")

# %% [markdown]
# Why 256? From 256 to 511, whole numbers have nine binary digits. With eight, bfloat16 has only each second one: after 256 comes 258. So 257 has to be rounded, to 256 in this case, and the next 1 meets 256 again. float16 keeps eleven digits and stops at 2,048. Adding in float32 stops too, much later:

# %%
for dtype, digits in ((torch.bfloat16, 8), (torch.float16, 11), (torch.float32, 24)):
    full = torch.tensor(2**digits, dtype=dtype)
    print(f"{dtype}: {full:,.0f} + 1 = {full + 1:,.0f}, and + 2 = {full + 2:,.0f}")

# %% [markdown]
# The product does not stop, because it adds up in a wider format and rounds once, at the end. (Of 257 reads it makes 256 as well. There is no 257.) It is not a matter of large numbers. With a mean instead of a sum, each copy brings back a thousandth. The exact total is 1, and the row gets a half:

# %%
table = torch.zeros(2, 1, dtype=torch.bfloat16, requires_grad=True)
F.embedding(torch.ones(1000, dtype=torch.int64), table).mean().backward()
table.grad[1].item()

# %% [markdown]
# So keep the table in float32. `torch.autocast` does: it calculates in bfloat16 in chosen operations, matrix products among them, and leaves the weights in float32. Here each of a thousand copies is multiplied by a third.

# %%
table = torch.zeros(2, 1, requires_grad=True)
with torch.autocast("cpu", dtype=torch.bfloat16):
    vectors = F.embedding(torch.ones(1000, dtype=torch.int64), table)
    (vectors @ torch.tensor([[1 / 3]])).float().sum().backward()
table.grad[1].item()

# %% [markdown]
# The exact gradient is 333.33. Before it came back, a third was rounded to bfloat16, and that made it too large by a five-hundredth of itself. The adding then lost nothing more.

# %% tags=["checked"]
# checked: 256 in bfloat16, 2,048 in float16, everything in float32 and by the product
at_4096, at_1000 = counted(4096), counted(1000)
assert at_4096["float32"] == at_4096["bfloat16, product"] == 4096
assert at_4096["float16"] == 2048
assert at_4096["bfloat16"] == at_1000["bfloat16"] == 256
assert at_1000["bfloat16, product"] == 1000
third = torch.tensor(1 / 3).bfloat16().item()
assert 0.001 < third * 3 - 1 < 0.003
assert abs(table.grad[1].item() - 1000 * third) < 0.01

# %% [markdown]
# We ran this on a CPU. Other hardware may add in other ways. Run the cells there before you trust either answer.
#
# ## Padding: lookups do not teach it
#
# Sentences differ in length, and a batch is a rectangle. So short sentences are filled up with an id that stands for nothing, the *padding*. Say which id that is, and lookups send its row no gradient, however often they read it.

# %%
torch.manual_seed(0)
padded = nn.Embedding(V, D, padding_idx=0)
short = torch.tensor([[1, 2, 0, 0]])  # two words, and two places filled up

# %% questions=["Q27"]
padded(short).sum().backward()
print("row 0     ", padded.weight[0].tolist())
print("gradients ", padded.weight.grad[:, 0].tolist())

# %% [markdown]
# In `nn.Embedding`, `padding_idx` does two things to the numbers, and no others. A layer sets that row to zeros when it draws its table, and what lookups would send back to it is dropped. The row is still read, and its vectors still come out, so they take part in whatever comes next. A mean over the sentence divides by four, although only two places hold words:

# %%
vectors = padded(short).detach()
is_word = (short != 0)[:, :, None]  # (B, T, 1)
print("mean of four places", vectors.mean(dim=1))
print("mean of two words  ", (vectors * is_word).sum(dim=1) / is_word.sum(dim=1))

# %% [markdown]
# The first is half of the second. If the mean is to be that of the words, leave the padding out of it yourself.
#
# A row that you set to zeros by hand is not protected. It gets a gradient like any other row, and a step moves it.

# %% questions=["Q33"]
by_hand = nn.Embedding(V, D)
nn.init.zeros_(by_hand.weight[0])
by_hand(short).sum().backward()
torch.optim.SGD(by_hand.parameters(), lr=0.1).step()
print("gradient", by_hand.weight.grad[0], "row", by_hand.weight[0].detach())

# %% [markdown]
# And `from_pretrained` drops the gradient too, but keeps the row as you gave it.

# %% questions=["Q29"]
table = torch.tensor(TABLE[:6])
given = nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0)
given(short).sum().backward()
print("gradient", given.weight.grad[0], "row", given.weight[0].detach())

# %% [markdown]
# Zeros are the usual choice, because they add nothing to a sum. In a maximum, or behind a bias, they count like any other vector. A later chapter is about padding alone.
#
# ## The gradient is a whole table
#
# The batch of this chapter reads three rows, and `weight.grad` has all six: the zeros are stored. In a large model that is a second table, as large as the first. `zero_grad()` lets go of it, and the next `backward()` makes it anew. A table of 128,256 rows and 4,096 columns, the size of that in Llama 3 8B, takes this much in float32, and so does its gradient:

# %%
print(f"{128_256 * 4096 * 4 / 2**30:.2f} GiB")

# %% [markdown]
# Going forward, a lookup copies one row for each id. Going back, it fills a whole table, mostly with zeros, and the optimizer then walks through all of it. When the table is large and the batch is small, the way back handles far more numbers:

# %% questions=["Q54"]
large = nn.Embedding(100_000, D)
output = large(ids)
output.sum().backward()
print(f"forward {output.numel():,} numbers, backward {large.weight.grad.numel():,}")

# %% [markdown]
# That is a count. How much time it costs depends on the machine; [Measured](../book/measured.md) has an example. With `sparse=True` the gradient keeps only what arrived:

# %%
sparse = nn.Embedding(V, D, sparse=True)
sparse(ids).sum().backward()
print(sparse.weight.grad)

# %% [markdown]
# `nnz=6` counts six vectors, one for each position, and `indices` says where each belongs. `coalesce()` adds up those with the same index, and three rows are left. Chapter 6 says which optimizers can work with such a gradient, and what else it changes.

# %%
gradient = sparse.weight.grad.coalesce()
print("rows", gradient.indices()[0].tolist(), "sums", gradient.values()[:, 0].tolist())

# %% [markdown]
# ## Zeros, or nothing
#
# A row that nobody read has a gradient of zeros. A *table* that had no part in the loss has no gradient at all: its `grad` is `None`, unless an earlier backward pass has left one there.

# %%
used, unused = nn.Embedding(V, D), nn.Embedding(V, D)
used(ids).sum().backward()
print("row 0 of the used table:", used.weight.grad[0].tolist())
print("the unused table:", unused.weight.grad)

# %% [markdown]
# The two are easily confused, and nearly all optimizers treat them differently: they skip a table without a gradient, and do not skip rows of zeros. Chapter 5 shows what can happen to such a row.
#
# "Nobody read it, so it has zeros" holds as long as the table is used for lookups alone. Some language models, GPT-2 among them, use the same table a second time, to give each word of the vocabulary a score. Then every row has a part in the loss, that of the padding too:

# %%
padded.zero_grad()
scores = padded(ids) @ padded.weight.T  # (B, T, V)
F.cross_entropy(scores.flatten(0, 1), ids.flatten()).backward()
print("rows with a gradient:", padded.weight.grad.any(dim=1).nonzero().flatten().tolist())

# %% [markdown]
# `None` can have another reason. TorchRec, a library for very large tables, can save the room of the gradient: the optimizer steps inside the backward pass, and the gradient is dropped at once. In plain PyTorch a *hook* can do so, a function that is called as soon as the gradient is there.

# %%
fused = nn.Embedding(V, D)
optimizer = torch.optim.SGD(fused.parameters(), lr=0.1)


# %%
def step_at_once(_):
    optimizer.step()
    optimizer.zero_grad()


# %% questions=["N21"]
handle = fused.weight.register_post_accumulate_grad_hook(step_at_once)
before = fused.weight.detach().clone()
fused(ids).sum().backward()
print("gradient:", fused.weight.grad)
print("rows that moved:", (fused.weight != before).any(dim=1).nonzero().flatten().tolist())

# %% [markdown]
# After the pass there is no gradient left to look at. Compare the table before and after, as above, or keep the gradient of the output with `retain_grad()`.
#
# ## How to see no change
#
# "I trained, I looked at the table, and nothing had changed." Here are six ways to get there. In the first three your table has moved, and the look misses it. In the fourth, another table has moved. In the last two, the table cannot move. We take one step of plain SGD on a fresh copy of our table.


# %%
def fresh():
    return nn.Embedding.from_pretrained(torch.tensor(TABLE[:6]), freeze=False)


# %%
def one_step(table, lr=0.1):
    table(ids).sum().backward()
    torch.optim.SGD(table.parameters(), lr=lr).step()


# %% [markdown]
# **You compare the table with itself.** `detach()` gives the same numbers under a second name. When the step changes them, they change under both names. `clone()` makes a copy.

# %%
table = fresh()
shared, copied = table.weight.detach(), table.weight.detach().clone()
one_step(table)

# %%
print("equal to detach():", torch.equal(table.weight, shared))
print("equal to detach().clone():", torch.equal(table.weight, copied))

# %% [markdown]
# **You print a rounded table.** PyTorch prints this table with four decimals. With a small learning rate the change hides behind them. Print the difference instead.

# %%
for lr in (0.1, 1e-6):
    table = fresh()
    one_step(table, lr)
    looks_equal = str(table.weight) == str(fresh().weight)
    change = (table.weight - fresh().weight).abs().max()
    print(f"lr {lr:g}: printed the same: {looks_equal}, largest change {change:.0e}")

# %% [markdown]
# **You look at rows that nobody read.** Of a long table, with more than six rows and a thousand numbers, `print` shows the first three rows and the last three. Unless the batch reads one of these, you see only rows with a gradient of zero. Look at rows that were read, those of the first sentence say: `table.weight[ids[0]]`.

# %%
print(torch.arange(100_000).view(50_000, 2))

# %% [markdown]
# **You look at another copy.** A script that you start from a notebook, or a worker that loads the saved model, trains a copy of its own. What you hold stays as it was until you load the result. Here `deepcopy` stands for saving and loading.

# %%
table = fresh()
elsewhere = copy.deepcopy(table)
one_step(elsewhere)

# %%
print("mine has moved:", not torch.equal(table.weight, fresh().weight))
print("the other has moved:", not torch.equal(elsewhere.weight, fresh().weight))

# %% [markdown]
# **The optimizer holds another table.** It keeps the Parameters that it was given. A table that is put into the model later is a new Parameter, and the optimizer has never heard of it. Besides, `from_pretrained` freezes its table, and a frozen table gets no gradient. Pass `freeze=False`.

# %%
model = nn.Sequential(nn.Embedding(V, D), nn.Flatten(), nn.Linear(3 * D, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model[0] = nn.Embedding.from_pretrained(torch.tensor(TABLE[:6]))

# %% questions=["Q36"]
known = [id(parameter) for parameter in optimizer.param_groups[0]["params"]]
print("known to the optimizer:", id(model[0].weight) in known)
print("may get a gradient:", model[0].weight.requires_grad)

# %% [markdown]
# **The way back is cut.** `detach()` between the lookup and the loss cuts it. So does a new tensor made of `vectors.tolist()`, or of NumPy, which asks for a `detach()`. No error appears as long as other weights learn, such as those of this linear layer:

# %%
table, head = fresh(), nn.Linear(D, 1)
head(table(ids).detach()).sum().backward()
print("the table's gradient:", table.weight.grad)
print("the linear layer's gradient:", tuple(head.weight.grad.shape))

# %% tags=["checked"]
# checked: the way through tolist() is cut in silence, the one to NumPy raises an error; a model that
# moves to another type keeps its Parameters, and its optimizer knows them
vectors = table(ids)
assert not torch.tensor(vectors.tolist()).requires_grad
with contextlib.suppress(RuntimeError):
    vectors.numpy()
    raise AssertionError("NumPy took the vectors without a detach()")
whole = nn.Sequential(nn.Embedding(V, D), nn.Linear(D, 1))
weight = whole[0].weight
whole.to(torch.float64)
assert whole[0].weight is weight
assert weight.dtype == torch.float64

# %% [markdown]
# ## A table made in the wrong place
#
# A table that is made inside `forward` is a new table in each call. It is drawn at random, used once and thrown away. The model runs, and the rest of it may even learn. But equal ids get different vectors in each call, and there is no table among its parameters.


# %%
class Forgetful(nn.Module):
    def forward(self, ids):
        return nn.Embedding(V, D)(ids)


# %%
model = Forgetful()
print("the same ids give the same vectors:", torch.equal(model(ids), model(ids)))
print("parameters found:", len(list(model.parameters())))

# %% [markdown]
# ### In a plain dictionary or list
#
# PyTorch finds a layer that is an attribute of a model. It does not look into plain dictionaries or lists. Tables that are kept there are missing from `parameters()`, so an optimizer that was built from it never moves them. They are not saved, and do not follow the model to another device or type. `nn.ModuleDict` and `nn.ModuleList` are a dictionary and a list that PyTorch does look into.


# %%
class Model(nn.Module):
    def __init__(self, container):
        super().__init__()
        self.tables = container({"city": nn.Embedding(4, D), "shop": nn.Embedding(6, D)})


# %% questions=["Q20"]
for container in (dict, nn.ModuleDict):
    model = Model(container)
    found, saved = len(list(model.parameters())), len(model.state_dict())
    device = model.to("meta").tables["city"].weight.device
    print(f"{container.__name__}: {found} parameters found, {saved} saved, moved to: {device}")

# %% [markdown]
# (`meta` is a device that exists on every machine. It holds shapes and no numbers.) The gradient of a hidden table does arrive. It even grows from step to step, because `zero_grad()` does not find it either:

# %%
hidden = Model(dict)
for _ in range(2):
    hidden.zero_grad()
    hidden.tables["city"](torch.tensor([1])).sum().backward()
hidden.tables["city"].weight.grad[1]

# %% [markdown]
# ## Ids have no gradient
#
# A gradient asks what happens when a number changes by a little. There is no id between 2 and 3, so the question has no answer, and PyTorch refuses to ask it.

# %% questions=["Q24"]
with expect_error(RuntimeError):
    ids.requires_grad_()

# %% [markdown]
# A model can run into this without an error. A layer gives each row a score, `argmax` picks the id with the highest score, and a lookup turns it into a vector. In the backward pass the table gets its gradient, so nothing complains. What stands before the `argmax` gets none through it.

# %%
table = fresh().weight
torch.manual_seed(0)
scores = torch.randn(2, V, requires_grad=True)

# %%
picked = F.embedding(scores.argmax(dim=1), table)
picked.sum().backward()
print(scores.grad)

# %% [markdown]
# A *soft lookup* keeps the way open. `softmax` turns the scores into weights that add up to one, and all rows are mixed by these weights. It is the product of chapter 3, with a soft vector in place of the one-hot vector.
#
# *Gumbel-softmax* with `hard=True` stands between the two. It adds noise to the scores and takes the row with the highest, so that each row is drawn as often as its weight in the soft lookup says. Going back, the table gets its gradient at that row alone. The scores get theirs through the softmax of the noisy scores, as if that had mixed the rows, but with the gradient that the picked row sends back. That is an approximation. (Without `hard=True` the rows are mixed going forward as well.)


# %%
def hard(scores):
    return F.one_hot(scores.argmax(dim=1), V).float() @ table


# %%
def soft(scores):
    return scores.softmax(dim=1) @ table


# %%
def gumbel(scores):
    return F.gumbel_softmax(scores, hard=True) @ table


# %%
for name, lookup in {"argmax": hard, "soft": soft, "Gumbel": gumbel}.items():
    scores.grad = table.grad = None
    vectors = lookup(scores)
    vectors.square().sum().backward()
    a_row = (torch.cdist(vectors, table).amin(dim=1) < 1e-5).all().item()  # nearest row
    rows = table.grad.any(dim=1).sum().item()
    print(f"{name:6}  gives a row: {a_row!s:5}  rows with a gradient: {rows}", end="  ")
    print("scores with a gradient:", scores.grad is not None)

# %% [markdown]
# The soft lookup gives a gradient to every row whose weight is not zero, and softmax makes no zeros (except by rounding, when a score is far behind). It multiplies by the whole table. What it hands back is a mixture, not a row: a model that learned from mixtures and then runs with `argmax` gets other vectors than before. Gumbel-softmax hands back rows, exact up to a last digit. It multiplies by the whole table too, and adds chance to each forward pass.
#
# ### A gradient for each word
#
# People often want to know how much each word of a text matters to a result. The ids cannot say. Their vectors can: look them up, cut them off from the table with `detach()`, and ask for a gradient there. Many models of the Transformers library take such vectors as `inputs_embeds`.
#
# The classifier from above would give all words of a sentence the same gradient, since it takes a mean. This one takes the largest number of each column.

# %%
words = torch.tensor([[1, 2, 3], [5, 4, 0]])
vectors = embedding(words).detach().requires_grad_()


def loss_of(vectors):
    return F.binary_cross_entropy_with_logits(vectors.amax(dim=1) @ weights, labels)


# %% questions=["Q23"]
loss_of(vectors).backward()
vectors.grad.norm(dim=2)

# %% [markdown]
# There is one number for each position, the length of its gradient: how fast the loss changes when that vector moves a little, in the direction that changes it most. The last word of the second sentence has no say, because none of its numbers is the largest of a column.
#
# This is sensitivity to small changes. It does not tell what would happen without the word. For that, leave the word out and see. A vector of minus infinity is never the largest, so the other two decide:

# %%
without = torch.zeros(2, 3)
for b in range(2):
    for t in range(3):
        others = vectors.detach().clone()
        others[b, t] = -torch.inf
        without[b, t] = (loss_of(others) - loss_of(vectors)).item()
without

# %% [markdown]
# Look at the first two words of the first sentence. The loss is equally sensitive to both. Leave out the one, and the loss rises; leave out the other, and it falls much further. Which of the two numbers you want depends on your question.

# %% tags=["checked"]
# checked: a small step along the gradient changes the loss by the norm times its length
sensitivity = vectors.grad.norm(dim=2)
small = torch.zeros_like(vectors)
small[0, 2] = 1e-2 * vectors.grad[0, 2] / sensitivity[0, 2]
change = (loss_of(vectors + small) - loss_of(vectors)) / 1e-2
assert abs(change - sensitivity[0, 2]) < 0.02
assert abs(sensitivity[0, 0] - sensitivity[0, 1]) < 1e-4
assert sensitivity[1, 2] == 0
assert without[0, 0] > 0.05
assert without[0, 1] < -0.4

# %% [markdown]
# ### A gradient of a gradient
#
# You may want a model that does not change its mind when a word is exchanged for a similar one, whose row lies close by. One way is a loss that contains the sensitivity itself, and makes it small. To learn from such a loss, PyTorch has to differentiate the backward pass in turn. `create_graph=True` records it.
#
# With one row and the loss x³, each step can be done by hand. The gradient is 3x². The new loss is its square, 9x⁴, and the gradient of that is 36x³.

# %% questions=["Q26"]
table = nn.Embedding.from_pretrained(torch.tensor([[1.0, 2.0]]), freeze=False)
loss = table(torch.tensor([0])).pow(3).sum()
(gradient,) = torch.autograd.grad(loss, table.weight, create_graph=True)
gradient.square().sum().backward()
print("gradient", gradient.tolist())
print("gradient of its square", table.weight.grad.tolist())

# %% [markdown]
# ## Try it

# %% tags=["task"]
Task.ids(
    "As in the first lens, each copy in the first sentence gets a 1 back, and each copy in the second a -1. Change ids so that row 3 gets a gradient of exactly 2 in each column, and row 1 gets zeros.",
    [[3, 3, 2], [2, 5, 0]],
    V,
    "A row adds up what its copies bring: two of the first sentence, or three of the first and one of the second.",
    {
        Goal(gradient={3: -2}): "The second sentence sends back -1. The size is right, the sign is not.",
        Goal(gradient={3: 3}): "That is one too many. Or one in the second sentence too few.",
        Goal(gradient={3: 2, 1: 1}): "Row 1 still gets a 1.",
        Goal(gradient={3: 0}, reads={3: (2, 6)}): "A copy in the first sentence brings 1, one in the second -1.",
    },
    start=ids,
    goal=Goal(gradient={3: 2, 1: 0}),
    grad_output=signs[:, :, 0],
)

# %% tags=["task"]
Task.ids(
    "Other numbers come back now, and they are the same in each column. Change ids so that row 4 is read, and still gets zeros.",
    [[4, 4, 4], [0, 0, 0]],
    V,
    "0.5 + 1 - 1.5 is 0. So is 1 + 1 - 2, and so are all six together.",
    {Goal(reads={4: 0}): "It has zeros because nobody reads it. Read it."},
    start=torch.zeros_like(ids),
    goal=Goal(reads={4: (1, 6)}, gradient={4: 0}),
    grad_output=[[0.5, 1, -1.5], [1, 1, -2]],
)

# %% tags=["task"]
Task.rows(
    "The batch is `[[4, 4], [0, 3]]`, and the loss is the sum of the output of the first sentence only. Mark the rows whose gradient is not zero.",
    [4],
    V,
    "The second sentence was read, but the loss never saw it. Its copies receive zeros, and zeros are what its rows add up.",
    wrong={"0, 3, 4": "Being read is not enough. The loss must depend on what was read."},
)

# %% tags=["task"]
Task.numbers(
    "Positions with ids 5, 5 and 1 receive the gradients 0.5, -2 and 1 in some column. What is the gradient of row 5 in that column?",
    [torch.zeros(V).index_add_(0, torch.tensor([5, 5, 1]), torch.tensor([0.5, -2, 1]))[5]],
    "Row 5 adds up 0.5 and -2. Copies of one row can pull against each other.",
    wrong={
        "-2": "That is the last one. They are added up.",
        "2.5": "Mind the sign.",
        "-0.75": "That is the mean, which `scale_grad_by_freq=True` would give.",
        "-0.5": "The third position has id 1. Its gradient lands on row 1.",
    },
)

# %% tags=["task"]
Task.choice(
    "`before = table.weight.detach()`, then ten steps of training, then `torch.equal(before, table.weight)`. What does it say, if the rows have moved?",
    "True",
    "`detach()` shares the numbers with the table. Both names see the rows after the ten steps. `clone()` makes a copy.",
    wrong={
        "False": "It would, if `before` were a copy.",
        "An error: `before` has no gradient": "Comparing needs no gradient.",
    },
)

# %% tags=["task"]
Task.choice(
    "A model has two tables, and this batch used only the first. What does the second one's `grad` hold, if nothing has filled it before?",
    "None",
    "Nothing went through the second table, so nothing came back. Rows of zeros come only to a table that was used.",
    wrong={
        "Zeros": "Zeros come to the unread rows of a table that was used. This table was not used at all.",
        "The gradient of the first": "Each table has a gradient of its own.",
    },
)

# %% tags=["task"]
Task.choice(
    "Between a layer and a lookup stands `argmax`. The layer does not learn. What helps?",
    "A soft lookup: `softmax(scores) @ table`",
    "The ids that `argmax` gives have no gradient. A mixture of all rows has one, and is another model.",
    wrong={
        "`ids.requires_grad_()`": "PyTorch refuses: only floating-point numbers can have a gradient.",
        "A larger learning rate": "No gradient arrives, and a large step times nothing is nothing.",
        "`F.one_hot(scores.argmax(dim=1)) @ table`": "That is the same lookup, written as a product. The cut is at the `argmax`.",
    },
)

# %% [markdown]
# ## Fine print
#
# - When you change an id, your browser adds up the gradients. A test holds its sums against PyTorch's, made of the same numbers, on ten thousand random batches.
# - In bfloat16, `table[ids]` and `nn.EmbeddingBag`, which looks up and adds up in one, stop at 256 like the lookup, and so does `coalesce()` on a sparse gradient. `table.index_select(0, ids)` gave the whole sum here. So did ten lookups of a hundred ids each: a hundred is not too small beside nine hundred. A thousand lookups of one id each stop at 256 as well.
# - `zero_grad()` sets a gradient to `None`, not to zeros, unless you pass `set_to_none=False`.
# - On a GPU the order of the additions may change from run to run, and with it the last digit. We have not run that here.

# %% tags=["checked"]
# checked: the other ways to read a row a thousand times, in bfloat16
bf16 = torch.bfloat16
assert gradient_after(1000, bf16, lambda ids, table: table[ids]) == 256
assert gradient_after(1000, bf16, lambda i, t: F.embedding_bag(i[None], t, mode="sum")) == 256
assert gradient_after(1000, bf16, lambda ids, table: table.index_select(0, ids)) == 1000
for lookups, gradient in ((10, 1000), (1000, 256)):
    many = lambda i, t, n=lookups: sum(F.embedding(part, t) for part in i.view(n, -1))  # noqa: E731
    assert gradient_after(1000, bf16, many) == gradient

# %% tags=["checked"]
# checked: coalesce() stops at 256; zero_grad() leaves None
listed = nn.Embedding(2, 1, sparse=True, dtype=bf16)
listed(torch.ones(1000, dtype=torch.int64)).sum().backward()
assert listed.weight.grad.coalesce().values().item() == 256
listed.zero_grad()
assert listed.weight.grad is None

# %% [markdown]
# ## Questions answered here
#
# - [I keep several nn.Embedding layers in a Python dict (or list) and they never train, get saved or move to the GPU; why?](https://github.com/RUCAIBox/RecBole/issues/1128)
# - [How can I get gradients with respect to the input of a text model when the input is token ids?](https://stackoverflow.com/questions/73743878/pytorch-bert-input-gradient/73771694)
# - [Why can I not set requires_grad on the tensor of indices?](https://github.com/pytorch/pytorch/issues/7021)
# - [Does nn.Embedding support double backward, e.g. for a gradient penalty?](https://github.com/pytorch/pytorch/issues/6469)
# - [What does padding_idx do in nn.Embedding?](https://stackoverflow.com/questions/61172400/what-does-padding-idx-do-in-nn-embeddings)
# - [Why does Embedding.from_pretrained(W, padding_idx=0) return W[0] instead of zeros for the pad id?](https://github.com/pytorch/pytorch/issues/46585)
# - [If the \<unk> (or any other) row is set to zero, will it stay zero during training?](https://github.com/bentrevett/pytorch-sentiment-analysis/issues/103)
# - [Does from_pretrained train the vectors, and what does freeze=False change?](https://github.com/649453932/Chinese-Text-Classification-Pytorch/issues/117)
# - [Why is the backward pass of an embedding so much slower than the forward pass?](https://github.com/pytorch/pytorch/issues/24912)
# - [My model is in bfloat16. Is the gradient of a token that occurs very often still right?](https://github.com/tenstorrent/tt-metal/pull/53386)
# - [How do I look at the gradient of a TorchRec table (or one with an optimizer fused into backward)?](https://github.com/meta-pytorch/torchrec/issues/1293)
#
# ## Sources
#
# - PyTorch documentation: [`torch.Tensor.index_add_`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html), [autograd mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html), [numerical accuracy](https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html).
# - The size of Llama 3 8B's table: its [configuration](https://huggingface.co/meta-llama/Meta-Llama-3-8B/blob/main/config.json). GPT-2's one table for two ends: its [code](https://github.com/openai/gpt-2/blob/master/src/model.py). The optimizer inside the backward pass: [TorchRec](https://docs.pytorch.org/torchrec/).
# - E. Jang, S. Gu, B. Poole, *Categorical Reparameterization with Gumbel-Softmax*, 2017.
