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
# # 9 A real table
#
# These rows come from the real table of chapter 8. Of its 30,521 other rows, which ones point most nearly the same way as the row of *good*? And how far down that list is *bad*?

# %% tags=["set-up"]
from collections import defaultdict
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Task, aligned, curves_figure, minilm
from rowlight.teaching.chance import pairs_figure

model = minilm.load()
words, tokens = model.words, model.tokens
sentence = model.tokenizer.encode("Good or bad, the king reads row by row.")
hint = "Each id reads one row of 384 numbers. Pick “good”, then “bad”: do they look alike?"
chosen, caption = {"position": [1]}, "Twelve rows of 30,522"
RowLens(words, sentence.ids, tokens, selection=chosen, caption=caption, hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - look through a table that you have not made: lengths, directions, rows that nobody trained,
# - list the rows nearest to a row in three ways, and say why the lists differ,
# - hold a cosine against those that chance gives in the same table,
# - say what it means that two rows are close, and what it does not.
#
# **You need** chapter 8, and the cosine and its null from chapter 2. The *length* of a row is the root of the sum of its squares.

# %% [markdown]
# ## Long rows and short ones
#
# From id 1996 on, the list has whole words and pieces of words. It looks sorted: frequent words come first.

# %%
row_of = {token: i for i, token in enumerate(tokens)}
first = row_of["the"]
print(*tokens[first : first + 16])
print(*tokens[first + 20000 : first + 20008])

# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "Which of these words have the longest rows, on average?",
    "Words between the first hundred and the first few thousand",
    "The first ten have short rows, and from the first few thousand on, rows become shorter again.",
    wrong={
        "The first ten: they are read most often": "They are read most often, and their rows are short. Length is no count of reads.",
        "The rarest: each has to stand out": "Their rows are shorter than those of common words.",
    },
)

# %% [markdown]
# ### See
#
# We cut the list into stretches, each about half as long again as the one before, and sort the rows of a stretch by length.

# %%
lengths = words.norm(dim=1)
places = torch.arange(first, row_of["necessitated"] + 1)  # after it come signs such as ##!
ends = [0, *(round(6 * 1.5**i) for i in range(21))]
stretches = [(start, end) for start, end in pairwise(ends) if start < len(places)]

# %%
middles = [(start + end) / 2 for start, end in stretches]
levels = torch.tensor([0.9, 0.5, 0.1])
in_stretches = [lengths[places[start:end]] for start, end in stretches]
quantiles = torch.stack([some.quantile(levels) for some in in_stretches])
names = ("nine of ten are shorter", "the middle one", "one of ten is shorter")
curves = {name: (middles, quantiles[:, i].tolist()) for i, name in enumerate(names)}

# %%
longest = quantiles[:, 1].argmax()
says = (
    f"The length of rows by their place in the list. In the first stretch the middle one is "
    f"{quantiles[0, 1]:.2f} long, in the longest stretch, about place {middles[longest]:,.0f}, "
    f"{quantiles[longest, 1]:.2f}, and in the last {quantiles[-1, 1]:.2f}."
)
curves_figure(curves, says, title="length of rows", xlabel="place in the list", log="x")

# %% [markdown]
# The first words have the shortest rows: that of *the* is shorter than half of the rare ones. Words in between have the longest. We can describe this, and not explain it: nobody has recorded the training of this table. Two things that act on a length are known from chapter 5. Gradients may lengthen a row or shorten it, and weight decay shortens it in every step.
#
# And the rest of the list?

# %%
groups = defaultdict(list)
for i, token in enumerate(tokens):
    if token.startswith("[unused"):
        groups["unused"].append(i)
    elif len(token.removeprefix("##")) == 1:
        groups["single character"].append(i)
    else:
        groups["special" if i in (0, 100, 101, 102, 103) else "word or piece"].append(i)

# %%
for name, ids in groups.items():
    some = lengths[ids]
    print(f"{name:16} {len(ids):6,} rows, mean length {some.mean():.2f}")

# %%
for i in groups["special"]:
    print(f"{tokens[i]:7} {lengths[i]:.2f}")

# %% [markdown]
# `[PAD]` fills short texts, and its row is not zero. A layer made with `nn.Embedding(V, D, padding_idx=0)` starts that row at zero. `from_pretrained` keeps what it is given, with or without `padding_idx`:

# %%
padded = nn.Embedding.from_pretrained(words[:3].clone(), padding_idx=0)
print(f"{padded.weight[0].norm():.2f}")

# %% [markdown]
# So whoever takes a mean of rows must leave the pads out. Chapter 10 shows what it costs to forget that.

# %% tags=["checked"]
# checked: short, long, shorter again; [MASK] is the shortest row of all; [PAD] is not zero
assert max(quantiles[0, 1], lengths[first]) < quantiles[-1, 1] - 0.05
assert 100 < middles[longest] < 3000
assert quantiles[longest, 1] > quantiles[-1, 1] + 0.1
assert lengths.argmin() == row_of["[MASK]"]
assert lengths[0] > 0.7

# %% [markdown]
# ## Rows that nobody trained
#
# 994 entries are named `[unused0]` to `[unused993]`. The tokenizer never makes one: of a text that contains `[unused7]` it makes other pieces.

# %%
print(*model.tokenizer.encode("[unused7]", add_special_tokens=False).tokens)

# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "So no text has ever read these 994 rows. Two of them, taken at random: what is their cosine?",
    "Close to 1: nearly the same direction",
    "Something has moved all of them the same way, and it was no lookup.",
    wrong={
        "Close to 0: they are as they were drawn": "That is what chapter 2 found in a fresh table. This table is not fresh, and a row can be moved without being read.",
        "There is none: the rows are zero": "The list above has their mean length, which is short and not zero.",
    },
)

# %% [markdown]
# ### See

# %%
units = F.normalize(words)  # every row at length 1, so that a product of two is their cosine
unused = torch.tensor(groups["unused"])


# %%
def mean_cosine(rows):
    N = len(rows)
    return ((rows @ rows.T).sum() - N) / (N * N - N)  # without each row with itself


# %%
torch.manual_seed(0)
anyone = torch.randperm(len(words))[:994]
print(f"994 unused rows:    mean cosine {mean_cosine(units[unused]):.2f}")
print(f"994 rows at random: mean cosine {mean_cosine(units[anyone]):.2f}")

# %% [markdown]
# ### Why
#
# Weight decay, as SGD and AdamW do it, shortens a row and does not turn it. What turns all unread rows alike? A known way is a table with two uses. Many models multiply by their table at the end as well, to give each token a score. Then every step reaches every row: the loss pushes down the score of all tokens that are not the answer, and tokens that are never the answer are pushed down alike, always.
#
# Here is a small model, once with a layer of its own for the scores and once with the table itself. Of its 60 tokens, the last 20 do not occur in the text.


# %%
def unread_rows(two_uses, V=60, D=16):
    torch.manual_seed(0)
    table = nn.Embedding(V, D)
    scores = table if two_uses else nn.Linear(D, V, bias=False)
    text = torch.randint(V - 20, (2000,))
    weights = {*table.parameters(), *scores.parameters()}
    optimizer = torch.optim.SGD(weights, lr=0.5, weight_decay=0.003)
    for _ in range(1000):
        at = torch.randint(1999, (64,))
        loss = F.cross_entropy(F.linear(table(text[at]), scores.weight), text[at + 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table.weight.detach()[-20:]


# %%
for name, two_uses in (("one use", False), ("two uses", True)):
    rows = unread_rows(two_uses)
    alike = mean_cosine(F.normalize(rows))
    print(f"{name:8}  mean cosine {alike:5.2f}  mean length {rows.norm(dim=1).mean():.1f}")

# %% [markdown]
# In both, decay has shortened the twenty rows, which were about 4 long. Only with two uses do they point one way. That this is what happened in the real table is a guess; in what was trained before it was handed on, we cannot look.
#
# ### Find them, and test the test
#
# Rows that point the way of the unused ones may be others that nobody trained. How many are there?

# %%
their_way = F.normalize(units[unused].mean(0), dim=0)
alike = units @ their_way > 0.85
is_unused = torch.zeros(len(words), dtype=torch.bool)
is_unused[unused] = True
print(f"{(alike & is_unused).sum()} of the unused, and {(alike & ~is_unused).sum()} others")

# %%
suspects = (alike & ~is_unused).nonzero().flatten().tolist()
print(*[tokens[i] for i in suspects[::20]])

# %% [markdown]
# They are single characters, most of them from scripts that are not ours. This is a suspicion. For some it can be proved, since the tokenizer cuts at certain places whatever stands around them. It makes a word of its own of each punctuation mark and each Chinese character. So a piece such as `##!`, an exclamation mark that goes on with a word, can never come up.


# %%
def cannot_come_up(token):
    text = "a" + token[2:] if token.startswith("##") and len(token) > 2 else token
    normal = model.tokenizer.normalizer.normalize_str(text)
    cut = model.tokenizer.pre_tokenizer.pre_tokenize_str(normal)
    return [part for part, _ in cut] != [text]  # cut apart, or written in another way


# %%
never = torch.tensor([cannot_come_up(token) for token in tokens])
never[groups["special"]] = False  # no text gives them, but the tokenizer puts them in
rest = {"never, by the rule": never & ~is_unused, "may come up": ~never & ~is_unused}
facts = {}
for name, kind in {"unused": is_unused, **rest}.items():
    facts[name] = int((kind & alike).sum()), int((kind & ~alike).sum())
print(aligned([{"rows": name, "alike": a, "not alike": b} for name, (a, b) in facts.items()]))

# %% [markdown]
# The test is good here: of 1,331 rows that no text can read, it finds all but one. And it deceives in two ways.
#
# First, it also names 316 rows that a text may read. Nearly all are rare characters. Perhaps the training had no text with them, perhaps too few; the table does not say.
#
# Second, one unused row escapes. Which one, and what is near it?

# %% questions=["N06"]
escaped = int((is_unused & ~alike).nonzero())
near = (units @ units[escaped]).topk(6).indices.tolist()[1:]
print(f"{tokens[escaped]}, {lengths[escaped]:.2f} long, is near", *[tokens[i] for i in near])

# %% [markdown]
# It is about twice as long as the others, and stands among the words that every text needs. It looks like a row that has been read a great deal, whatever it is called. What somebody used it for, we do not know.
#
# And the test needs a push that all unread rows share. In the small model with one use there was none, and no direction gives its unread rows away. There, only a record of the reads helps, such as `rowlight.watch` keeps.
#
# If a text of yours does contain such a token, in a chat template for example, the model reads a row that means nothing to it. Then train the row, starting from a mean of trained rows, or use another token.

# %% tags=["checked"]
# checked: the cosines of unread rows; what the test finds, and what it misses
assert mean_cosine(units[unused]) > 0.8
assert mean_cosine(units[anyone]) < 0.05
assert mean_cosine(F.normalize(unread_rows(two_uses=True))) > 0.4
assert abs(mean_cosine(F.normalize(unread_rows(two_uses=False)))) < 0.05
assert facts == {"unused": (993, 1), "never, by the rule": (337, 0), "may come up": (316, 28875)}

# %% [markdown]
# ## The nearest rows
#
# Three measures are in use. The *dot product* of two rows is the sum of their products, column by column. The *cosine* is the dot product divided by both lengths. The *distance* is the length of the difference; the nearest row has the smallest one, so we turn its sign.


# %%
def closeness(token):
    row, unit = words[row_of[token]], units[row_of[token]]
    apart = (words - row).norm(dim=1)
    return {"cosine": units @ unit, "dot product": words @ row, "distance": -apart}


# %%
def nearest(token, measure, k=5):
    values = closeness(token)[measure]
    values[row_of[token]] = -torch.inf  # not the row itself
    return values.topk(k)


# %% questions=["Q70"]
for token in ("good", "row", "nitrate"):
    for measure in ("cosine", "dot product", "distance"):
        ids = nearest(token, measure).indices.tolist()
        print(f"{token:7} {measure:11}", *[tokens[i] for i in ids])

# %% [markdown]
# For *good*, the three lists begin with the same word, and *bad* is on all of them, second by cosine. For *row* and *nitrate* they disagree. The dot product likes long rows: a row twice as long has a product twice as large. The distance likes short ones: to a row of length 1.5, a row that is almost nothing is closer than most rows of length 1.2. That is why `[MASK]`, unused rows and rare characters turn up there. The cosine sees directions alone.

# %%
row = row_of["row"]
for measure in ("cosine", "dot product", "distance"):
    ids = nearest("row", measure, k=50).indices
    print(f"50 nearest to row by {measure:12} {lengths[ids].mean():.2f} long on average")

# %% [markdown]
# ### Beside chance
#
# *bad* has a cosine of 0.53 with *good*. Is that much? Chapter 2 gave the spread for random rows: 1 divided by the root of D, which is 0.05 here. But the rows of a trained table are not drawn from the bell curve. The null must come from this very table: 1,000 of its rows, taken at random.

# %%
torch.manual_seed(0)
others = torch.randperm(len(words))[:1000]
by_chance = closeness("good")["cosine"][others]
drawn = F.normalize(torch.randn(1000, 384)) @ units[row_of["good"]]
for name, null in (("rows of this table", by_chance), ("normal draws", drawn)):
    print(f"{name:18}  spread {null.std():.2f}, 99 % lie below {null.quantile(0.99):.2f}")

# %% [markdown]
# So 0.53 is far above what chance gives, in either null. A cosine of 0.15 would have looked remarkable beside normal draws, and is nothing special in this table. For the other two measures the null has other numbers:

# %%
for measure, values in closeness("good").items():
    bad, null = values[row_of["bad"]].abs(), values[others].quantile(0.99).abs()
    print(f"{measure:12} good and bad {bad:.2f}, 1 % of random rows are nearer than {null:.2f}")

# %% [markdown]
# By distance, *bad* is hardly nearer to *good* than the best of a hundred random rows, although it is among the five nearest of all.

# %% tags=["checked"]
# checked: bad is the second nearest to good by cosine; the dot product takes long rows, the distance short ones
assert [tokens[i] for i in nearest("good", "cosine").indices] == ["excellent", "bad", "great", "better", "best"]
means = [lengths[nearest("row", m, k=50).indices].mean() for m in ("dot product", "cosine", "distance")]
assert means[0] > means[1] + 0.02
assert means[1] > means[2] + 0.2
assert by_chance.std() > 1.15 * drawn.std()

# %% [markdown]
# ## Good and bad
#
# One pair may be an accident. Here are sixteen pairs of opposites and sixteen of words that mean much the same, chosen by us before we looked, and pairs of words taken at random.

# %%
OPPOSITES = """good bad, hot cold, big small, up down, rich poor, old young, love hate,
open closed, buy sell, day night, black white, happy sad, fast slow, early late,
true false, war peace"""
SAME = """big large, fast quick, happy glad, begin start, buy purchase, sick ill,
car automobile, doctor physician, help assist, road street, smart clever, rich wealthy,
film movie, stone rock,
ship boat, hard difficult"""


# %%
def cosines(pairs):
    both = [pair.split() for pair in pairs.split(",")]
    one, other = ([row_of[pair[i]] for pair in both] for i in (0, 1))
    return (units[one] * units[other]).sum(dim=1)


# %%
torch.manual_seed(0)
whole = [i for i in places.tolist() if tokens[i].isascii() and tokens[i].isalpha()]
one, other = torch.tensor(whole)[torch.randint(len(whole), (2, 300))]
compared = {"same meaning": cosines(SAME), "opposites": cosines(OPPOSITES)}
pairs_figure({**compared, "at random": (units[one] * units[other]).sum(dim=1)})

# %% [markdown]
# Opposites are far closer than chance, and not much less close than words of one meaning. Two words that can take each other's place in most sentences get similar rows. *A good film* and *a bad film* are both said, *a king film* is not. Rows are close where words are *used* alike, in the eyes of the loss. That does not mean:
#
# - that the words mean the same, or that one may replace the other without harm,
# - that what is said with them is true, or that people agree with it,
# - that the words have been seen together.
#
# And it is about the task. This model was trained in the end to bring sentences of one meaning together. Even so, *bad* is second on the list of *good*: it is left to the layers above to tell *a good film* from *a bad film*.

# %% tags=["checked"]
# checked: every pair of opposites is closer than 99 % of random pairs; same meanings are a little closer on average
random_pairs = (units[one] * units[other]).sum(dim=1)
assert compared["opposites"].min() > random_pairs.quantile(0.99)
assert 0.05 < compared["same meaning"].mean() - compared["opposites"].mean() < 0.2

# %% [markdown]
# ## Pieces
#
# `##ing` has a row like any other entry. What is it near? And does a piece that goes on with a word resemble the word that is written the same way?

# %%
for token in ("##ing", "##ness", "##man"):
    print(token, "is near", *[tokens[i] for i in nearest(token, "cosine", 4).indices.tolist()])

# %%
for piece in ("ing", "man", "bank"):
    cosine = units[row_of[piece]] @ units[row_of[f"##{piece}"]]
    print(f"{piece} and ##{piece}: {cosine:.2f}")

# %% [markdown]
# Endings stand among endings that do the same work, whatever their letters. `ing` and `##ing` are different entries with different rows, and the layer does not know that they are spelled alike. Where the piece keeps the meaning of the word, as in *fireman*, training has brought the two together.

# %% tags=["checked"]
# checked: ing and ##ing are hardly closer than chance, bank and ##bank are close
assert units[row_of["ing"]] @ units[row_of["##ing"]] < 0.2
assert units[row_of["bank"]] @ units[row_of["##bank"]] > 0.5

# %% [markdown]
# ### Why it works
#
# A row is what was drawn at the start and what steps have done to it. Steps come from texts, through the loss. So tokens that stand in like places, with a loss that asks the same of them, end up alike (chapter 7); tokens in no text keep only what is done to every row. To read a table backwards, from the rows to what made them, is guesswork: a direction or a length can have several causes. What can be had for certain is what the tokenizer is able to produce, and a null out of the table itself.

# %% [markdown]
# ## Try it

# %% tags=["task"]
good, bad = row_of["good"], row_of["bad"]
product = words[good] @ words[bad]
Task.numbers(
    f"The rows of `good` and `bad` are {lengths[good]:.2f} and {lengths[bad]:.2f} long, and their dot product is "
    f"{product:.2f}. Now somebody doubles the row of `bad`. What is the dot product, and what is the cosine? "
    "Two numbers, two decimals.",
    [round(2 * product.item(), 2), round((units[good] @ units[bad]).item(), 2)],
    "The dot product doubles with the row. The cosine divides by the length again, so it stays.",
    wrong={"1.46, 1.06": "The cosine divides by the new length, too."},
)

# %% tags=["task"]
dots = closeness("good")["dot product"]
least = (dots[row_of["excellent"]] / dots[row_of["nice"]]).item()
Task.between(
    f"With `good`, `excellent` has a dot product of {dots[row_of['excellent']]:.2f} and `nice` one of "
    f"{dots[row_of['nice']]:.2f}. Multiply the row of `nice` by a number, so that it gets ahead of `excellent`, "
    "but by less than twice. Which number do you take?",
    round(least + 0.005, 2),
    round(2 * least - 0.005, 2),
    f"From {least:.2f} on, `nice` is ahead. Its cosine has not changed: a ranking by dot product can be bought with length.",
    wrong={
        (0.0, 1.0): "That makes its product smaller, or leaves it.",
        (1.01, round(least - 0.02, 2)): "Not enough yet.",
    },
)

# %% tags=["task"]
Task.choice(
    "A search looks for reviews that are near to `good battery` by the mean of their rows. It also finds `bad battery`. Why?",
    "The rows of `good` and `bad` are close, and `battery` is the same row",
    "Words that take each other's place in sentences get similar rows. Telling them apart is the work of the layers above, if there are any.",
    wrong={
        "The table has not been trained long enough": "More of the same training leaves them close: they are used alike.",
        "The cosine is the wrong measure; the distance would do": "`bad` is among the nearest five by all three measures.",
    },
)

# %% tags=["task"]
Task.choice(
    "In another model's table you find 200 rows that are short and point one way. What tells you for certain that no text reads them?",
    "The rule of the tokenizer: it can never produce their tokens",
    "Short rows and one direction are what unread rows may look like, and other rows, too. The rule is proof, as far as the model was trained with this tokenizer.",
    wrong={
        "That they are short": "`[MASK]` has the shortest row of our table, and the row of `the` is short for a word.",
        "That they are called `unused`": "One of ours is called that and looks much used.",
    },
)

# %% [markdown]
# ## Fine print
#
# - The order of the list is taken for an order of frequency because it looks like one; we have not found counts that its makers published.
# - The model was distilled from a larger one and then trained on a billion pairs of sentences, as its makers say. Which of that shaped a row, the table does not tell.
# - "No text reads them" holds for texts that go through this tokenizer. A program can put any id into a batch.
# - We chose the pairs of opposites and of like words by hand. Others would give other means.
# - The threshold 0.85 was chosen by looking. Others give other counts.

# %% [markdown]
# ## Questions answered here
#
# - [How do I list the most similar words to a given word from trained embedding weights?](https://github.com/Madhu009/Deep-math-machine-learning.ai/issues/3)
# - [Unsloth says "Untrained tokens of [[128004]] found". What are untrained tokens?](https://github.com/unslothai/unsloth/issues/1056)

# %% [markdown]
# ## Sources
#
# - S. Land and M. Bartolo, *Fishing for Magikarp: Automatically Detecting Under-trained Tokens in Large Language Models*, 2024, for unread rows and how to find them.
# - J. Mu, S. Bhat and P. Viswanath, *All-but-the-Top*, 2018, for directions that all rows share.
# - J. R. Firth and Z. Harris, as in chapter 7, for words that are known by their company.
# - The model: `sentence-transformers/all-MiniLM-L6-v2`, Apache License 2.0.
