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
# # 2 Ids are names
#
# Here are the first five words of chapter 1, and below them the same five, sorted. Sorting gave most words a new id, and their rows moved along with them. Which numbers of the output have changed?

# %% tags=["set-up"]
import torch
from IPython.display import display
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Goal, Task
from rowlight.teaching.walkthrough import BATCH, TABLE, WORDS

table, ids = torch.tensor(TABLE), torch.tensor(BATCH)
five = sorted(WORDS[:5])
new_rows = table[[WORDS.index(word) for word in five]]
new_ids = torch.tensor([five.index(WORDS[i]) for i in ids[1]])
hint = "Pick the same word in both lenses. Which numbers of its vector differ?"
display(RowLens(table[:5], ids[1], WORDS[:5], caption="“rain again again”, as in chapter 1"))
RowLens(new_rows, new_ids, five, caption="The same sentence, words sorted", hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - say what happens when all ids are renamed, and what happens when somebody forgets to move the rows,
# - tell a name from a quantity, and pick the right layer for each, in the awkward cases too,
# - say what a fresh table knows about its tokens, and how large a cosine chance alone gives,
# - read a transposed table, as many papers draw it.
#
# **You need** chapter 1. Training loops and linear layers are explained where the first ones stand.

# %% [markdown]
# ## Rename every token
#
# Now with all ten words, in the table and the batch of chapter 1. The place of a word in the sorted list is its new id.

# %%
in_order = sorted(WORDS)
new_name = torch.tensor([in_order.index(word) for word in WORDS])
print(*enumerate(in_order))
new_name

# %% [markdown]
# `new_name[i]` is the new id of the token that was called `i`: *no* was 0 and is now 5. To rename a batch, look each id up in that list.

# %%
renamed = new_name[ids]
renamed

# %% [markdown]
# Each row must move to the place with its new number. `moved[names] = three` does that, and `three[names]` does the opposite. See it on three rows of one number each, with the new names 1, 2, 0.

# %%
three, names = torch.tensor([10, 11, 12]), torch.tensor([1, 2, 0])
moved = torch.empty_like(three)
moved[names] = three
print("moved[names] = three:", moved.tolist())
print("three[names]:        ", three[names].tolist())

# %% [markdown]
# In the first line row 0 goes to place 1: the 10 stands in the middle. That is what we want. In the second, place 0 takes row 1: the 11 stands in front.

# %%
moved = torch.empty_like(table)
moved[new_name] = table

# %% [markdown]
# `F.embedding(ids, table)` is the lookup without the layer: the table is passed in.

# %%
torch.equal(F.embedding(renamed, moved), F.embedding(ids, table))

# %% [markdown]
# All sixty numbers are equal. Every renamed id finds the row that its old name found.
#
# ### Predict
#
# A team sorts its list of words to tidy up. The ids follow the new list. The trained table stays as it was.

# %% tags=["task"]
Task.choice(
    "What happens when the model runs?",
    "No error: words read the rows of other words",
    "Each id is still between 0 and V - 1, so nothing can be refused. The rows are those of the old list.",
    wrong={
        "An error: the ids do not fit the table": "They do fit: ten ids, ten rows. The layer has no list of words to compare them with.",
        "No error: the right rows are found by their words": "The table holds numbers and no words. Only the id leads to a row.",
    },
)

# %% [markdown]
# ### See
#
# To the old table, the renamed batch spells other sentences. On the left what is meant, on the right what is read.

# %%
for old, new in zip(ids, renamed, strict=True):
    print(" ".join(WORDS[i] for i in old), "→", " ".join(WORDS[i] for i in new))

# %% [markdown]
# So a table is worth nothing without its list. A tokenizer that was rebuilt, sorted or updated may give valid ids for the wrong rows, and nobody complains.

# %% tags=["checked"]
# checked: the renamed ids are valid, and every one of the ten has changed
assert not (new_name == torch.arange(10)).any()
assert torch.equal(moved[new_name], table)
assert renamed.min() >= 0
assert renamed.max() < len(table)

# %% [markdown]
# ## It holds while a model learns
#
# One lookup proves little. Let two models learn, one with the old names and one with the new. Each averages the three vectors of a sentence (`.mean(dim=1)`). A *linear layer* turns the average into two scores, one for each of two labels: it multiplies by a matrix of weights and adds a vector of weights, its *bias*.
#
# A *training loop* repeats the same few lines. Compute the loss; `F.cross_entropy` is small if in each sentence the score of the right label lies far above the other. Clear the gradients of the last round. Let `backward()` compute new ones. Let the optimizer take a step: `SGD` subtracts from each weight its gradient times `lr`.

# %%
V, D = table.shape


# %%
def train(table, ids, labels, steps=30):
    torch.manual_seed(2)  # the same linear layer for both
    embedding = nn.Embedding.from_pretrained(table.clone(), freeze=False)
    scores = nn.Linear(D, 2)
    optimizer = torch.optim.SGD([*embedding.parameters(), *scores.parameters()], lr=0.5)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(scores(embedding(ids).mean(dim=1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, embedding.weight.detach()


# %%
labels = torch.tensor([0, 1, 1, 0, 0])
losses, learned = train(table, ids, labels)
renamed_losses, renamed_learned = train(moved, renamed, labels)

# %%
for step in (0, 1, 9, 29):
    print(f"step {step + 1:2}   old names {losses[step]:.4f}   new {renamed_losses[step]:.4f}")

# %% [markdown]
# The losses agree, and so do the rows that were learned. Row 0 of the one table is row 5 of the other.

# %%
print(learned[0], renamed_learned[5], sep="\n")

# %% tags=["checked"]
# checked: all thirty losses and all ten learned rows agree, up to rounding
torch.testing.assert_close(losses, renamed_losses)
torch.testing.assert_close(renamed_learned[new_name], learned)
assert losses[-1] < 0.1 < losses[0]

# %% [markdown]
# ## Names and quantities
#
# Two columns of a list of houses hold whole numbers. *District* is a name: district 4 is not twice district 2. *Area* is a quantity: 80 square metres are twice as much as 40. We make up 72 houses for each, half to learn from and half to test on. Prices are in units of 100,000.

# %%
torch.manual_seed(0)
level = torch.tensor([3.0, 9.0, 1.0, 6.0, 2.0, 8.0])
district, area = torch.arange(6).repeat(12), torch.randint(40, 81, (72,))
by_district = level[district] + 0.7 * torch.randn(72)
by_area = area / 12 + 0.7 * torch.randn(72)

# %% [markdown]
# Two models compete. The first treats the number as a quantity and draws a straight line, as `nn.Linear(1, 1)` does. The second treats it as a name and has a row of one number for each, as `nn.Embedding(V, 1)` does. For the squared error, both have a best answer that needs no training. The best line is given by a formula. The best row is the mean price of the houses that read it. A row that no house reads has no best answer. We leave it as it was drawn.


# %%
def best_line(x, y):
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return slope, y.mean() - slope * x.mean()


# %%
def best_rows(ids, y, V):
    rows = nn.Embedding(V, 1).weight.detach().squeeze(1)
    for i in ids.unique():
        rows[i] = y[ids == i].mean()
    return rows


# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "Thirty-six houses teach both models. Which of the two will be closer on the other thirty-six?",
    "Rows for the district, the line for the area",
    "Districts have no order that a line could follow. Areas have one, and most areas between 40 and 80 are seen once or never.",
    wrong={
        "Rows for both: they can hold any price": "They can. But what does the row of 73 square metres hold, if no house had 73?",
        "The line for both: it needs only two numbers": "Few numbers are an advantage if they can say what is there. Look at the six levels: 3, 9, 1, 6, 2, 8.",
    },
)

# %% [markdown]
# ### See


# %%
def compete(given, price, V):
    slope, start = best_line(given.float(), price)
    return start + slope * torch.arange(V), best_rows(given, price, V)


# %%
learn, test = slice(0, 36), slice(36, 72)
as_name = compete(district[learn], by_district[learn], 6)
as_size = compete(area[learn], by_area[learn], 81)
models = {
    "district, a name": (district, by_district, *as_name),
    "area, a quantity": (area, by_area, *as_size),
}

# %% [markdown]
# How far is each model off on the test houses, as the root of the mean square?

# %%
for name, (given, price, line, rows) in models.items():
    off = [(says[given[test]] - price[test]).square().mean().sqrt() for says in (line, rows)]
    print(f"{name}:   line {off[0]:.2f}   rows {off[1]:.2f}")

# %%
from rowlight.teaching.fits import fit_figure

fit_figure(models, learn)

# %% [markdown]
# Each model is closer on its own ground. The prices scatter by 0.7, so nobody can do much better than that. The strokes about zero on the right are rows that no house has taught: they still hold what the fresh table drew. The test reads some of them. How far are both off on areas that were taught?

# %%
taught = torch.isin(area[test], area[learn])
for name, says in zip(("line", "rows"), as_size, strict=True):
    off = (says[area[test]] - by_area[test])[taught].square().mean().sqrt()
    print(f"{name}: {off:.2f} on {taught.sum()} houses")

# %% [markdown]
# So the line is still ahead, by less: the rows lost most on areas that no house taught.
#
# A model of house prices wants both, one layer for each kind of input. Both layers are made of weights that learn; their shapes are printed below. (`area[:, None]` makes a column out of the list, as `nn.Linear` expects.)

# %% questions=["Q03"]
price_of_district, price_of_area = nn.Embedding(6, 1), nn.Linear(1, 1)
guess = price_of_district(district) + price_of_area(area[:, None].float())
for layer in (price_of_district, price_of_area):
    print(layer, [tuple(w.shape) for w in layer.parameters() if w.requires_grad])

# %% tags=["checked"]
# checked: training the two layers on the districts ends at the best line and the best rows
x, y = district[learn], by_district[learn, None]
linear = (nn.Linear(1, 1), x[:, None].float(), 0.1, as_name[0])
embedding = (nn.Embedding(6, 1), x, 1.0, as_name[1])
for layer, given, lr, best in (linear, embedding):
    optimizer = torch.optim.SGD(layer.parameters(), lr)
    for _ in range(300):
        loss = F.mse_loss(layer(given), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(layer(given).detach(), best[x][:, None], atol=0.05, rtol=0)

# %% [markdown]
# ## The awkward cases
#
# **Two values.** A garden, yes or no. A line through two points meets both, so once both values have been seen, line and rows have the same best answer.

# %%
garden = torch.tensor([0, 0, 0, 1, 1, 1])
price = torch.tensor([2.0, 3.0, 4.0, 5.0, 5.0, 8.0])
line, rows = compete(garden, price, 2)
print("line", line.tolist(), " rows", rows.tolist())

# %% [markdown]
# **An order without equal steps.** Small, medium, large. Numbered 0, 1, 2, they go up in a line whose two steps are equal, whether the prices agree or not. Rows take any steps, but do not know that medium lies in the middle.

# %%
sizes, price = torch.tensor([0, 1, 2]), torch.tensor([1.0, 2.0, 6.0])
line, rows = compete(sizes, price, 3)
print("line", line.tolist(), " rows", rows.tolist())

# %% [markdown]
# With many examples of each size, prefer rows. With few, the line may do better, because it needs only two numbers and is told the order. Months and hours are another kind: they go in a circle, and as numbers December and January are as far apart as can be.
#
# **Seen once, or never.** Three shops sell about the same, 5 a day, give or take 1. The third has been open for a day. A fourth will open tomorrow, and has a row already.

# %%
torch.manual_seed(13)
shop = torch.tensor([0] * 30 + [1] * 30 + [2])
sold = 5 + torch.randn(61)
of_shop = best_rows(shop, sold, 4)
seen = shop.bincount(minlength=4)

# %%
for i in range(4):
    print(f"shop {i}: days seen {seen[i]:2}, its row says {of_shop[i]:5.2f}")

# %% [markdown]
# A row that was read often is close to 5. The row that was read once repeats the one day it saw. The row that was never read says whatever was drawn, and no error tells you. One remedy, where many names are rare, is one extra row for all of them, after those of the shops. Every shop seen fewer than, say, five times reads it, in training too.

# %%
common = 4
row_of = torch.where(seen < 5, common, torch.arange(4))
row_of

# %% [markdown]
# **A quantity that bends.** If a straight line is too stiff for a quantity and a row for each value is too many, cut it into bins. `bucketize` gives each number the id of its bin, and each bin has a row. The linear layer takes the numbers as they are.

# %% questions=["Q67"]
areas = torch.tensor([37.0, 64.5, 120.0])
bins = torch.bucketize(areas, torch.tensor([40.0, 60.0, 80.0, 100.0]))
print("bins", bins.tolist(), "→", tuple(nn.Embedding(5, D)(bins).shape))
print("numbers", areas.tolist(), "→", tuple(nn.Linear(1, D)(areas[:, None]).shape))

# %% [markdown]
# Bins forget the order again, and 59.9 and 60.1 may get very different rows. So: as few bins as will show the bend.
#
# **When one-hot is enough.** A linear model can take a name as a *one-hot vector*: one place for each district, a one at the place of this district, zeros elsewhere. Its weights are then the rows of a table with one column, and without a bias the two models are the same. An embedding layer is worth having when there are so many names that vectors of V places become a burden. Chapter 3 counts it.

# %%
_, rows = as_name
torch.equal(F.one_hot(district, 6).float() @ rows, rows[district])

# %% [markdown]
# ## What a fresh table knows
#
# Nothing. Its numbers are drawn from the *standard normal distribution* of chapter 1, the bell curve, and each draw is independent: no row knows of another. (A `padding_idx` sets one row to zero.) On the bell curve, a share of 0.683 lies within one standard deviation of the mean, 0.954 within two and 0.997 within three.

# %%
torch.manual_seed(3)
drawn = nn.Embedding(1_000, 1_000).weight.detach()
print(f"mean {drawn.mean().abs():.2f}, standard deviation {drawn.std():.2f}")
for limit in (1, 2, 3):
    print(f"within {limit} of zero: {(drawn.abs() < limit).float().mean():.3f} of the numbers")

# %% [markdown]
# Yet rows of a fresh table can look alike. The *cosine* of two rows says how well their directions agree: 1 for the same direction, 0 for a right angle, -1 for opposite ones. Take 10,000 rows and compare each even row with the next. The spread is the standard deviation.

# %%
cosines = {}
for columns in (2, 4, 16, 64, 256):
    fresh = nn.Embedding(10_000, columns).weight.detach()
    cosines[columns] = F.cosine_similarity(fresh[0::2], fresh[1::2])

# %%
for columns, cosine in cosines.items():
    far = (cosine.abs() > 0.3).float().mean()
    print(f"D = {columns:3}   spread {cosine.std():.2f}   share beyond ±0.3: {far:.2f}")

# %% [markdown]
# The mean is 0 for every D, and the spread is 1 divided by the square root of D: 0.5 for D = 4 and 0.125 for D = 64. So a cosine of 0.3 is nothing special in a fresh table of four columns, and chance will hardly ever give it to a pair in one of 256.
#
# That holds for one pair. The nearest of many rows is near by choice. Take 100 rows of the last table, with D = 256, and for each the largest of its cosines with the other 9,999. (`F.normalize` makes each row 1 long. Then `@`, which multiplies each of the 100 rows with every row, gives their cosines. `fill_diagonal_` takes out those of a row with itself.)

# %%
every = F.normalize(fresh)
nearest = (every[:100] @ every.T).fill_diagonal_(-1).amax(dim=1)
print(f"the nearest row has a cosine of {nearest.mean():.2f} on average")

# %% [markdown]
# That is almost four standard deviations, and chance alone. Whoever reads closeness out of a table has to know D, and how many rows were compared.

# %% tags=["checked"]
# checked: the numbers have mean 0 and standard deviation 1, the cosines a spread of 1 / sqrt(D)
assert abs(drawn.mean()) < 0.01
assert abs(drawn.std() - 1) < 0.01
for columns, cosine in cosines.items():
    assert abs(cosine.std() * columns**0.5 - 1) < 0.05
    assert abs(cosine.mean()) < 0.05
assert 3.5 < nearest.mean() * 256**0.5 < 4.2

# %% [markdown]
# ## A loss gives names their meaning
#
# Here are ten words in the order of the alphabet. Five are kind and five are rude, and the ids do not tell which.

# %%
words = ["awful", "bravo", "fool", "lovely", "nice", "please", "rude", "silly", "thanks", "ugh"]
kind = torch.tensor([0, 1, 0, 1, 1, 1, 0, 0, 1, 0]).bool()
print("kind:", *[word for word, is_kind in zip(words, kind, strict=True) if is_kind])

# %% [markdown]
# A linear layer must tell from the row alone whether a word is kind. Its loss, `F.binary_cross_entropy_with_logits`, asks for a score above 0 if it is, and below 0 if not. We compare every pair of words, before and after: pairs of one group, and pairs across. (`rows[:, None]` and `rows[None, :]` compare every row with every other; `triu_indices` lists each pair once.)

# %%
torch.manual_seed(3)
embedding, score = nn.Embedding(10, D), nn.Linear(D, 1)
optimizer = torch.optim.SGD([*embedding.parameters(), *score.parameters()], lr=2.0)


# %%
def pairs():
    rows = embedding.weight.detach()
    cosine = F.cosine_similarity(rows[:, None], rows[None, :], dim=2)
    first, second = torch.triu_indices(10, 10, offset=1)
    same = kind[first] == kind[second]
    return {"same group": cosine[first, second][same], "across": cosine[first, second][~same]}


# %%
before = pairs()
for _ in range(250):
    loss = F.binary_cross_entropy_with_logits(score(embedding.weight).squeeze(1), kind.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
after = pairs()

# %% questions=["Q01"]
from rowlight.teaching.chance import pairs_figure

stages = {"before": before, "after": after}
pairs_figure({f"{when}, {name}": stages[when][name] for when in stages for name in before})

# %% [markdown]
# The layer by itself places nothing. The loss asked for the same answer from each word of a group, and their rows now point more alike than before; how much more differs from pair to pair. Chapter 7 looks at how this happens, and at losses that are never told about groups.

# %% tags=["checked"]
# checked: training moved the pairs by far more than chance
assert after["same group"].mean() > before["same group"].mean() + 0.3
assert after["across"].mean() < before["across"].mean() - 0.3

# %% [markdown]
# ### Is this word2vec?
#
# No. An embedding layer is a table. *Word2vec* is a way of training one, and other losses train it otherwise, like the one above.
#
# In the form called *skip-gram with negative sampling*, word2vec goes through a text and keeps two tables: one for the word in the middle, one for the words around it. The score of a pair is the dot product of their rows. The loss asks for a high score of words that stand near each other, and for a low score of words drawn at random. Take *love* from *no love lost*, with two random words, *rain* and *sky*.

# %%
middle, around = nn.Embedding(V, D), nn.Embedding(V, D)
love, others = torch.tensor(6), torch.tensor([0, 7, 3, 9])
scores = around(others) @ middle(love)
is_neighbour = torch.tensor([1.0, 1.0, 0.0, 0.0])

# %% questions=["Q05"]
F.binary_cross_entropy_with_logits(scores, is_neighbour).backward()
for name, layer in {"middle": middle, "around": around}.items():
    rows = layer.weight.grad.any(dim=1).nonzero().flatten()
    print(name, "has a gradient in rows", rows.tolist())

# %% [markdown]
# That is word2vec's loss for one word and one random word for each neighbour, on two ordinary embedding layers. (Word2vec adds up the four terms, and PyTorch averages them.) Vectors that were trained this way elsewhere can be put into a layer with `from_pretrained`.

# %% [markdown]
# ## Rows or columns
#
# PyTorch keeps one token per row, in a table of shape `(V, D)`. Many papers and some libraries keep one token per column, in a matrix of shape `(D, V)`. The numbers are the same, transposed. Press *Columns* to turn the table.

# %%
RowLens(
    table[:5],
    ids[1],
    WORDS[:5],
    caption="One table, two conventions",
    hint="Press Columns to turn the table. The output stays as it is.",
    transpose_switch=True,
)

# %%
print(tuple(table.shape), tuple(table.T.shape), torch.equal(table[3], table.T[:, 3]))

# %% [markdown]
# ## Why it works
#
# A lookup uses an id for one thing: to find a row. The size of the id enters none of the numbers that come out. So the numbers 0 to V - 1 may be given to the tokens in any order, as long as the rows follow. A linear layer multiplies by its input: the size of the number is all it sees.

# %% [markdown]
# ## Try it

# %% tags=["task"]
old = ids[3]
Task.ids(
    "The words have been sorted, and the rows have moved. Here are the old ids of “no more rain”. Change them so that they read its rows again.",
    new_name[old],
    V,
    "`new_name[old]` looks each old id up: “no” is now 5, “more” is 4 and “rain” is 6.",
    {
        Goal(ids=old): "Those are the old ids. In the sorted list they say “again sun love”.",
        Goal(ids=new_name.argsort()[old]): "That takes the list the wrong way round. Where has each old id gone?",
        Goal(ids=new_name[old] + 1): "You counted from 1.",
    },
    start=old,
)

# %% tags=["task"]
Task.rows(
    "The words are sorted and the rows have moved. Which rows does “we love rain” read now? The lists of words and of new names are printed near the top.",
    new_name[torch.tensor([4, 6, 3])],
    V,
    "“we” is now 9, “love” is 3 and “rain” is 6.",
    wrong={"3, 4, 6": "Those are the old ids. “love” and “rain” have swapped by chance; where is “we”?"},
)

# %% tags=["task"]
Task.choice(
    "A model predicts delivery times. Which of its inputs, all of them numbers, belongs in an embedding?",
    "The postal code, such as 10115",
    "A postal code is a name that is written in digits: twice 10115 is no place in particular.",
    wrong={
        "The distance in kilometres": "Twice the distance is twice as far: a quantity.",
        "The weight in grams": "Twice the weight is twice as heavy: a quantity.",
        "The number of parcels in the van": "Twice as many parcels are twice as many: a quantity, although it is a whole number.",
    },
)

# %% tags=["task"]
Task.numbers(
    "Two rows of a fresh table with D = 100 have a cosine of 0.3. How many standard deviations is that from 0?",
    [0.3 * 100**0.5],
    "The standard deviation is 1 / 10, so 0.3 is three of them. Of 1,000 random pairs, two or three lie as far out.",
    wrong={
        "0.3": "That is the cosine. The standard deviation is 1 divided by the square root of 100.",
        "30": "That divides by 1 / 100. Take the square root of D first.",
        "0.03": "Divide by the standard deviation, 0.1.",
    },
)

# %% tags=["task"]
Task.choice(
    "A shop has a row in the table, but no sale of it was in the training data. The optimizer was plain SGD, without weight decay. What does the model use for it?",
    "Whatever the fresh table drew for its row",
    "No example read the row, so nothing has ever changed it. (Chapter 5 has optimizers that shrink such rows.)",
    wrong={
        "Zeros": "A fresh table is not zero. It is drawn from the standard normal distribution.",
        "The mean of the other shops": "That would be sensible. But who would have written it into the row?",
        "Nothing: the lookup raises an error": "Its id is between 0 and V - 1. The row exists.",
    },
)

# %% tags=["task"]
Task.shape(
    "A paper writes its embedding matrix with one token per column, of shape `(300, 50000)`. What is the shape of `nn.Embedding.weight` for the same tokens?",
    torch.empty(300, 50000, device="meta").T.shape,
    "PyTorch keeps one token per row: V first, then D.",
    wrong={"300, 50000": "That is the paper's shape. PyTorch keeps the transpose."},
)

# %% [markdown]
# ## Fine print
#
# - The two trainings are compared with the tolerance of `torch.testing.assert_close`. Another device may add up in another order, and then the last bit may differ.
# - Renaming changes nothing as long as nothing else uses the id as a number. `padding_idx` does, for one: it names an id, so rename it too.
# - How a list was ordered may tell *you* something. Some vocabularies are sorted by how frequent the tokens are. The lookup makes no use of it.

# %% [markdown]
# ## Questions answered here
#
# - [What does nn.Embedding actually do, and does the layer by itself place similar words close together?](https://stackoverflow.com/questions/50747947/embedding-in-pytorch)
# - [Does an embedding layer have parameters that learn, and when would I prefer it to a linear layer (say, for house-price regression)?](https://stackoverflow.com/questions/71627583)
# - [Is a framework Embedding layer the same thing as word2vec?](https://github.com/keras-team/keras/issues/7488)
# - [How do I embed a continuous variable such as a price?](https://github.com/jfpuget/LibFM_in_Keras/issues/2)

# %% [markdown]
# ## Sources
#
# - World4AI, *Word Embeddings in PyTorch*, for the table and the batch.
# - PyTorch documentation, [`torch.nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html): the weights start from a standard normal distribution.
# - T. Mikolov and others, *Distributed Representations of Words and Phrases and their Compositionality*, 2013, for skip-gram with negative sampling.
