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
# # Ten rows, four columns
#
# A network multiplies and adds numbers. It cannot multiply a word, so we give each word a row of numbers. An *embedding layer* is the table that holds those rows.
#
# **After this chapter you can**
#
# - say what `nn.Embedding` holds and what it hands back,
# - predict which rows a batch reads and which shape comes out,
# - recognise the inputs that the layer refuses.
#
# **You need** Python and a first idea of what a tensor is. Five more words come up in passing. A *weight* is a number that training may change. A *loss* measures how wrong a model is. A *gradient* says how the loss changes with each weight; computing it is called *backpropagation*. An *optimizer* uses the gradient to change the weights.

# %% [markdown]
# ## A table, and a number for each token
#
# A *token* is one of the things we feed to a model: a word, a piece of a word, a category. All tokens together are the *vocabulary*. Each token has an *id*, its number in the vocabulary, and that number names a row of the table. Looking up a token means reading its row.

# %%
import torch
from torch import nn

from rowlight import RowLens
from rowlight.teaching import Task, expect_error

# %% [markdown]
# `RowLens` and `Task` draw the interactive parts of this page. `expect_error` runs a call that must fail, and prints the error.

# %% [markdown]
# The table has one row for each token of the vocabulary. We call their number V. It has one column for each number in a row. We call that D. Ten tokens with four numbers each make a table that fits on a screen.

# %%
V, D = 10, 4

# %% [markdown]
# ## A batch of ids
#
# A *batch* is a group of inputs that goes through the model together. Five sentences of three tokens each will do. For real text, a *tokenizer* would cut it into tokens and give their ids. We draw the ids at random, from 0 to 9: `randint` leaves out `high` itself. B is the number of sentences and T the number of positions in each. The seed makes the draw come out the same way every time. In a running notebook, change it and see.

# %%
B, T = 5, 3
torch.manual_seed(0)
ids = torch.randint(low=0, high=V, size=(B, T))

# %% [markdown]
# Each number below says which row to fetch, and nothing more.

# %%
ids

# %% [markdown]
# ## The layer
#
# `nn.Embedding` needs two arguments. `num_embeddings` is the number of rows, one for each token. `embedding_dim` is the number of columns, so that each row is a vector of that many numbers.

# %%
embedding = nn.Embedding(num_embeddings=V, embedding_dim=D)

# %% [markdown]
# ### Predict
#
# The layer is about to receive `ids`, of shape `(5, 3)`. Answer before you read on.

# %% tags=["remove-input"]
Task.shape(
    "What is the shape of `embedding(ids)`?",
    embedding(ids).shape,
    "Each id is replaced by a row of D numbers, so the shape of the ids gains one last dimension of size D.",
    wrong={
        "5, 4": "That leaves room for one vector a sentence. There is one for each of the three positions.",
        "5, 3": "That is the shape of the ids. Each id becomes a whole row.",
        "10, 4": "That is the shape of the table. The output has a row for each id of the batch.",
    },
)

# %% tags=["remove-input"]
Task.rows(
    "Look at `ids` above. Which rows of the table will this batch read? Mark them.",
    ids.unique(),
    V,
    "A row is read if its number occurs in `ids`, no matter where or how often.",
)

# %% [markdown]
# ## The table is made of weights
#
# First, see the table. It is a `Parameter`: a tensor of weights. Nobody has trained it yet, so it holds random numbers. In training, backpropagation computes a gradient for each weight of the model, the table included, and the optimizer uses it to change the table together with the other weights. `requires_grad=True` says that a gradient will be computed.

# %%
print(embedding.weight)

# %%
assert embedding.weight.shape == (V, D)
assert embedding.weight.requires_grad

# %% [markdown]
# ## One id
#
# Give the layer id 0, as a tensor. It hands back row 0. We only want to look, so `torch.inference_mode()` tells PyTorch to keep no record of the operations. Backpropagation would need that record.

# %%
with torch.inference_mode():
    print(embedding(torch.tensor(0)))

# %% [markdown]
# The input was a single number, a tensor of shape `()`. The output is a single vector, of shape `(D,)`.

# %%
assert torch.equal(embedding(torch.tensor(0)), embedding.weight[0])

# %% [markdown]
# ## A whole batch
#
# Give it the batch. It hands back a row for each id, in the same arrangement.

# %%
with torch.inference_mode():
    vectors = embedding(ids)
vectors.shape

# %% [markdown]
# Here are all three together, in what we call a *lens*: the ids, the table, and the output. Pick an id and follow the line to its row, and from there to its place in the output.

# %%
RowLens(embedding, ids, caption="A random batch reads a random table")

# %% [markdown]
# Look at the shapes: `(B, T)` goes in, `(B, T, D)` comes out. The layer added one dimension at the end and left the others alone.

# %%
assert vectors.shape == (B, T, D)
assert torch.equal(vectors[1, 0], embedding.weight[ids[1, 0]])

# %% [markdown]
# ## The same walk with known numbers
#
# This chapter follows a walkthrough by World4AI, which drew its own table and its own batch. We put their numbers into a layer, to check that we see what they saw. `from_pretrained` makes a layer out of a table that already exists.

# %%
from rowlight.teaching.walkthrough import BATCH, PRINTED_BATCH, PRINTED_ROW_0, TABLE

known = nn.Embedding.from_pretrained(torch.tensor(TABLE))
batch = torch.tensor(BATCH)

# %%
with torch.inference_mode():
    print(known(torch.tensor(0)))

# %%
with torch.inference_mode():
    print(known(batch))

# %% [markdown]
# Both results agree with the source to the last printed digit. The next cell fails if they ever do not.

# %%
assert str(known(torch.tensor(0))) == PRINTED_ROW_0
assert str(known(batch)) == PRINTED_BATCH

# %% tags=["first-lens"]
RowLens(
    known,
    batch,
    selection={"row": 2},
    caption="Five sentences of three ids read a table of ten rows",
    hint="Which rows does nobody read? Pick a row to see. To change an id, pick it and type.",
)

# %% [markdown]
# Row 2 is read four times. Rows 1 and 9 are never read. The output has fifteen vectors, yet the table still has ten rows: reading does not use a row up.

# %%
uses = batch.flatten().bincount(minlength=V)
assert uses[2] == 4
assert uses[1] == uses[9] == 0

# %% [markdown]
# ## Why it works
#
# The layer copies. Each id is replaced by a copy of its row. Two ids that are equal give two equal vectors, and changing the copy does not touch the table. Only the values matter in the next cell, so `torch.no_grad()` switches the record off, too. Its results may take part in training later; those of `inference_mode` may not.

# %%
with torch.no_grad():
    copy = embedding(torch.tensor([2, 2]))
    before = embedding.weight.clone()
    copy.zero_()

# %%
assert torch.equal(embedding.weight, before)

# %% [markdown]
# With the record on, a copy also knows where it came from. `.backward()` sends the gradient of a loss back through it. The gradient arrives in `embedding.weight.grad`, a tensor of the table's shape, at the place of the row. From there an optimizer takes it to change the table.

# %%
embedding.zero_grad()
embedding(torch.tensor([2, 2])).sum().backward()
embedding.weight.grad

# %% [markdown]
# The loss here is the sum of the output, so each copy sends back a one for each of its numbers. Row 2 was copied twice, and one plus one is two. Every other row received zero.

# %%
assert embedding.weight.grad[2].tolist() == [2.0] * D
assert embedding.weight.grad.count_nonzero() == D

# %% [markdown]
# ## What it accepts and what it refuses
#
# An empty batch is a batch. No id comes in and no vector goes out, and the last dimension is still D.

# %%
embedding(torch.empty(0, T, dtype=torch.int64)).shape

# %% [markdown]
# Ids of type int32 work as well as int64. They take half the memory and read the same rows.

# %%
assert torch.equal(embedding(ids.int()), embedding(ids))
assert ids.int().nbytes * 2 == ids.nbytes

# %% [markdown]
# A Python number does not work, nor does a list. The layer does not convert for you: a tensor says which type its numbers have and on which device they live, and a list says neither. Wrap it: `torch.tensor(3)`, `torch.tensor([3, 7])`.

# %%
with expect_error(TypeError):
    embedding(3)

# %%
with expect_error(TypeError):
    embedding([3, 7])

# %% [markdown]
# Some data loaders return the ids together with something else, such as the lengths of the sentences, in a tuple. The layer wants the ids alone. Unpack the tuple first.

# %%
with expect_error(TypeError):
    embedding((ids, torch.tensor([3, 3, 3, 3, 3])))

# %% [markdown]
# The tensor must be of type int64 or int32, which the message calls Long and Int. Ids that have become float are refused, even if they are whole. That happens when pandas reads a column with gaps, for example. Smaller integers, such as uint8, are refused as well.

# %%
with expect_error(RuntimeError):
    embedding(torch.tensor([3.0, 7.0]))

# %%
with expect_error(RuntimeError):
    embedding(torch.tensor([3, 7], dtype=torch.uint8))

# %% [markdown]
# A row that does not exist cannot be read. The valid ids are 0 to V - 1. A negative id does not count from the end, though it would in plain indexing. (On a GPU the same mistake is reported later and in other words.)

# %%
with expect_error(IndexError):
    embedding(torch.tensor(V))

# %%
with expect_error(IndexError):
    embedding(torch.tensor(-1))

# %%
assert torch.equal(embedding.weight[-1], embedding.weight[V - 1])

# %% [markdown]
# ## Try it
#
# Answer in the boxes. In a running notebook you can also answer in code: put a name before the task, as in `task = Task.rows(...)`, and call `task.check([0, 2])`.

# %% tags=["remove-input"]
Task.rows(
    "The World4AI batch is changed: sentence 4 becomes `[9, 9, 9]`. Mark the rows that are read now.",
    torch.cat([batch[:3].flatten(), torch.tensor([9, 9, 9]), batch[4]]).unique(),
    V,
    "Sentence 4 was the only one that read row 8, so row 8 goes dark. Row 0 is still read by sentence 1 and row 3 by two others.",
)

# %% tags=["remove-input"]
Task.shape(
    "A table has 50 rows and 8 columns. The ids have shape `(2, 7)`. What is the shape of the output?",
    nn.Embedding(50, 8)(torch.zeros(2, 7, dtype=torch.int64)).shape,
    "The ids keep their shape and gain D = 8 at the end. The 50 appears nowhere.",
    wrong={"2, 7, 50": "50 is the number of rows. A vector has one number for each column."},
)

# %% tags=["remove-input"]
Task.numbers(
    "Type the first two numbers of the vector that id 5 gets in the World4AI table.",
    known(torch.tensor(5))[:2],
    "Id 5 reads row 5. The second lens on this page shows it.",
    wrong={"1.8532, 0.2546": "That is row 4. Rows are counted from 0."},
)

# %% tags=["remove-input"]
Task.choice(
    "You write zeros into a vector that `embedding(ids)` returned, under `torch.no_grad()`. What happens to the table?",
    "Nothing: the output is a copy",
    "The layer copies rows into the output. What you do to the copy, the table does not see.",
    wrong={
        "The row becomes zero": "That would be so if the output were a view of the table. It is a copy.",
        "PyTorch raises an error": "No error: the output is an ordinary tensor, and you may write to it.",
    },
)

# %% [markdown]
# ## Fine print
#
# - In words, sentences and positions are counted from 1, as people count. Ids, rows and tensor indexes are counted from 0, as PyTorch counts.
# - `from_pretrained` freezes its table: `known.weight.requires_grad` is false. Pass `freeze=False` to train it. It also shares memory with the tensor it was given.
# - `backward()` adds to the gradient that is there. `zero_grad()` in the gradient cell of *Why it works* clears it, so that you can run the cell twice.
# - `torch.inference_mode()` is for looking. Inside it nothing can be trained, which is why the cells about gradients leave it out.

# %%
assert not known.weight.requires_grad
source = torch.tensor(TABLE)
assert nn.Embedding.from_pretrained(source).weight.data_ptr() == source.data_ptr()

# %% [markdown]
# ## Sources
#
# - World4AI, *Word Embeddings in PyTorch*, `github.com/World4AI/World4AI`: the walkthrough that this chapter retraces, its table and its batch.
# - PyTorch documentation, [`torch.nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
# - Questions that real people asked, answered here: [why a list or a tuple is refused](https://github.com/bentrevett/pytorch-sentiment-analysis/issues/39).
#
# questions: Q09
