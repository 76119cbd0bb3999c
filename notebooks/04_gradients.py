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
# # Gradients land on rows
#
# A batch reads a few rows of the table. The loss looks at those copies and sends a gradient back. This chapter follows the gradient back to the table, row by row.
#
# **After this chapter you can**
#
# - say which rows of the gradient are zero, and what the others hold,
# - write the backward pass of a lookup in one line,
# - tell a gradient of zeros from no gradient at all,
# - get a gradient for a word, although its id has none.
#
# **You need** chapter 1, and to have called `backward()` before. One section goes back to the product of chapter 3.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import GradientLens
from rowlight.teaching import Task, expect_error
from rowlight.teaching.walkthrough import TABLE

# %% [markdown]
# We keep the table of chapter 1 and give it a small batch. This time the table may learn, so `freeze` is false.

# %%
embedding = nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=False)
ids = torch.tensor([[1, 2, 2], [2, 7, 1]])
V, D = embedding.weight.shape

# %% [markdown]
# ## What comes back
#
# The simplest loss there is adds up all the numbers of the output. Its gradient with respect to each of these numbers is 1: raise a number by a little, and the sum rises by as much.
#
# ### Predict
#
# The batch is `[[1, 2, 2], [2, 7, 1]]`. The loss is the sum of the output.

# %% tags=["remove-input"]
Task.rows(
    "After `backward()`, which rows of `embedding.weight.grad` are not zero? Mark them.",
    ids.unique(),
    V,
    "A row that nobody read had no part in the loss. Changing it would not change the loss, so its gradient is zero.",
)

# %% tags=["remove-input"]
Task.numbers(
    "Row 2 is read three times. What number does each column of its gradient hold?",
    [ids.flatten().bincount(minlength=V)[2]],
    "Three copies of the row lie in the output. Raise a number of the row by a little, and the sum rises by three times as much.",
    wrong={"1": "Each of its copies receives a 1. The row has three copies."},
)

# %% [markdown]
# ### Run

# %%
embedding(ids).sum().backward()
embedding.weight.grad

# %% [markdown]
# Here the gradient is a count. Rows 1, 2 and 7 were read twice, three times and once, and hold 2, 3 and 1. All other rows hold zeros.

# %%
counts = ids.flatten().bincount(minlength=V)
assert embedding.weight.grad[:, 0].tolist() == counts.tolist() == [0, 2, 3, 0, 0, 0, 0, 1, 0, 0]
assert torch.equal(embedding.weight.grad, counts[:, None].expand(V, D).float())

# %% [markdown]
# Here is the backward pass as a picture. The lens sends a 1 back to each number of the output, as the sum does. Read it from right to left: on the right what arrives at each place of the output, in the middle the gradient of the table. Pick an id, and follow what comes back to its row. Then change an id: the gradient leaves one row and lands on another.

# %%
GradientLens(embedding, ids, caption="Six copies send their gradients back")

# %% [markdown]
# ## Why it works
#
# In the forward pass, one row becomes several copies. In the backward pass, each copy brings back what the loss has to say about it, and the row adds these up. Copying on the way out means adding on the way back.
#
# ### Write it yourself
#
# That sentence is a program. Start with a table of zeros. Go through the positions, and add each one's gradient to the row that its id names. PyTorch has a method for this loop: `index_add_`.

# %%
arriving = torch.ones(2, 3, D)  # (B, T, D), what the sum sends to each copy
collected = torch.zeros(V, D).index_add_(0, ids.flatten(), arriving.flatten(0, 1))
assert torch.equal(collected, embedding.weight.grad)

# %% [markdown]
# A loss with more to say sends different gradients to different copies. `retain_grad()` asks PyTorch to keep the gradient of the output, which it would otherwise throw away. In the loss below, the four columns serve as scores for four classes. The first sentence belongs to class 3, the second to class 0.

# %%
embedding.zero_grad()
output = embedding(ids)
output.retain_grad()
F.cross_entropy(output.mean(dim=1), torch.tensor([3, 0])).backward()

# %%
output.grad.shape

# %% [markdown]
# There is one vector of gradient for each position. The rows of the table collect them, as before.

# %%
collected = torch.zeros(V, D).index_add_(0, ids.flatten(), output.grad.flatten(0, 1))
torch.testing.assert_close(collected, embedding.weight.grad)

# %% [markdown]
# In the lens below, `grad_output` holds these vectors. Row 2 adds up three of them. Two are equal: they come from the first sentence. The third comes from the second sentence, and pulls the first and the last column the other way. When you change an id here, the arriving vectors stay as they were, and only the row that collects them changes. In a real run they would change too.

# %%
caption = "Two sentences pull at row 2"
GradientLens(embedding, ids, grad_output=output.grad, selection={"row": 2}, caption=caption)

# %%
torch.testing.assert_close(output.grad[0, 1], output.grad[0, 2])
assert (output.grad[0, 1] * output.grad[1, 0])[[0, 3]].max() < -0.001

# %% [markdown]
# ## A frequent row adds up more
#
# A row that is read three times adds up three gradients. In a batch of real text, frequent tokens therefore often get larger gradients, unless their copies pull against each other. `scale_grad_by_freq=True` divides by the count, so that each row gets the mean of its vectors and not their sum.

# %%
options = {"freeze": False, "scale_grad_by_freq": True}
scaled = nn.Embedding.from_pretrained(torch.tensor(TABLE), **options)
scaled(ids).sum().backward()
scaled.weight.grad[:, 0]

# %%
assert scaled.weight.grad[:, 0].tolist() == [0, 1, 1, 0, 0, 0, 0, 1, 0, 0]
scaled.zero_grad()
F.cross_entropy(scaled(ids).mean(dim=1), torch.tensor([3, 0])).backward()
torch.testing.assert_close(scaled.weight.grad, collected / counts.clamp(min=1)[:, None])

# %% [markdown]
# The count belongs to one call of the layer. Two calls that each read a row once divide by one, and their gradients add up.

# %%
scaled.zero_grad()
(scaled(torch.tensor([2])).sum() + scaled(torch.tensor([2])).sum()).backward()
assert scaled.weight.grad[2].tolist() == [2.0] * D

# %% [markdown]
# ## The gradient is a whole table
#
# Only three rows were read, but `weight.grad` has all ten: the zeros are stored. For the largest vocabularies that is a second table of several gigabytes, built again at every step.

# %%
assert embedding.weight.grad.shape == (V, D)
assert embedding.weight.grad.nbytes == embedding.weight.nbytes

# %% [markdown]
# That is also why going back costs more than going forward when the vocabulary is much larger than the batch. Reading makes one vector for each id. The backward pass fills a whole table, mostly with zeros, and the optimizer then walks through all of it. Count the numbers that each makes:

# %%
large = nn.Embedding(100_000, D)
output = large(ids)
output.sum().backward()
print(f"forward: {output.numel():,} numbers, backward: {large.weight.grad.numel():,}")

# %%
assert large.weight.grad.numel() > 10_000 * output.numel()

# %% [markdown]
# With `sparse=True` the gradient keeps only what arrived: six entries for six positions, which `_nnz()` counts, or three rows once `coalesce()` has added up the repeats. Chapter 5 says which optimizers can use it.

# %%
sparse = nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=False, sparse=True)
sparse(ids).sum().backward()
sparse.weight.grad._nnz(), sparse.weight.grad.coalesce().indices()

# %%
assert sparse.weight.grad._nnz() == ids.numel()
assert torch.equal(sparse.weight.grad.to_dense(), counts[:, None].expand(V, D).float())

# %% [markdown]
# ## Zeros, or nothing
#
# A row that nobody read has a gradient of zeros. A *table* that had no part in the loss has no gradient at all: its `grad` is `None`. The two are easily confused. An optimizer skips a parameter without a gradient. It does not skip rows of zeros. AdamW shrinks weights a little in each step, and here it shrinks a row that nobody read, and leaves the other table alone.

# %%
used, unused = nn.Embedding(V, D), nn.Embedding(V, D)
used(ids).sum().backward()
print(unused.weight.grad)

# %%
assert unused.weight.grad is None
assert used.weight.grad[0].tolist() == [0.0] * D

# %%
before = [table.weight.detach().clone() for table in (used, unused)]
torch.optim.AdamW([used.weight, unused.weight]).step()
assert (used.weight[0] / before[0][0] < 1 - 5e-6).all()
assert torch.equal(unused.weight, before[1])

# %% [markdown]
# There is a third case: a table with a gradient that no optimizer uses. A plain dictionary hides its layers from PyTorch. They are missing from `parameters()`, so an optimizer that was built from it never trains them. They are not saved with the model, and do not move to another device with it. `nn.ModuleDict` shows them.


# %%
class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = {"city": nn.Embedding(4, D), "shop": nn.Embedding(6, D)}


# %%
class Shown(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleDict({"city": nn.Embedding(4, D), "shop": nn.Embedding(6, D)})


# %%
print(len(list(Hidden().parameters())), "parameters hidden in a dictionary")
print(len(list(Shown().parameters())), "parameters in a ModuleDict")

# %%
assert len(list(Hidden().parameters())) == len(Hidden().state_dict()) == 0
assert len(list(Shown().parameters())) == len(Shown().state_dict()) == 2

# %% [markdown]
# The gradient of a hidden table does arrive. It even grows from step to step, because `zero_grad()` does not find it either.

# %%
hidden = Hidden()
for _ in range(2):
    hidden.zero_grad()
    hidden.tables["city"](torch.tensor([1])).sum().backward()
hidden.tables["city"].weight.grad[1]

# %%
assert hidden.tables["city"].weight.grad[1].tolist() == [2.0] * D

# %% [markdown]
# ## Ids have no gradient
#
# A gradient asks what happens when a number changes by a little. There is no id between 2 and 3, so the question has no answer, and PyTorch refuses to ask it.

# %%
with expect_error(RuntimeError):
    ids.requires_grad_()

# %% [markdown]
# Many models never meet this error. They fail silently: a layer produces scores, `argmax` picks the best id, and a lookup turns it into a vector. The forward pass works. In the backward pass the table gets its gradient, so nothing complains. Everything before the `argmax` gets none.

# %%
scores = torch.randn(2, V, requires_grad=True)
picked = F.embedding(scores.argmax(dim=1), embedding.weight)
picked.sum().backward()
print(scores.grad)

# %%
assert scores.grad is None

# %% [markdown]
# A *soft lookup* keeps the way open. It turns the scores into weights that add up to one, and mixes all rows by these weights. It is the product of chapter 3, with a soft vector in place of the one-hot vector.

# %%
mixed = scores.softmax(dim=1) @ embedding.weight
mixed.sum().backward()
scores.grad.shape

# %%
assert scores.grad.abs().sum() > 0.1

# %% [markdown]
# The price is the same as in chapter 3: a product with the whole table. And now every row gets a gradient. It is also another model: the mixture is no row of the table. A model that was trained with mixtures and then runs with `argmax` meets vectors that it has not been trained on.

# %%
embedding.zero_grad()
mixed = scores.softmax(dim=1) @ embedding.weight
mixed.sum().backward()
assert (embedding.weight.grad.abs().sum(dim=1) > 0.01).all()
assert (mixed[0] - embedding.weight).abs().amax(dim=1).min() > 0.1

# %% [markdown]
# ### Which word mattered
#
# People often want to know how much each word of a text matters to a result. The ids cannot say. Their vectors can: look them up, cut them off from the table with `detach()`, and ask for a gradient at that place. The model here takes the largest number of each column, so not every word has a say.


# %%
def loss_of(vectors):
    strongest = vectors.amax(dim=1)  # in each column, the largest of the three words
    return F.cross_entropy(strongest, torch.tensor([3, 0]))


# %%
words = torch.tensor([[1, 2, 7], [8, 4, 0]])
vectors = embedding(words).detach().requires_grad_()
loss_of(vectors).backward()
matter = vectors.grad.norm(dim=-1)
matter

# %% [markdown]
# There is one number for each position. It says how fast the loss changes when that vector moves a little, in the direction that changes it most. Two words have no say, the first of one text and the last of the other: they are the largest in no column. We check one that has: a step of 0.01 in that direction changes the loss by about 0.01 times its number. This is sensitivity. It does not say what would happen without the word.

# %%
assert matter.shape == words.shape
assert matter[0, 0] == matter[1, 2] == 0
small_step = torch.zeros_like(vectors)
small_step[1, 1] = 1e-2 * vectors.grad[1, 1] / matter[1, 1]
change = loss_of(vectors + small_step) - loss_of(vectors)
assert abs(change / 1e-2 - matter[1, 1]) < 0.01

# %% [markdown]
# ### A gradient of a gradient
#
# Some losses contain a gradient themselves. One of them keeps the gradient small, so that a small change of a vector cannot change the result much. `create_graph=True` records the backward pass, so that it can be differentiated in turn.
#
# We check it by hand. The loss is the sum of cubes, so a row x that is read c times has the gradient 3c x². The second loss is the sum of the squares of these, and its gradient is 36 c² x³.

# %%
table = nn.Embedding(V, D)
loss = table(ids).pow(3).sum()
(gradient,) = torch.autograd.grad(loss, table.weight, create_graph=True)
gradient.square().sum().backward()

# %%
expected = 36 * counts[:, None] ** 2 * table.weight.detach() ** 3
torch.testing.assert_close(table.weight.grad, expected)

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
Task.rows(
    "The batch is `[[4, 4], [0, 9]]`, and the loss is the sum of the output of the first sentence only. Mark the rows whose gradient is not zero.",
    [4],
    V,
    "The second sentence was read, but the loss never saw it. Its copies receive zeros, and zeros are what its rows add up.",
    wrong={"0, 4, 9": "Being read is not enough. The loss must depend on what was read."},
)

# %% tags=["remove-input"]
two_sums = torch.zeros(V).index_add_(0, torch.tensor([5, 5, 1]), torch.tensor([0.5, -2.0, 1.0]))
Task.numbers(
    "Positions with ids 5, 5 and 1 receive the gradients 0.5, -2 and 1 in some column. What is the gradient of row 5 in that column?",
    [two_sums[5]],
    "Row 5 adds up 0.5 and -2. Copies of one row can pull against each other.",
    wrong={"-2": "That is the last one. They are added up.", "2.5": "Mind the sign."},
)

# %% tags=["remove-input"]
Task.choice(
    "A model has two tables, and this batch used only the first. What does the second one's `grad` hold, if nothing has filled it before?",
    "None",
    "Nothing went through the second table, so nothing came back. Rows of zeros come only to a table that was used.",
    wrong={
        "Zeros": "Zeros come to the unread rows of a table that was used. This table was not used at all.",
        "The gradient of the first": "Each table has a gradient of its own.",
    },
)

# %% tags=["remove-input"]
Task.choice(
    "Between a layer and a lookup stands `argmax`. The layer does not learn. What helps?",
    "A soft lookup: `softmax(scores) @ table`",
    "The ids that `argmax` gives have no gradient. A mixture of all rows has one, and is another model.",
    wrong={
        "`ids.requires_grad_()`": "PyTorch refuses: only floating-point numbers can have a gradient.",
        "A larger learning rate": "No gradient arrives, and a large step times nothing is nothing.",
    },
)

# %% [markdown]
# ## Fine print
#
# - When you change an id, your browser adds up the gradients, in float32 as PyTorch does. A test compares the two on ten thousand random batches, to one part in a million.
# - `padding_idx` blocks the gradient of one row. That row is read, and its gradient stays zero.
# - `zero_grad()` sets a gradient to `None`, not to zeros, unless you pass `set_to_none=False`.
# - On a GPU the order of the additions may change from run to run, and with it the last digit. We have not run that here.

# %%
padded = nn.Embedding(V, D, padding_idx=2)
padded(ids).sum().backward()
assert padded.weight.grad[2].tolist() == [0.0] * D
padded.zero_grad()
assert padded.weight.grad is None

# %% [markdown]
# ## Sources
#
# - PyTorch documentation: [`torch.Tensor.index_add_`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html), [autograd mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html).
# - Questions that real people asked, answered here: [why tables in a dictionary never train](https://github.com/RUCAIBox/RecBole/issues/1128); [how to get a gradient for a text, when the input is ids](https://stackoverflow.com/questions/73743878/pytorch-bert-input-gradient/73771694); [why ids cannot require a gradient](https://github.com/pytorch/pytorch/issues/7021); [whether a gradient can be differentiated again](https://github.com/pytorch/pytorch/issues/6469); [why the way back is slower than the way forward](https://github.com/pytorch/pytorch/issues/24912).
#
# questions: Q20, Q23, Q24, Q26, Q54
