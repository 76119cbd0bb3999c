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
# # One-hot times the table
#
# Textbooks often say that an embedding is a linear layer on one-hot vectors. That is true, number for number, as long as every number in the table is finite. Frameworks look the row up instead, and this chapter shows why.
#
# **After this chapter you can**
#
# - write a lookup as a matrix product and as a linear layer,
# - explain why one row survives the product,
# - estimate the price of the long way round, in bytes and in multiplications,
# - give several columns of categories their tables.
#
# **You need** chapters 1 and 2, and matrix multiplication.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Task, aligned, expect_error, price_figure
from rowlight.teaching.walkthrough import BATCH, TABLE

# %%
table, ids = torch.tensor(TABLE), torch.tensor(BATCH)
V, D = table.shape

# %% [markdown]
# ## One-hot
#
# A *one-hot vector* has a one at a single place and zeros everywhere else. To write id 3 that way, we need V places, counted from 0, and put the one at place 3.

# %%
F.one_hot(torch.tensor(3), V)

# %% [markdown]
# ### Predict

# %% tags=["remove-input"]
Task.shape(
    "`ids` has shape `(5, 3)` and V is 10. What is the shape of `F.one_hot(ids, V)`?",
    F.one_hot(ids, V).shape,
    "Each id becomes a vector with V places, so the shape gains V at the end.",
    wrong={"5, 3, 4": "4 is D, the length of a row of the table. A one-hot vector has a place for each token."},
)

# %% [markdown]
# ## The product is the lookup
#
# A row vector times a matrix adds up the rows of the matrix, each weighted by one entry of the vector. With a single one among zeros, the sum is one row. The product has picked a row. (`one_hot` gives integers and the table holds floats, so we convert.)

# %%
F.one_hot(torch.tensor(3), V).float() @ table

# %%
table[3]

# %% [markdown]
# The same holds for the whole batch at once, exactly.

# %%
one_hot = F.one_hot(ids, V).float()
assert torch.equal(one_hot @ table, F.embedding(ids, table))

# %% [markdown]
# This lens holds one sentence, `[3, 2, 2]`. The row that it lights is the one that survives the multiplication by zeros.

# %%
RowLens(
    table,
    ids[1],
    caption="Which rows survive the zeros?",
    hint="Pick each position in turn. All rows but the lit one were multiplied by zero.",
)

# %% [markdown]
# ## The same as a linear layer
#
# `nn.Linear(V, D, bias=False)` multiplies its input by a matrix of weights. It keeps that matrix transposed, of shape `(D, V)`. Give it our table, transposed, and it gives the same output.

# %%
linear = nn.Linear(V, D, bias=False)
linear.weight = nn.Parameter(table.T.contiguous())
linear.weight.shape

# %%
assert torch.equal(linear(one_hot), F.embedding(ids, table))

# %% [markdown]
# The gradients agree too, so a step of SGD changes both in the same way. The embedding layer receives its gradient as `(V, D)`, the linear layer as `(D, V)`. Fresh layers do not start equal, though: PyTorch draws the numbers of a linear layer from a much narrower range.

# %%
embedding = nn.Embedding.from_pretrained(table.clone(), freeze=False)
target = torch.ones(5, 3, D)
F.mse_loss(embedding(ids), target).backward()
F.mse_loss(linear(one_hot), target).backward()

# %%
torch.testing.assert_close(linear.weight.grad.T, embedding.weight.grad)
torch.optim.SGD([linear.weight, embedding.weight], lr=0.1).step()
torch.testing.assert_close(linear.weight.T, embedding.weight)
assert nn.Linear(1000, 64).weight.std() < nn.Embedding(1000, 64).weight.std() / 10

# %% [markdown]
# ## The price
#
# If the results are equal, we choose by cost. Two things can be counted. How many bytes does the input of the operation take? How many multiplications does it make? PyTorch counts for us: `nbytes` gives the bytes of a tensor, and `FlopCounterMode` watches the operations. It counts a multiplication and an addition as two.
#
# The counter knows matrix products, and reports zero for operations it has no formula for. For the lookup, zero is also the truth: a lookup copies rows, and copying multiplies nothing.

# %%
from torch.utils.flop_counter import FlopCounterMode


def multiplications(call):
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() // 2


# %%
def price(rows):
    table, one_hot = torch.zeros(rows, D), F.one_hot(ids, rows).float()
    return {
        "V": rows,
        "id bytes": ids.nbytes,
        "one-hot bytes": one_hot.nbytes,
        "lookup products": multiplications(lambda: F.embedding(ids, table)),
        "one-hot products": multiplications(lambda: one_hot.flatten(0, 1) @ table),
    }


# %%
prices = [price(rows) for rows in (10, 100, 1_000, 10_000, 50_000)]
print(aligned(prices))

# %% [markdown]
# The lookup multiplies nothing. Its input does not grow with the vocabulary either: an id is one number whether V is ten or fifty thousand. The one-hot input grows with V, and so does the work. The two one-hot columns hold the same counts by coincidence: a float32 takes four bytes, and D is four.

# %%
for line in prices:
    assert line["lookup products"] == 0
    assert line["id bytes"] == ids.numel() * 8
    assert line["one-hot bytes"] == ids.numel() * line["V"] * 4
    assert line["one-hot products"] == ids.numel() * line["V"] * D

# %%
last = prices[-1]
says = (
    f"The one-hot input grows in proportion to V. At V = {last['V']:,}, a batch of "
    f"{ids.numel()} ids takes {last['one-hot bytes']:,} bytes as one-hot vectors and "
    f"{last['id bytes']} bytes as ids. The product makes {last['one-hot products']:,} "
    "multiplications, the lookup none."
)
price_figure(prices, says)

# %% [markdown]
# ## Why it works
#
# Zero times a finite number is zero, and adding zero changes nothing. All but one of the V products in each sum are zero, so the work that makes them is wasted. A lookup skips it: it goes to the one row whose weight is one.
#
# A GPU is fast at matrix products, and a small one-hot product costs little. Still, at the largest V above, the product spends all but one of every fifty thousand multiplications on zeros.

# %% [markdown]
# The word *finite* at the top of this chapter names an exception to "equal". NaN, "not a number", is what 0/0 gives, for example, and zero times NaN is NaN. So is zero times infinity. If a row that nobody reads holds NaN or an infinity in some column, that column of the product becomes NaN. The lookup stays clean.

# %%
assert 9 not in ids
for what in (torch.nan, torch.inf):
    spoiled = table.clone()
    spoiled[9, 2] = what
    assert (one_hot @ spoiled).isnan().all(dim=(0, 1)).tolist() == [False, False, True, False]
    assert not F.embedding(ids, spoiled).isnan().any()

# %% [markdown]
# ## Several columns of categories
#
# A record may name several things at once, say a city, a shop and a day. Such data come in columns, and each column needs a table of its own. Putting three embedding layers into one `nn.Sequential` does not do that. `Sequential` is a chain: the second layer receives the vectors of the first, and vectors are not ids.

# %%
chain = nn.Sequential(nn.Embedding(4, D), nn.Embedding(6, D), nn.Embedding(7, D))
columns = torch.tensor([[0, 3, 2], [3, 1, 1]])
with expect_error(RuntimeError):
    chain(columns)

# %% [markdown]
# Keep the tables side by side instead, in a `ModuleList`, whose layers the model knows as its own. Each reads its own column, which `.T` gives us one by one, and the vectors are joined: three of four numbers each make twelve.

# %%
torch.manual_seed(5)
tables = nn.ModuleList([nn.Embedding(4, D), nn.Embedding(6, D), nn.Embedding(7, D)])
joined = torch.cat([one(column) for one, column in zip(tables, columns.T, strict=True)], dim=1)
joined.shape

# %% [markdown]
# One large table also works, if all columns use the same D. To the ids of each column, add the number of rows before its part: city 0 stays at row 0, shop 0 moves to row 4, day 0 to row 10. There is a price. A shop id that is too large no longer raises an error: it reads the row of a day.

# %%
offsets = torch.tensor([0, 4, 4 + 6])
stacked = torch.cat([one.weight.detach() for one in tables])
together = nn.Embedding.from_pretrained(stacked, freeze=False)
assert torch.equal(together(columns + offsets).flatten(1), joined)

# %%
too_large = torch.tensor(6)
assert torch.equal(together(too_large + offsets[1]), tables[2].weight[0])
with expect_error(IndexError):
    tables[1](too_large)

# %%
sizes = {"city": 4, "shop": 6, "day": 7}
names = [f"{column} {i}" for column, size in sizes.items() for i in range(size)]
caption = "Three columns share one table"
RowLens(together, columns + offsets, names, axes=("record", "column"), caption=caption)

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
Task.rows(
    "A vector of ten places has ones at places 2 and 7 and zeros elsewhere. Multiplied by the table, it gives a sum of rows. Mark those rows.",
    (torch.zeros(V).index_fill(0, torch.tensor([2, 7]), 1.0)).nonzero(),
    V,
    "Each one lets its row through, and the product adds them up. That is what `nn.EmbeddingBag` with `mode='sum'` computes.",
)

# %% tags=["remove-input"]
Task.numbers(
    "A batch holds 8 ids and the vocabulary has 1000 tokens. How many bytes does the one-hot input take in float32, at 4 bytes a number?",
    [F.one_hot(torch.zeros(8, dtype=torch.int64), 1000).float().nbytes],
    "8 ids, 1000 places each, 4 bytes a place.",
    wrong={"8000": "That counts places. Each takes 4 bytes.", "64": "That is what the ids take themselves."},
)

# %% tags=["remove-input"]
Task.shape(
    "`nn.Linear(1000, 64, bias=False)` is to replace `nn.Embedding(1000, 64)`. What is the shape of the linear layer's `weight`?",
    nn.Linear(1000, 64, bias=False).weight.shape,
    "A linear layer keeps its weight as (outputs, inputs): the table transposed.",
    wrong={"1000, 64": "That is the table. The linear layer keeps it transposed."},
)

# %% tags=["remove-input"]
Task.choice(
    "One row of the table, row 9, is NaN in every column. The batch does not read it. What comes out?",
    "The lookup is clean; the one-hot product is NaN throughout",
    "The lookup never touches row 9. The product multiplies row 9 by zero, and zero times NaN is NaN.",
    wrong={
        "Both are clean": "The product does touch row 9: it multiplies it by zero. What is zero times NaN?",
        "Both are NaN": "A lookup reads the rows it is asked for, and no others.",
    },
)

# %% [markdown]
# ## Fine print
#
# - We counted the input and the products. A matrix product on hardware made for it wastes less time than the count suggests, and a lookup in a large table waits for memory. The counts say how the price grows, not how many seconds it takes.
# - `F.one_hot` returns int64, eight bytes a place. We counted the float32 copy that the product needs.
# - The two results compare equal in full float32. If you let a GPU use TF32, a shorter format, it rounds the numbers before it multiplies them. Then the product may differ from the lookup.
# - We counted the forward pass. In the backward pass, the embedding's gradient is a full table too, unless you ask for `sparse=True`.

# %% [markdown]
# ## Sources
#
# - PyTorch documentation: [`torch.nn.functional.one_hot`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html), [`torch.nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
# - S. Raschka, *LLMs from Scratch*, bonus material of chapter 2, shows the equality of embedding and linear layer on one page.
# - Questions that real people asked, answered here: [why three embeddings in a `Sequential` fail](https://github.com/pytorch/pytorch/issues/116598).
#
# questions: Q10
