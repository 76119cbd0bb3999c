# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["remove-cell"]
from importlib.util import find_spec

assert find_spec("rowlight"), "Missing library. Run this line once: %pip install rowlight"

# %% [markdown]
# # Ids are names
#
# Token 5 is not more than token 2. The number 5 is a name, like the number on a locker. This chapter tests that claim.
#
# **After this chapter you can**
#
# - say what happens when all ids are renamed,
# - tell a name from a quantity, and pick the right layer for each,
# - read a transposed table, as many papers draw it,
# - say what a fresh table knows about its tokens.
#
# **You need** chapter 1, and to have seen a PyTorch training loop and a linear layer.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Task
from rowlight.teaching.walkthrough import BATCH, TABLE

# %% [markdown]
# We use the table and the batch from chapter 1. Here V is 10 and D is 4. `F.embedding(ids, table)` is the lookup without the layer: the table is passed in.

# %%
table, ids = torch.tensor(TABLE), torch.tensor(BATCH)
V, D = table.shape

# %% [markdown]
# ## Rename every token
#
# A *permutation* is a new order of the same things. We shuffle the numbers 0 to 9 and use the result as a list of new names: the token that was called `i` is now called `new_name[i]`.

# %%
torch.manual_seed(1)
new_name = torch.randperm(V)
new_name

# %% [markdown]
# Every id in the batch gets its new name. Each row moves to the place with its new number: `new_name[0]` is 5, so row 0 becomes row 5. Mind the side of the brackets: `moved[new_name] = table` puts row i at place `new_name[i]`, and `table[new_name]` would do the reverse.

# %%
renamed_ids = new_name[ids]
moved = torch.empty_like(table)
moved[new_name] = table

# %%
assert new_name[0] == 5
assert torch.equal(moved[5], table[0])
assert torch.equal(moved[new_name], table)

# %% [markdown]
# ### Predict

# %% tags=["remove-input"]
same = torch.equal(F.embedding(renamed_ids, moved), F.embedding(ids, table))
assert same
Task.choice(
    "The ids are renamed and the rows have moved along. How does the output compare with the one before?",
    "It is equal in every number",
    "Each renamed id finds the row that its old name found. Nothing else in the lookup depends on the number.",
    wrong={
        "It holds the same vectors in another order": "The order of the output follows the order of the ids in the batch, and that did not change.",
        "It is different: other ids read other rows": "Other ids, yes. The rows moved along with them, though.",
    },
)

# %% [markdown]
# ### See
#
# Compare this lens with the second one in chapter 1, which shows the World4AI table. The ids differ and the rows stand elsewhere. The output is the same.

# %%
RowLens(moved, renamed_ids, caption="New names, moved rows, the same output")

# %%
assert torch.equal(F.embedding(renamed_ids, moved), F.embedding(ids, table))

# %% [markdown]
# ### It holds while a model learns, too
#
# One lookup proves little. Let us train two models for thirty steps, one with the old names and one with the new. Each averages the three vectors of a sentence and passes the result to a linear layer, which guesses one of two labels. `nn.EmbeddingBag` is an embedding layer that looks up and combines in one go; unless told otherwise, it averages. The seed inside `train` gives both models the same linear layer to start from.


# %%
def train(table, ids, labels, steps=30):
    torch.manual_seed(2)
    bag = nn.EmbeddingBag.from_pretrained(table.clone(), freeze=False)
    model = nn.Sequential(bag, nn.Linear(D, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(ids), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, bag.weight.detach()


# %%
labels = torch.tensor([0, 1, 1, 0, 0])
losses, learned = train(table, ids, labels)
renamed_losses, renamed_learned = train(moved, renamed_ids, labels)
print(f"loss at the first step {losses[0]:.4f}, at the last {losses[-1]:.4f}")

# %% [markdown]
# The two models have the same loss at each step, up to rounding, and the rows they learn are the same rows under other names.

# %%
torch.testing.assert_close(losses, renamed_losses)
torch.testing.assert_close(renamed_learned[new_name], learned)

# %% [markdown]
# This cell checks that `nn.EmbeddingBag` looks up and averages.

# %%
bag = nn.EmbeddingBag.from_pretrained(table)
torch.testing.assert_close(bag(ids), F.embedding(ids, table).mean(dim=1))

# %% [markdown]
# ## You cannot calculate with names
#
# Two plus three is five. Does row 2 plus row 3 give row 5?

# %%
F.embedding(torch.tensor(2), table) + F.embedding(torch.tensor(3), table)

# %%
F.embedding(torch.tensor(5), table)

# %% [markdown]
# No. Rows are vectors, and vectors can be added, so the sum exists. It has nothing to do with 2 + 3. For the same reason, ids do not say which rows are close: that 5 follows 4 tells us nothing about rows 4 and 5.

# %%
assert not torch.allclose(table[2] + table[3], table[5])

# %% [markdown]
# ## Names and quantities
#
# When an input is a quantity, the number itself means something. Twice the floor area is twice as much floor. When an input is a name, the number means nothing: district 6 is not twice district 3.
#
# Here are houses with a district and a price. The price depends on the district in no particular order.

# %%
district = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
price = torch.tensor([3.0, 3.0, 9.0, 9.0, 1.0, 1.0, 6.0, 6.0])

# %% [markdown]
# A linear layer takes the id as a quantity. The best it can do is one straight line through all districts. A table with one column gives each district its own number. For both, `lstsq` finds the fit with the smallest squared error.
#
# The column of ones lets the line start at any height. For the table we write each id as a *one-hot vector*, with a one at the place of the id and zeros elsewhere; chapter 3 is about that.

# %%
as_quantity = torch.stack([district.float(), torch.ones(8)], dim=1)
line = torch.linalg.lstsq(as_quantity, price[:, None]).solution
line_error = (as_quantity @ line).squeeze() - price

# %%
as_name = F.one_hot(district).float()
rows = torch.linalg.lstsq(as_name, price[:, None]).solution
row_error = F.embedding(district, rows).squeeze() - price

# %%
print(f"line: off by {line_error.square().mean().sqrt():.2f} (root mean square)")
print(f"rows: off by {row_error.square().mean().sqrt():.2f}")

# %% [markdown]
# The straight line misses. The table fits exactly, because it holds one number for each district, and here each district has one price. So: ids, districts, shops and words go through an embedding. Areas, ages and temperatures go through a linear layer. Both kinds of layer learn, and both are made of weights.

# %%
assert line_error.square().mean().sqrt() > 1
assert row_error.abs().max() < 1e-4
assert nn.Embedding(4, 1).weight.requires_grad
assert nn.Linear(1, 1).weight.requires_grad

# %% [markdown]
# ## What a fresh table knows
#
# Nothing. Its rows are independent random draws, and closeness means nothing yet. The *cosine* of two rows says how well their directions agree: 1 for the same direction, 0 for a right angle, -1 for opposite. Take a table of a thousand rows and compare each even row with the next.

# %%
torch.manual_seed(3)
fresh = nn.Embedding(1000, 64).weight.detach()
cosines = F.cosine_similarity(fresh[0::2], fresh[1::2])
print(f"mean {cosines.mean():.3f}, standard deviation {cosines.std():.3f}")

# %% [markdown]
# The average is close to zero. Single pairs stray from it by chance alone, typically by as much as the standard deviation.

# %%
assert cosines.mean().abs() < 0.02
assert 0.1 < cosines.std() < 0.15

# %% [markdown]
# ## A loss gives names their meaning
#
# Closeness comes from training. Say that tokens 0 to 4 are kind words and tokens 5 to 9 are rude ones, and a linear layer must tell which from the row alone.

# %%
torch.manual_seed(4)
kind = torch.arange(V) < 5
words = nn.Embedding(V, 8)
judge = nn.Linear(8, 1)


# %% [markdown]
# We compare every token with every other: the pairs inside a group, and the pairs across.


# %%
def inside_and_across(rows):
    cosine = F.cosine_similarity(rows[:, None], rows[None], dim=-1)
    same_group = kind[:, None] == kind[None]
    same_token = torch.eye(V, dtype=torch.bool)
    return cosine[same_group & ~same_token].mean(), cosine[~same_group].mean()


# %%
before = inside_and_across(words.weight.detach())
print("before: inside {:.2f}, across {:.2f}".format(*before))

# %%
optimizer = torch.optim.Adam([*words.parameters(), *judge.parameters()], lr=0.1)
for _ in range(100):
    guess = judge(words(torch.arange(V))).squeeze()
    loss = F.binary_cross_entropy_with_logits(guess, kind.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# %%
after = inside_and_across(words.weight.detach())
print("after:  inside {:.2f}, across {:.2f}".format(*after))

# %% [markdown]
# Tokens of one group now point roughly the same way, and the groups point away from each other. Training with this loss did that. The embedding layer alone does not.

# %%
assert after[0] > before[0] + 0.3
assert after[1] < before[1] - 0.3

# %% [markdown]
# ### Is this word2vec?
#
# No. *Word2vec* is a family of training methods. One of them, skip-gram, guesses the words around a word, and keeps two tables to do so. The layer is a table that any loss can train.
#
# Below, the table that we have trained meets two other losses. The first, in the manner of skip-gram with *negative sampling*, asks for a large product of row 0 with row 1, a word that stood beside it, and a strongly negative one with row 9, a word drawn at random. The second asks for numbers close to zero. Each would move row 0 in a direction of its own. `torch.autograd.grad` hands a gradient back instead of storing it, and `retain_graph=True` keeps the lookup for the second call.

# %%
center, near, far = words(torch.tensor([0, 1, 9]))
skip_gram = -F.logsigmoid(center @ near) - F.logsigmoid(-(center @ far))
small = (center**2 + near**2 + far**2).sum()

# %%
(from_skip_gram,) = torch.autograd.grad(skip_gram, words.weight, retain_graph=True)
(from_small,) = torch.autograd.grad(small, words.weight)
cosine = F.cosine_similarity(from_skip_gram[0], from_small[0], dim=0)
print(f"cosine of the two gradients of row 0: {cosine:.2f}")

# %%
assert from_skip_gram.abs().sum(dim=1).nonzero().flatten().tolist() == [0, 1, 9]
assert cosine < 0.5

# %% [markdown]
# Vectors that word2vec made elsewhere can be loaded into the layer, with `from_pretrained`.

# %% [markdown]
# ## Rows or columns
#
# PyTorch keeps one token per row, in a table of shape `(V, D)`. Many papers, and some libraries, keep one token per column, in a matrix of shape `(D, V)`. They then write the lookup as that matrix times a one-hot column. The numbers are the same, transposed. Press *Columns* to turn the table.

# %%
RowLens(
    table,
    ids[1],
    caption="One table, two conventions",
    hint="Press Columns to turn the table. The output stays as it is.",
    transpose_switch=True,
)

# %%
transposed = table.T
assert transposed.shape == (D, V)
assert torch.equal(table[3], transposed[:, 3])
assert torch.equal(transposed @ F.one_hot(torch.tensor(3), V).float(), table[3])

# %% [markdown]
# ## Why it works
#
# A lookup uses an id for one thing: to find a row. The size of the id enters none of the numbers that come out. So you may give the numbers 0 to V - 1 to the tokens in any order, as long as the rows move with them.

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
Task.numbers(
    "With the renaming above, what is the new name of token 2? The list `new_name` is printed near the top.",
    [new_name[2]],
    "`new_name[2]` is the new name of token 2, and row 2 has moved to that place.",
    wrong={
        str((new_name == 2).nonzero().item()): "That is the token whose new name is 2. We want the new name of token 2."
    },
)

# %% tags=["remove-input"]
Task.choice(
    "A model predicts delivery time. Which input belongs in an embedding?",
    "The id of the courier",
    "The courier's id is a name. Distance and weight are quantities: twice the number is twice as much.",
    wrong={
        "The distance in kilometres": "A distance is a quantity: twice as far is twice as much.",
        "The weight of the parcel": "A weight is a quantity.",
    },
)

# %% tags=["remove-input"]
Task.shape(
    "A paper writes its embedding matrix with one token per column, of shape `(300, 50000)`. What is the shape of `nn.Embedding.weight` for the same tokens?",
    torch.empty(300, 50000, device="meta").T.shape,
    "PyTorch keeps one token per row: V first, then D.",
    wrong={"300, 50000": "That is the paper's shape. PyTorch transposes it."},
)

# %% tags=["remove-input"]
Task.choice(
    "Two rows of a fresh `nn.Embedding` have cosine 0.2. What does that tell you about the two tokens?",
    "Nothing: the rows are random",
    "Before training, closeness is chance. With small D, chance alone gives large cosines.",
    wrong={
        "They are somewhat similar": "Nothing has been trained. Who would have told the layer?",
        "Their ids are close together": "Ids are names. Neighbouring ids get independent rows.",
    },
)

# %% [markdown]
# ## Fine print
#
# - The two training runs agree to the tolerance of `torch.testing.assert_close`, not always to the last bit. Renaming can change the order in which numbers are added up.
# - Renaming changes nothing as long as nothing else in the model uses the id as a number. Code that sorts by id does, and so does `padding_idx`, which treats one id in a special way: rename it too.
# - The cosine of random rows depends on D. Around zero, it spreads wider when D is small.

# %%
narrow = nn.Embedding(1000, 2).weight.detach()
assert F.cosine_similarity(narrow[0::2], narrow[1::2]).std() > 3 * cosines.std()

# %% [markdown]
# ## Sources
#
# - World4AI, *Word Embeddings in PyTorch*, for the table and the batch.
# - T. Mikolov and others, *Distributed Representations of Words and Phrases and their Compositionality*, 2013, for skip-gram with negative sampling.
# - Questions that real people asked, answered here: [what the layer does, and whether it places similar words together](https://stackoverflow.com/questions/50747947/embedding-in-pytorch); whether it has weights that learn, and when to prefer it to a linear layer (Stack Overflow 71627583); [whether it is word2vec](https://github.com/keras-team/keras/issues/7488).
#
# questions: Q01, Q03, Q05
