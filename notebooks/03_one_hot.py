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
# # 3 One-hot times the table
#
# Textbooks write a lookup as a product: a vector with one 1 in it and zeros elsewhere, times the table. That vector is in the picture below, from top to bottom, in a column of its own. Where?

# %% tags=["set-up"]
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Goal, Task, aligned, expect_error
from rowlight.teaching.costs import cost_figure
from rowlight.teaching.counting import count_multiplications
from rowlight.teaching.walkthrough import BATCH, TABLE, WORDS

table, ids = torch.tensor(TABLE), torch.tensor(BATCH)
V, D = table.shape
hint = "Multiply each row by its number under “read” and add all ten rows up. What comes out?"
RowLens(table, torch.tensor([3]), WORDS, caption="“rain” reads one row", hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - write a lookup as a matrix product and as a linear layer, and say when the three differ,
# - say what a bias adds, and what a linear layer after the table adds,
# - estimate the price of the long way round, in bytes and in multiplications,
# - give several columns of categories their tables.
#
# **You need** chapters 1 and 2, and matrix multiplication.

# %% [markdown]
# ## One-hot
#
# A *one-hot vector* has a one at a single place and zeros everywhere else. To write id 3 that way we need V places, counted from 0, and put the one at place 3. In the lens it is the column *read*: no row is read, except row 3, once.

# %%
F.one_hot(torch.tensor(3), V)

# %% [markdown]
# ### Predict
#
# The batch of chapter 1 has five sentences of three ids.

# %% tags=["task"]
Task.shape(
    "`ids` has shape `(5, 3)` and V is 10. What is the shape of `F.one_hot(ids, V)`?",
    F.one_hot(ids, V).shape,
    "Each id becomes a vector with V places, so the shape gains V at the end.",
    wrong={
        "5, 3, 4": "4 is D, the length of a row. A one-hot vector has a place for each token.",
        "5, 10": "Each of the three positions gets a vector of its own.",
    },
)

# %% [markdown]
# ## The product is the lookup
#
# A vector times a matrix adds up the rows of the matrix, each weighted by one number of the vector. With one 1 among zeros, the sum is one row: the product has picked it. (`one_hot` gives whole numbers and the table holds decimals, so we convert.)

# %%
print(F.one_hot(torch.tensor(3), V).float() @ table)
print(table[3])

# %% [markdown]
# The same holds for the whole batch: shape `(5, 3, 10)` times `(10, 4)` gives `(5, 3, 4)`, and each number is equal.

# %%
one_hot = F.one_hot(ids, V).float()
torch.equal(one_hot @ table, F.embedding(ids, table))

# %% [markdown]
# A vector may have more than one 1. Add up the one-hot vectors of *rain again again*, and the product gives the sum of the three rows.

# %%
counts = one_hot[1].sum(dim=0)
print(counts)
print(counts @ table)
print(F.embedding(ids[1], table).sum(dim=0))

# %% [markdown]
# ## A table that is one-hot
#
# What if the table itself has a one in each row, at the row's own place? Then looking up *is* one-hot encoding.

# %%
identity = nn.Embedding.from_pretrained(torch.eye(V))
print(identity(torch.tensor(3)))
torch.equal(identity(ids), one_hot)

# %% [markdown]
# So one-hot vectors are an embedding too: one that is not trained, with D equal to V. Any two of its rows stand at a right angle, and all pairs are equally far apart.

# %% [markdown]
# ## The same as a linear layer
#
# A linear layer multiplies its input by a matrix of weights. `nn.Linear(V, D)` keeps that matrix transposed, in the shape `(D, V)`. Give it our table, transposed, and leave out the bias.

# %%
linear = nn.Linear(V, D, bias=False)
linear.weight = nn.Parameter(table.T.clone())
print(tuple(linear.weight.shape), torch.equal(linear(one_hot), F.embedding(ids, table)))

# %% [markdown]
# The gradients agree too, in float32 and up to rounding, as long as what comes back is finite; here the loss is the sum of squares. The embedding layer receives its gradient as `(V, D)`, the linear layer as `(D, V)`.

# %%
embedding = nn.Embedding.from_pretrained(table.clone(), freeze=False)
embedding(ids).square().sum().backward()
linear(one_hot).square().sum().backward()
torch.allclose(linear.weight.grad.T, embedding.weight.grad)

# %% [markdown]
# But two fresh layers do not start alike. `nn.Embedding` draws from a normal distribution whose standard deviation is 1 (chapter 2). `nn.Linear` draws evenly from a range that shrinks as V grows, from -1/√V to 1/√V.

# %%
torch.manual_seed(0)
for rows in (10, 1_000):
    limit, weight = rows**-0.5, nn.Linear(rows, 64, bias=False).weight
    print(f"V = {rows:5,}   1/√V {limit:.3f}   standard deviation {weight.std():.3f}")

# %% [markdown]
# ### What a bias adds
#
# A linear layer has a bias unless you leave it out: one more vector of D numbers, added to every output.

# %% tags=["task"]
Task.choice(
    "A linear layer on one-hot vectors keeps its bias. Which vectors can it give that a table without a bias cannot?",
    "None: add the bias to each row of the table",
    "Each output is a row plus the bias. A table whose rows have the bias added already gives the same.",
    wrong={
        "Vectors that do not lie around zero": "The rows of a table may lie anywhere.",
        "The zero vector": "A row of a table may be zero.",
        "A vector for an id outside the vocabulary": "Such an id has no place in a one-hot vector either.",
    },
)

# %%
with_bias = nn.Linear(V, D)
rows = with_bias.weight.T + with_bias.bias
torch.allclose(with_bias(one_hot), F.embedding(ids, rows))

# %% [markdown]
# The bias can go into the rows. If a linear layer follows, it can go into the bias of that one instead. While the model learns, though, a bias makes a difference. It has a part in every output, so a step moves it (unless its gradients cancel), and with it all ten vectors. Here is one step of SGD on *rain* alone, with the sum of the output as the loss. Printed is how far the first number of each row moved.

# %%
before = rows.detach()
with_bias(F.one_hot(torch.tensor([3]), V).float()).sum().backward()
torch.optim.SGD(with_bias.parameters(), lr=0.1).step()
after = with_bias.weight.T + with_bias.bias
print((after - before)[:, 0].detach())

# %% [markdown]
# Row 3 moved by its own gradient and by that of the bias. The other nine moved by that of the bias, and nobody had read them.
#
# So "an embedding is a linear layer on one-hot vectors" is true if there is no bias, no shortened number format, and no NaN or infinity in the table or in the gradients that come back: number for number going forward, and up to rounding going back, where the two may add up in another order. The first condition we have seen, the last comes below. The second is about formats such as bfloat16, in which a lookup adds up gradients otherwise than a product; chapter 4 meets such a case. And the layer must be a plain one: `padding_idx`, `max_norm`, `scale_grad_by_freq` and `sparse` have no counterpart in a linear layer.

# %% [markdown]
# ## The price
#
# If the results are equal, we choose by cost. Let us count for a batch of N = 15 ids, and rows of 64 columns. A formula would assume the answer, so we let the numbers count. `count_multiplications` fills a table with numbers that keep a tally of how often they are multiplied, and then runs the product or the lookup on it.

# %%
wide = torch.ones(V, 64)
print("product:", count_multiplications(lambda given, table: given @ table, one_hot, wide))
print("lookup: ", count_multiplications(lambda given, table: table[given], ids, wide))

# %% [markdown]
# The product makes 15 times 10 times 64 multiplications, N times V times D: each of the N times D numbers of the output is a sum over all V rows. The lookup makes none. It copies N times D numbers.
#
# ### Predict

# %% tags=["task"]
Task.numbers(
    "The vocabulary grows from 10 to 50,000 tokens. How many multiplications does the product make for the same 15 ids and 64 columns?",
    [ids.numel() * 50_000 * 64],
    "15 times 50,000 times 64. All but one of every 50,000 are multiplications by zero.",
    wrong={
        "9600": "That is for V = 10. The product goes through all the rows.",
        "3200000": "That is for one id. There are 15.",
    },
)


# %% [markdown]
# ### See


# %%
def cost(rows, D=64):
    one_hot = F.one_hot(ids, rows).float()
    return {
        "V": rows,
        "id bytes": ids.nbytes,
        "one-hot bytes": one_hot.nbytes,
        "copies": ids.numel() * D,
        "products": one_hot.numel() * D,
        "table bytes": 4 * rows * D,
    }


# %%
costs = [cost(rows) for rows in (10, 100, 1_000, 10_000, 50_000)]
print(aligned(costs))

# %%
cost_figure(costs)

# %% [markdown]
# The ids and the copies do not grow with the vocabulary. The one-hot vectors do, and so do the multiplications. The bytes are those of the float32 vectors that the product needs. `F.one_hot` makes int64 first, twice as large, and for a moment both are in memory.
#
# The table grows too, and that is the same for both. It is the price of the vocabulary, whatever way it is read.
#
# All these are counts. They say how the price grows. How many seconds it comes to depends on the machine; [Measured](../book/measured.md) has them for one.

# %% tags=["checked"]
# checked: the products are as many as tallied numbers and PyTorch's own counter say
from torch.utils.flop_counter import FlopCounterMode

for rows in (100, 300):
    given, big = F.one_hot(ids, rows).float(), torch.ones(rows, 64)
    tallied = count_multiplications(lambda given, table: given @ table, given, big)
    with FlopCounterMode(display=False) as counter:
        given @ big
    # The counter counts a multiplication and the addition after it as two.
    assert counter.get_total_flops() == 2 * tallied == 2 * cost(rows)["products"]
assert F.one_hot(ids, V).nbytes == 2 * one_hot.nbytes

# %% [markdown]
# ### When one-hot is good enough
#
# At V = 10 there is nothing to save: 600 bytes and 9,600 multiplications are nothing to a computer. A linear model with a few columns of categories is well served by one-hot vectors, and many libraries expect them. And where the vector is not one-hot but a mixture of tokens, half *rain* and half *sun*, the product still has an answer, and a lookup alone has none (chapter 4 needs this).

# %%
mixture = torch.zeros(V)
mixture[[1, 3]] = 0.5
print(mixture @ table)
print((table[1] + table[3]) / 2)

# %% [markdown]
# ## A table, then a linear layer
#
# Often a linear layer follows the table. It treats every row in the same way, so the two together are one table again: send all rows through the layer once, and look up in the result.

# %%
torch.manual_seed(1)
narrow, widen = nn.Embedding(V, 2), nn.Linear(2, 6, bias=False)
made = widen(narrow.weight)
torch.allclose(widen(narrow(ids)), F.embedding(ids, made))

# %% [markdown]
# That works for anything that treats each row by itself, in the same way each time, also if it bends the numbers, as ReLU does, which sets those below zero to zero. It ends where a step that is not linear, such as ReLU, comes after positions have been mixed: a mean over words and then a ReLU, for one. What it makes of two words is then not the sum of what it makes of each.
#
# Then why keep two layers? Because with many rows, a narrow enough table and a linear layer hold fewer weights than a wide table. The price is that they cannot make every table. *Rank* is the number of independent directions that the rows of a table span. Out of two columns, a linear layer without a bias makes tables of rank 2 at most, however wide they are. Our fresh table of ten rows and six columns has rank 6.

# %%
free = nn.Embedding(V, 6).weight
print("two columns, widened to six: rank", torch.linalg.matrix_rank(made).item())
print("six columns of their own:    rank", torch.linalg.matrix_rank(free).item())

# %% [markdown]
# ALBERT, a language model of 2019, has in its base form 30,000 tokens, rows of 128 numbers, and a linear layer that widens them to 768 (biases left out).

# %%
print(f"one table: {30_000 * 768:,} weights   two layers: {30_000 * 128 + 128 * 768:,}")

# %% [markdown]
# And as with the bias, training differs. A step that reads row 3 alone moves the linear layer, and with it all ten rows of the table that the two make.

# %%
widen(narrow(torch.tensor([3]))).sum().backward()
torch.optim.SGD([*narrow.parameters(), *widen.parameters()], lr=0.1).step()
moved = (widen(narrow.weight) - made).abs().sum(dim=1) > 1e-4
print("rows that moved:", moved.nonzero().flatten().tolist())

# %% [markdown]
# ## Several columns of categories
#
# One-hot vectors are at home in tables of data, where several columns are categories. Here are two records, one a line: city 0, shop 3, day 2, and city 3, shop 1, day 1. `sizes` says how many cities, shops and days there are.

# %%
sizes = {"city": 5, "shop": 8, "day": 7}
records = torch.tensor([[0, 3, 2], [3, 1, 1]])

# %% [markdown]
# It is tempting to put three embedding layers into one `nn.Sequential`. That is a chain, though: the second layer receives the vectors of the first, and vectors are not ids.

# %% questions=["Q10"]
chain = nn.Sequential(nn.Embedding(5, 3), nn.Embedding(8, 4), nn.Embedding(7, 2))
with expect_error(RuntimeError):
    chain(records)

# %% [markdown]
# Keep the tables side by side instead, in a `ModuleList`. Each reads its own column of the records (`.T` gives us the columns one by one), and the vectors are joined: 3, 4 and 2 numbers make 9.

# %%
tables = nn.ModuleList([nn.Embedding(5, 3), nn.Embedding(8, 4), nn.Embedding(7, 2)])
vectors = [one(column) for one, column in zip(tables, records.T, strict=True)]
print(tuple(torch.cat(vectors, dim=1).shape))

# %% [markdown]
# The one-hot way puts the one-hot vectors of a record side by side, in 5 + 8 + 7 = 20 places with three ones. Times one table of twenty rows, that is a sum of three rows.

# %%
parts = [F.one_hot(column, n) for column, n in zip(records.T, sizes.values(), strict=True)]
side_by_side = torch.cat(parts, dim=1)
side_by_side

# %% [markdown]
# So one large table can serve all columns, if they use the same D. To the ids of a column, add the number of rows before its part: city 0 stays at row 0, shop 0 moves to row 5, day 0 to row 13.

# %%
offsets = torch.tensor([0, 5, 5 + 8])
together = nn.Embedding(5 + 8 + 7, 3)
torch.allclose(side_by_side.float() @ together.weight, together(records + offsets).sum(dim=1))

# %%
names = [f"{column} {i}" for column, n in sizes.items() for i in range(n)]
RowLens(
    together,
    records + offsets,
    names,
    axes=("record", "column"),
    caption="Three columns share one table",
    hint="Each line is a record. Change a shop to 13: what does it read now?",
)

# %% [markdown]
# The gain: one layer and one lookup, however many columns there are. The price: D is the same for all, and a shop id that is too large may read another column's row instead of raising an error. Shop 8 does not exist. It reads day 0.

# %%
with expect_error(IndexError):
    tables[1](torch.tensor(8))
names[8 + offsets[1]]

# %% tags=["task"]
Task.ids(
    "Here are the three ids of record 1 in the common table. Change them so that it is city 4, shop 7 and day 6, the last of each.",
    torch.tensor([4, 7, 6]) + offsets,
    5 + 8 + 7,
    "Each column begins where the one before it ends: 4 + 0, 7 + 5 and 6 + 13.",
    {
        Goal(ids=[4, 7, 6]): "Those are the ids within the columns. Add the offsets 0, 5 and 13.",
        Goal(ids=[5, 13, 20]): "You counted from 1. Row 20 does not exist.",
    },
    start=records[0] + offsets,
)

# %% [markdown]
# ## Why it works
#
# Zero times a finite number is zero, and adding zero changes nothing. Of the V products in each sum all but one are zero, and the work that makes them is wasted. A lookup skips it: it goes to the one row whose weight is one.
#
# *Finite* is the third condition. NaN, "not a number", is what 0/0 gives, and zero times NaN is NaN. Zero times infinity is NaN too. One such number in a row that nobody reads spoils its column in the whole product. The lookup stays clean. On the way back an infinite gradient does the same: the product makes NaN in rows that nobody read.

# %%
spoiled = table.clone()
spoiled[9, 2] = torch.nan
print("product:", (one_hot @ spoiled)[0, 0])
print("lookup: ", F.embedding(ids, spoiled)[0, 0])

# %% tags=["checked"]
# checked: nobody reads row 9, and NaN and infinity both spoil column 2 of every vector of the product
assert 9 not in ids
for what in (torch.nan, torch.inf):
    spoiled[9, 2] = what
    assert (one_hot @ spoiled).isnan().all(dim=(0, 1)).tolist() == [False, False, True, False]
    assert torch.equal(F.embedding(ids, spoiled), F.embedding(ids, table))
# and an infinite gradient, of the root of a row of zeros, spoils rows of the product that nobody reads
zeros = torch.zeros(V, D, requires_grad=True)
(product,) = torch.autograd.grad((one_hot @ zeros).sqrt().sum(), zeros)
(lookup,) = torch.autograd.grad(F.embedding(ids, zeros).sqrt().sum(), zeros)
assert product[9].isnan().all()
assert not lookup[9].any()

# %% [markdown]
# ## Try it

# %% tags=["task"]
counts = F.one_hot(torch.tensor([1, 3, 3]), V).sum(dim=0)
Task.ids(
    "Change the ids so that their three one-hot vectors add up to 0, 1, 0, 2, 0, 0, 0, 0, 0, 0.",
    [1, 3, 3],
    V,
    "Row 1 once and row 3 twice, in any order: a sum does not tell what came first.",
    {
        Goal(reads={1: 2, 3: 1}): "Row 1 once, row 3 twice.",
        Goal(reads={2: 1, 4: 2}): "Places are counted from 0.",
        Goal(reads={1: 1, 2: (1, 2)}): "The 2 is a count. The id is the place where it stands.",
    },
    start=[3, 2, 2],
    goal=Goal(reads=dict(enumerate(counts))),
)

# %% tags=["task"]
Task.numbers(
    "A vector of ten places holds 2 at place 0, 1 at place 7 and zeros elsewhere. Multiply it by the table of ten rows, from the top of this chapter. What is the first number of the result?",
    (torch.tensor([2.0, 0, 0, 0, 0, 0, 0, 1.0, 0, 0]) @ table)[:1],
    "Twice 1.4610, plus 0.7443.",
    wrong={
        "2.2053": "That is the sum of both rows. Row 0 counts twice.",
        "1.461": "Row 7 has a part in it as well.",
    },
)

# %% tags=["task"]
Task.numbers(
    "A batch holds 8 ids and the vocabulary has 1,000 tokens. How many bytes do the one-hot vectors take in float32, at 4 bytes a number?",
    [F.one_hot(torch.zeros(8, dtype=torch.int64), 1000).float().nbytes],
    "8 ids, 1,000 places each, 4 bytes a place.",
    wrong={
        "8000": "That counts places. Each takes 4 bytes.",
        "64": "That is what the ids take themselves, at 8 bytes each.",
        "64000": "That is int64, as `F.one_hot` makes them. The question is about float32.",
    },
)

# %% tags=["task"]
Task.shape(
    "`nn.Linear(1000, 64, bias=False)` replaces `nn.Embedding(1000, 64)`. What is the shape of its `weight`?",
    nn.Linear(1000, 64, bias=False).weight.shape,
    "A linear layer keeps its weight as (outputs, inputs): the table transposed.",
    wrong={"1000, 64": "That is the table. The linear layer keeps it transposed."},
)

# %% tags=["task"]
Task.numbers(
    "2,000 tokens, rows of 8 numbers, and a linear layer without a bias that widens them to 100. How many weights do the two layers hold, and how many would one table hold?",
    [2000 * 8 + 8 * 100, 2000 * 100],
    "2,000 times 8 plus 8 times 100, against 2,000 times 100.",
    wrong={
        "16000, 200000": "The linear layer has weights of its own: 8 times 100.",
        "1600000, 200000": "The numbers of weights of two layers are added.",
    },
)

# %% tags=["task"]
Task.choice(
    "Every number in row 9 of a table is infinite. The batch does not read row 9. What comes out?",
    "The lookup is clean; the one-hot product is NaN throughout",
    "The lookup never touches row 9. The product multiplies it by zero, and zero times infinity is NaN.",
    wrong={
        "Both are clean": "The product does touch row 9: it multiplies it by zero. What is zero times infinity?",
        "Both are NaN": "A lookup reads the rows it is asked for, and no others.",
        "The lookup is clean; the product is infinite": "Zero times infinity is neither zero nor infinite.",
    },
)

# %% [markdown]
# ## Fine print
#
# - We counted the forward pass. In the backward pass the embedding's gradient is a full table too, unless you ask for `sparse=True` (chapters 4 and 6).
# - With a bias in the widening layer, the rank can be one higher: the bias is a direction of its own.
# - TF32, a format that some graphics cards use inside matrix products if you allow it, is such a shortened format. We have not run it here.

# %% [markdown]
# ## Questions answered here
#
# - [I put three nn.Embedding layers for three categorical columns in one nn.Sequential and got a FloatTensor-indices error; what is wrong?](https://github.com/pytorch/pytorch/issues/116598)

# %% [markdown]
# ## Sources
#
# - PyTorch documentation: [`torch.nn.functional.one_hot`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html), [`torch.nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
# - S. Raschka, *LLMs from Scratch*, bonus material of chapter 2, shows the equality of embedding and linear layer on one page.
# - Z. Lan and others, *ALBERT: A Lite BERT for Self-supervised Learning of Language Representations*, 2019, for a table followed by a linear layer.
