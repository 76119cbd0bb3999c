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
# # 10 Rows and vectors
#
# A vector database keeps one vector for a whole text, and calls it an *embedding*. An embedding layer gives one row for each token. Here are the rows of a sentence with two banks. Is the stored vector one of these rows, or their mean, or something else?

# %% tags=["set-up"]
import os

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Goal, Task, curves_figure, expect_error, minilm

model = minilm.load()
words, positions, types = model.words, model.positions, model.types
banks = model.tokenizer.encode("The bank is on the other bank of the river.")
hint = "Pick both “bank”: one row, twice. Could anything later tell the two apart?"
caption = "Thirteen ids read ten rows"
RowLens(words, banks.ids, model.tokens, selection={"position": [2]}, caption=caption, hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - name the three tables whose rows a model like this adds, and say what each is for,
# - say where one row becomes two vectors,
# - make, out of rows, the vector that a vector database keeps, and compare it with that of the usual library,
# - take a mean over real tokens, and say what a mean over pads does,
# - say what a search by such vectors finds that a search by rows does not.
#
# **You need** chapters 8 and 9. What happens inside the six layers is told in a few sentences; to follow the rows through them, you need not know more.

# %% [markdown]
# ## Three tables
#
# The rows of a sentence do not say in which order they were read. So this model has a second table, with a row for each *position*: the first place in the text reads row 0 of it, the second row 1, and so on. A third table has two rows, for the first and the second text of a pair. We always give one text, so each token reads row 0 of it.

# %%
for name, table in (("words", words), ("positions", positions), ("types", types)):
    print(f"{name:9} {tuple(table.shape)!s:12} mean length {table.norm(dim=1).mean():.2f}")

# %% [markdown]
# All three have D = 384 columns, because their rows are added.

# %%
ids = torch.tensor([banks.ids])
B, T = ids.shape
added = words[ids] + positions[:T] + types[0]
added.shape

# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "The word `bank` stands at position 2 and at position 7, counted from 0. Which of the 384 numbers differ between the two sums?",
    "All, or nearly all, by what the two rows of positions differ",
    "The row of `bank` is the same in both sums, and so is the row of the type. The rows of the two positions are different.",
    wrong={
        "None: it is one row": "One row of the first table. Each sum also holds a row of the second.",
        "All, and nothing is left of what they had in common": "Both sums hold the row of `bank`, and it is the longest of the three.",
    },
)

# %% [markdown]
# ### See

# %%
one, other = [i for i, piece in enumerate(banks.tokens) if piece == "bank"]
for name, parts in (("rows", words[ids]), ("sums", added)):
    cosine = F.cosine_similarity(parts[0, one], parts[0, other], dim=0)
    equal = int((parts[0, one] == parts[0, other]).sum())
    print(f"the two banks as {name}: {equal} equal numbers, cosine {cosine:.2f}")

# %% [markdown]
# They have become two vectors, which are still nearly alike: a row of words is about twice as long as one of positions.
#
# ### Neighbours in the table of positions
#
# Nobody told the model that position 7 comes after position 6. Each is only an id. Does the table know?

# %%
places = F.normalize(positions)
alike = places @ places.T
for other_place in (11, 12, 20, 50, 100):
    print(f"position 10 and {other_place:3}: cosine {alike[10, other_place]:5.2f}")

# %%
gaps = range(1, 101)
mean = [torch.diagonal(alike[1:511, 1:511], gap).mean().item() for gap in gaps]
says = (
    "The cosine of two rows of positions by how far apart they are: "
    "the mean of all pairs, and position 100 with those after it. "
    f"Neighbours have {mean[0]:.2f} on average, positions fifty apart {mean[49]:.2f}."
)
after_100 = alike[100, 101:201].tolist()
curves = {"mean of all pairs": (gaps, mean), "from position 100": (gaps, after_100)}
curves_figure(curves, says, title="cosine of two positions", xlabel="how far apart")

# %% [markdown]
# Neighbours are alike, and those further off much less, up and down in waves. What is asked of neighbouring positions in training is much the same, so their rows came to agree, like those of words that are used alike (chapter 9).
#
# The table of positions has 512 rows. A longer text asks for a row that there is not, and the error is one that we know. It names no table, so the words are often suspected first.

# %% questions=["Q12"]
long = torch.tensor(model.tokenizer.encode("row by row " * 200).ids)
print(f"{len(long)} ids, the largest {long.max():,}: all are rows of the table of words")
with expect_error(IndexError):
    F.embedding(long, words) + F.embedding(torch.arange(len(long)), positions)

# %% [markdown]
# The sum goes through a *layer normalisation*: each vector is moved and stretched so that its numbers have mean 0 and standard deviation 1, and then each column is multiplied by a weight and gets another added. This is what enters the first layer.

# %%
weights = load_file(model.folder / "model.safetensors")


# %%
def normalised(x, name):
    scale, shift = (weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
    return F.layer_norm(x, (384,), scale, shift, eps=1e-12)


# %%
def start(ids):
    T = ids.shape[1]
    return normalised(words[ids] + positions[:T] + types[0], "embeddings")


# %% tags=["checked"]
# checked: neighbours are alike, far positions much less; nearly every number of the two banks differs
assert mean[0] > 0.8
assert max(mean[20:]) < 0.5
assert int((added[0, one] == added[0, other]).sum()) < 10
assert len(positions) == 512 < len(long)

# %% [markdown]
# ## Six layers
#
# Up to here nothing has looked at two tokens at once. A layer does. In *attention*, each position makes three vectors out of its own: a query, a key and a value. Dot products of its query with the keys of all positions say how much it takes of the value of each. The *mask* leaves positions out that hold a pad. In the second half of a layer, each position is again alone: two linear layers with a bend, `gelu`, in between. What comes out of each half is added to what went in, and normalised. This happens six times, with other weights each time.


# %%
def linear(x, name):
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


# %%
def attention(x, mask, name):
    B, T, D = x.shape
    parts = (linear(x, f"{name}.self.{part}") for part in ("query", "key", "value"))
    heads = (part.view(B, T, 12, 32).transpose(1, 2) for part in parts)  # twelve, of 32 columns
    taken = F.scaled_dot_product_attention(*heads, attn_mask=mask[:, None, None, :])
    taken = linear(taken.transpose(1, 2).reshape(B, T, D), f"{name}.output.dense")
    return normalised(x + taken, f"{name}.output")


# %%
def layer(x, mask, i):
    name = f"encoder.layer.{i}"
    x = attention(x, mask, f"{name}.attention")
    bent = F.gelu(linear(x, f"{name}.intermediate.dense"))
    return normalised(x + linear(bent, f"{name}.output.dense"), f"{name}.output")


# %%
def layers(x, mask):
    """What goes into the first layer, and what comes out of each."""
    stages = [x]
    for i in range(6):
        stages.append(layer(stages[-1], mask, i))
    return stages


# %% [markdown]
# Here is *bank* in three sentences, twice where money is kept and once beside a river. A batch is padded with zeros, and id 0 is `[PAD]`.

# %%
three = ["The bank lends money to small firms.", "The bank closed its counter at noon."]
three.append("They had a picnic on the bank of the river.")


# %%
def batch(texts):
    rows = [torch.tensor(model.tokenizer.encode(text).ids) for text in texts]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return ids, ids != 0


# %%
ids, mask = batch(three)
at = ids == model.tokens.index("bank")
stages = [words[ids], *layers(start(ids), mask)]
bank = F.normalize(torch.stack([stage[at] for stage in stages]), dim=2)  # (8, 3, 384)
same, different = ((bank[:, 0] * bank[:, i]).sum(dim=1).tolist() for i in (1, 2))

# %%
says = (
    "The cosine of two banks, as rows (0), before the first layer (1) and after each layer. "
    f"Two where money is kept go from {same[0]:.2f} to {same[-1]:.2f}; "
    f"money and river from {different[0]:.2f} to {different[-1]:.2f}."
)
curves = {"money, money": (range(8), same), "money, river": (range(8), different)}
curves_figure(curves, says, title="cosine of two banks", xlabel="stage")

# %% [markdown]
# The row is one, and the vectors part, more so where the sentences differ in what they mean. This is the answer to the opening's hint: the layers tell the two apart, by what stands around them. A row is a token's vector before any of that, the same in each sentence. What comes out of the layers is called a *contextual* vector.

# %% tags=["checked"]
# checked: one row at first, less alike later, and least where the meanings differ
assert abs(same[0] - 1) < 1e-5
assert abs(different[0] - 1) < 1e-5
assert same[-1] - different[-1] > 0.1
assert max(same[-1], different[-1]) < 0.95

# %% [markdown]
# ### Without the second table
#
# What if no positions are added? Attention takes a sum over positions, and a sum has no order. *The dog bites the man* and *The man bites the dog* have the same words.


# %%
def mean_over_real(vectors, mask):
    real = mask[:, :, None]
    return (vectors * real).sum(dim=1) / real.sum(dim=1)


# %%
ids, mask = batch(["The dog bites the man.", "The man bites the dog."])
orderless = normalised(words[ids] + types[0], "embeddings")
for name, x in (("with positions", start(ids)), ("without", orderless)):
    one, other = F.normalize(mean_over_real(layers(x, mask)[-1], mask))
    print(f"{name:15} cosine of the two sentences {one @ other:.2f}")

# %% [markdown]
# Without positions, the two sentences cannot be told apart. With them they can, if only by a little: 0.97.
#
# ## One vector for a text
#
# The last layer gives a vector for each token, and a text needs one. This model takes their mean: over the real tokens, with `[CLS]` and `[SEP]`, and without pads. In a batch of texts of different lengths, that takes the mask. What if one forgets it? We pad the sentence of the two banks to fifty positions.

# %%
ids = F.pad(torch.tensor([banks.ids]), (0, 50 - len(banks.ids)))
mask = ids != 0
right = mean_over_real(layers(start(ids), mask)[-1], mask)
no_mask = layers(start(ids), torch.ones_like(mask))[-1].mean(dim=1)
over_pads = layers(start(ids), mask)[-1].mean(dim=1)

# %%
alone = layers(start(ids[:, :T]), mask[:, :T])[-1].mean(dim=1)
kinds = {"mask": right, "mask, but a mean over all": over_pads, "no mask at all": no_mask}
for name, vector in kinds.items():
    cosine = F.cosine_similarity(vector, alone).item()
    print(f"{name:26} cosine with the unpadded text {cosine:.2f}")

# %% [markdown]
# With the mask, padding changes nothing. Without it, the vector of a text depends on how long its neighbours in the batch are, and no error says so.
#
# At last the mean is divided by its length, so that all vectors have length 1. Then the dot product of two is their cosine.


# %%
def vectors(texts):
    ids, mask = batch(texts)
    with torch.inference_mode():
        return F.normalize(mean_over_real(layers(start(ids), mask)[-1], mask))


# %% [markdown]
# That is all: rows of three tables, six layers, a mean, a length. Is it the vector that a vector database would keep? Most people get it from the library `sentence-transformers`. We ask it for the same, without a network.

# %%
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
from sentence_transformers import SentenceTransformer

library = SentenceTransformer(str(model.folder), device="cpu")

# %%
theirs = torch.from_numpy(library.encode(three))
ours = vectors(three)
print(tuple(theirs.shape), "equal up to rounding:", torch.allclose(ours, theirs, atol=1e-5))

# %% [markdown]
# One thing the library does beside this: a text longer than the limit below is cut, without a word. So no position is out of range, and nothing that comes later in the text reaches the vector.

# %%
library.max_seq_length

# %% tags=["checked"]
# checked: our vectors are those of sentence-transformers, each of length 1; padding with the mask changes nothing
torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
torch.testing.assert_close(theirs.norm(dim=1), torch.ones(3))
torch.testing.assert_close(right, alone, atol=1e-5, rtol=0)
for wrong in (over_pads, no_mask):
    assert F.cosine_similarity(wrong, alone).item() < 0.75

# %% [markdown]
# So both are called embeddings, and this is how they hang together: the *layer* is a table, and its rows belong to tokens; the stored *vector* is what a whole model has made of many rows. Training reaches both, since the tables are part of the model.
#
# ## A small search
#
# Thirty sentences, and eight questions. For each question we take the nearest sentence, once by the mean of rows and once by the vector.

# %%
THINGS = """The king rules the land. A queen was crowned in the old church.
The dog bites the man. The man bites the dog. The bank lends money to small firms.
The bank closed its counter at noon.
They had a picnic on the bank of the river. My train to the coast is late again.
The bus did not come this morning. She bought two tickets for the concert.
The doctor told him to rest for a week. My throat hurts and I have a fever.
He fell off his bicycle and broke his arm. The soup needs more salt."""

# %%
MORE = """Bake the bread for forty minutes. Slice the onions and fry them in butter.
I liked the film very much. I did not like the film at all. The actor forgot his lines on stage.
It rained all night and the cellar is full of water. The sun came out after the storm.
Snow fell on the mountains in May. The computer does not start any more.
Save your work before you close the program. The password must have eight letters.
Our cat sleeps on the warm oven. Birds fly south before the winter.
The children built a castle of sand. The teacher gave back the exams.
We planted tomatoes behind the house."""

# %%
texts = f"{THINGS} {MORE}".replace("\n", " ").split(".")[:-1]
sentences = [f"{text.strip()}." for text in texts]
questions = ["The monarch governs the country.", "A pet naps in the kitchen."]
questions += ["How do I make a loaf?", "My laptop is broken.", "The weather got better."]
questions += ["A dog was bitten by a man.", "The film was not bad.", "My flat is flooded."]
print(len(sentences), "sentences,", len(questions), "questions")


# %% [markdown]
# For the mean of rows we leave the special tokens out: they stand in every sentence and say nothing about it.


# %%
def row_means(texts):
    ids, mask = batch(texts)
    return F.normalize(mean_over_real(words[ids], mask & (ids > 103)))


# %%
def nearest(make):
    scores = make(questions) @ make(sentences).T
    return scores.mul(1000).round().argmax(dim=1).tolist()  # of equal ones, the first


# %%
by_rows, by_vector = nearest(row_means), nearest(vectors)
for i, question in enumerate(questions):
    print(question)
    print("   rows:  ", sentences[by_rows[i]])
    print("   vector:", sentences[by_vector[i]])

# %% [markdown]
# Where a question shares words or close words with its sentence, as the monarch with the king, rows are enough. They fail where the answer has none of the words. *laptop* and *computer* are close as rows, but each is one row of several in a mean, and the others count as much. The layers weigh the words against each other, and find what is meant.
#
# Two questions show what they do not do. The dog that was bitten is found as the dog that bites, and the film that was *not bad* finds one that was not liked at all. Here are the scores of the two candidates:

# %%
pairs = {5: ("The man bites the dog.", "The dog bites the man.")}
pairs[6] = ("I liked the film very much.", "I did not like the film at all.")
for i, candidates in pairs.items():
    for make, name in ((row_means, "rows"), (vectors, "vector")):
        meant, not_meant = (make([questions[i]]) @ make(list(candidates)).T)[0].tolist()
        print(f"{questions[i]:27} {name:7} meant {meant:.2f}, not meant {not_meant:.2f}")

# %% [markdown]
# By rows, the two sentences about the dog have the same score: a mean does not know the order. The vectors do tell them apart, and choose the wrong one. A vector of 384 numbers keeps what a text is about rather than what it says about it.

# %% tags=["checked"]
# checked: what rows find and what vectors find; both miss the last two meanings
meant = {0: "The king", 1: "Our cat", 2: "Bake", 3: "The computer", 4: "The sun", 7: "It rained"}
right_rows = [i for i, begins in meant.items() if sentences[by_rows[i]].startswith(begins)]
assert right_rows == [0, 4, 7]
assert all(sentences[by_vector[i]].startswith(begins) for i, begins in meant.items())
assert sentences[by_vector[5]] == "The dog bites the man."
assert sentences[by_vector[6]] == "I did not like the film at all."
margins = (vectors(questions) @ vectors(sentences).T).topk(2).values.diff(dim=1).abs()
assert margins.min() > 0.02

# %% [markdown]
# ### Why it works
#
# The search compares directions, and the model was trained, on pairs of texts that belong together, to give such pairs one direction. The gradient of that loss went through the mean into every real position, through the layers, and to the rows that were read. So the rows of this table are made to serve this mean, and a search by rows alone already finds something. What it cannot have is what depends on more than one token: order, and which sense a word has here.

# %% [markdown]
# ## Try it

# %% tags=["task"]
dog = model.tokenizer.encode("The dog bites the man.", add_special_tokens=False)
listed = ", ".join(f"`{token}` {id_}" for token, id_ in sorted(zip(dog.tokens, dog.ids, strict=True)))
Task.ids(
    f"These ids spell `the dog bites the man .` ({listed}). Change them so that the mean of their rows stays the "
    "same, and the sentence says the opposite.",
    [1996, 2158, 15424, 1996, 3899, 1012],
    len(words),
    "The same rows as often, in another order. The mean of rows is blind to that; the vector changes a little, through the positions.",
    wrong={Goal(reads={3899: 2}): "Now `dog` is read twice, and the mean has changed."},
    start=dog.ids,
    goal=Goal(ids=[1996, 2158, 15424, 1996, 3899, 1012]),
)

# %% tags=["task"]
Task.choice(
    "You want the row of a word to differ between two texts. Which of these can do that?",
    "None: the row is the same in each text",
    "The table has one row for a token. What differs is what the positions and the layers make of it.",
    wrong={
        "Another position in the text": "That adds another row of another table. The row of the word stays.",
        "Attention": "It mixes vectors after the lookup. The table is not touched.",
    },
)

# %% tags=["task"]
Task.numbers(
    "A text of 5 real tokens is padded to 20. Suppose that each pad has a vector of zeros in the last layer. By which "
    "factor is the mean over all 20 too short?",
    4,
    "The sum is the same and is divided by 20 instead of 5. A scaling to length 1 would repair that. But a pad's vector is not zero, so the direction is wrong, too.",
    wrong={"15": "Compare what the sum is divided by: 20 or 5."},
)

# %% tags=["task"]
Task.choice(
    "A text of 600 tokens raises `index out of range in self`, though all its ids are smaller than V. Where do you look?",
    "At the table of positions: it has 512 rows",
    "Position 512 is the first that has no row. Cut the text, or take its parts one by one.",
    wrong={
        "At the tokenizer: it must have made an id that is too large": "All ids are smaller than V, so each has a row.",
        "At the padding": "Pads have the id 0, which has a row.",
    },
)

# %% [markdown]
# ## Fine print
#
# - In training, *dropout* sets random numbers of the sums and inside the layers to zero. In use it is off, and we have left it out.
# - Other models differ: some have no table of positions and turn queries and keys by an angle instead, some take the vector of `[CLS]` or of the last token instead of a mean, some leave the length as it is. Use the rule that the model was trained with.
# - Row 0 of the table of positions is always read with `[CLS]`, and is far longer than the others.
# - We wrote the thirty sentences and the questions, and kept two questions because they fail. Eight questions are an illustration and no measurement.
# - "Equal up to rounding" means to within 0.00001 in each of the numbers.

# %% [markdown]
# ## Questions answered here
#
# - [My token ids are all inside the vocabulary, so why does a BERT-like model still raise "index out of range in self" on long texts?](https://github.com/huggingface/transformers/issues/5611)

# %% [markdown]
# ## Sources
#
# - A. Vaswani and others, *Attention Is All You Need*, 2017, for the layers.
# - J. Devlin, M.-W. Chang, K. Lee and K. Toutanova, *BERT*, 2019, for the three tables.
# - N. Reimers and I. Gurevych, *Sentence-BERT*, 2019, for the mean and the training on pairs.
# - W. Wang and others, *MiniLM*, 2020, for the smaller model that was trained after a larger one.
