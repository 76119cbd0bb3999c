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
# # 1 Ten rows, four columns
#
# Fifteen whole numbers go into an embedding layer, one for each word of five short sentences. Sixty decimal numbers come out, and the layer has calculated none of them. Where do they come from?

# %% tags=["set-up", "first-lens"]
import torch
from torch import nn

from rowlight import RowLens
from rowlight.teaching import Goal, Task, expect_error, walkthrough
from rowlight.teaching.walkthrough import BATCH, TABLE, WORDS

RowLens(
    torch.tensor(TABLE),
    torch.tensor(BATCH),
    WORDS,
    selection={"row": 2},
    caption="Five sentences of three words read a table of ten rows",
    hint="Row 2 is read four times. Which rows does nobody read? Pick a row, or change an id.",
)

# %% [markdown]
# **After this chapter you can**
#
# - turn words into ids, and say what the layer does with them,
# - predict which rows the ids read, and which shape comes out,
# - recognise the inputs that the layer refuses, and find the id that is to blame,
# - hand the output on with its dimensions in the right places.
#
# **You need** Python and a first idea of what a tensor is. Five more words come up. A *weight* is a number that training may change. A *loss* measures how wrong a model is. A *gradient* says how the loss changes with each weight, and *backpropagation* computes it. An *optimizer* uses the gradient to change the weights.
#
# The chapter follows, step by step, a walkthrough by World4AI called *Word Embeddings in PyTorch*. The table and the batch are the walkthrough's own, and each result that it printed comes out here, digit for digit. The words are ours. The picture above is what we call a *lens*: ids, table and output side by side, with a line from a selected id to its row and on to its place in the output.

# %% [markdown]
# ## From words to ids
#
# A network calculates with numbers, and a word is not a number. So we list the words. The place of a word in the list, counted from 0, is its *id*. All the words together are the *vocabulary*.

# %%
words = ["no", "sun", "again", "rain", "we", "and", "love", "lost", "more", "sky"]
id_of = {word: place for place, word in enumerate(words)}
id_of

# %% [markdown]
# A sentence becomes ids by looking up each of its words.

# %%
sentence = "rain again again"
[id_of[word] for word in sentence.split()]

# %% [markdown]
# Each word here is a *token*, one of the pieces that a text is cut into. The vocabularies of language models hold tens or hundreds of thousands of tokens, many of them pieces of words, and a *tokenizer* cuts the text and gives the ids. A word that is not in the list has no id: `id_of["snow"]` is a `KeyError`. What to do about such words is for a later chapter. And since only the list says which id is whose, save it with your model.
#
# Sentences that go through a model together are a *batch*. Here are five sentences of three words. We write B for the number of sentences and T for the number of positions in each.

# %%
text = "no love lost, rain again again, again and again, no more rain, we love rain"
sentences = [sentence.split() for sentence in text.split(", ")]
sequence = torch.tensor([[id_of[word] for word in sentence] for sentence in sentences])
B, T = sequence.shape

# %%
sequence

# %% [markdown]
# The walkthrough calls this tensor `sequence`. It drew the fifteen ids at random to stand for five sentences, and we chose our words so that its draw can be read. The ids are keys: the layer finds a row of a table with each, and computes nothing with them.

# %% [markdown]
# ## The table
#
# `nn.Embedding` needs two arguments. `num_embeddings` is the number of rows, one for each token, so the vocabulary decides it. `embedding_dim` is the number of columns, and you decide that. We call them V and D. Each row is a vector of D numbers.

# %%
V, D = len(words), 4
embedding = nn.Embedding(num_embeddings=V, embedding_dim=D)
embedding

# %% [markdown]
# The new layer has filled its table with random numbers. The walkthrough's layer did the same. It names no seed, so its draw cannot be repeated, and we copied the table that it printed: `TABLE`, from `rowlight`, the package of this book, is a list of ten lists. To have it without the package, write `TABLE = [`, paste these lines, and close the bracket.

# %%
print(*TABLE, sep=",\n")

# %% [markdown]
# `load_state_dict` puts saved numbers into a layer.

# %%
embedding.load_state_dict({"weight": torch.tensor(TABLE)})

# %% [markdown]
# All keys matched, and there is only one: a table called `weight` is all that this layer saves.

# %%
print(embedding.weight)

# %% [markdown]
# A `Parameter` is a tensor that belongs to the weights of a model. In training, a batch reads some rows. If the loss depends on them, backpropagation computes a gradient for the table, as it does for the other weights of the model. `requires_grad=True` permits this. An optimizer then changes the rows and the other weights together. Nobody has trained this table yet, so its numbers mean nothing.

# %% [markdown]
# ## One id
#
# ### Predict
#
# The layer is about to receive `torch.tensor(0)`, the id of *no*. This tensor holds one number, and its shape is `()`.

# %% tags=["task"]
Task.shape(
    "What is the shape of `embedding(torch.tensor(0))`?",
    embedding(torch.tensor(0)).shape,
    "The id becomes one row of D = 4 numbers. The shape `()` gains one dimension, of size 4.",
    wrong={
        "1, 4": "That would be the answer for `torch.tensor([0])`, a list of one id. Here there is no list.",
        "10, 4": "That is the whole table. One id reads one row.",
        "1": "An id becomes a row, and a row has D numbers.",
    },
)

# %% [markdown]
# ### See

# %%
with torch.inference_mode():
    print(embedding(torch.tensor(0)))

# %% [markdown]
# Id 0 gives row 0, the first line of the table. We only want to look, so `torch.inference_mode()` tells PyTorch to keep no record for backpropagation. The numbers would be the same without it.

# %% [markdown]
# ## A whole batch
#
# ### Predict
#
# Now the layer receives `sequence`. It will hand back fifteen vectors, one for each id.

# %% tags=["task"]
Task.numbers(
    "How many different vectors are among the fifteen?",
    [sequence.unique().numel()],
    "Equal ids get equal vectors, and no two rows of this table are equal. So count the different ids: all but 1 and 9.",
    wrong={
        "15": "Look at sentence 2. Its last two ids are equal.",
        "10": "That would be so if the batch read every row. The lens at the top shows two that it does not.",
    },
)

# %% [markdown]
# ### See

# %%
with torch.inference_mode():
    embeddings = embedding(sequence)
    print(embeddings)

# %% [markdown]
# Five blocks for five sentences, in each block three vectors for three words. The ids had the shape `(B, T)`, the output has the shape `(B, T, D)`: the layer adds one dimension at the end and leaves the others alone.

# %%
print(tuple(sequence.shape), "→", tuple(embeddings.shape))

# %% [markdown]
# And the question from the top: which rows does nobody read? Count how often each one is read.

# %%
sequence.flatten().bincount(minlength=V)

# %% [markdown]
# Nobody reads row 1 or row 9, *sun* and *sky*. Reading does not use a row up: fifteen vectors came out, and the table still has its ten rows.

# %% tags=["checked"]
# checked: batch, table and both lookups print what the walkthrough printed, to the last digit
assert words == WORDS
assert str(sequence) == walkthrough.PRINTED_SEQUENCE
assert str(embedding.weight) == walkthrough.PRINTED_WEIGHT
with torch.inference_mode():
    assert str(embedding(torch.tensor(0))) == walkthrough.PRINTED_ROW_0
    assert str(embedding(sequence)) == walkthrough.PRINTED_BATCH

# %% [markdown]
# ## Your own draw
#
# The walkthrough began with chance, and so can you: a new batch and a new table. `randint` leaves out `high` itself. With this seed the cell draws the same numbers each time it runs; another release of PyTorch may draw others. In a running notebook, change it.

# %%
torch.manual_seed(0)
batch = torch.randint(low=0, high=V, size=(B, T))
yours = nn.Embedding(num_embeddings=V, embedding_dim=D)

# %%
RowLens(yours, batch, words, caption="A random batch reads a random table")

# %% [markdown]
# What kind of chance is it? `nn.Embedding` draws each number independently from the *standard normal distribution*, whose mean is 0 and whose standard deviation is 1. A larger table comes close to both.

# %%
large = nn.Embedding(1000, 100).weight
print(f"mean {large.mean():.2f}, standard deviation {large.std():.2f}")

# %% [markdown]
# ## Why it works
#
# For valid ids our layer does what indexing does: it takes the rows that they name.

# %%
torch.equal(embedding(sequence), embedding.weight[sequence])

# %% [markdown]
# What it hands back are copies. Write zeros into the first of two copies of row 2, and the row in the table stays as it was. (`detach()` gives the numbers without what `autograd` keeps with them. It prints shorter.)

# %%
vectors = embedding(torch.tensor([2, 2]))
vectors[0] = 0
print(embedding.weight[2].detach())

# %% [markdown]
# Yet PyTorch remembers where a copy came from. If a loss is made from the copies, `backward()` sends the gradient back to the row. Here the loss is the sum of all numbers, so each number that still comes from the table sends back a 1. (`backward()` adds to the gradient that is there, and `zero_grad()` clears it first.)

# %%
embedding.zero_grad()
vectors.sum().backward()
embedding.weight.grad[2]

# %% [markdown]
# That is the work of the second copy alone. The zeros that we wrote over the first did not come from the table, so nothing goes back through them. Had we left both copies whole, each number of this gradient would be 2. Chapter 4 follows the gradient row by row.

# %% tags=["checked"]
# checked: two whole copies send back a 2 in each column, and no other row receives anything
embedding.zero_grad()
embedding(torch.tensor([2, 2])).sum().backward()
assert embedding.weight.grad[2].tolist() == [2.0] * D
assert embedding.weight.grad.count_nonzero() == D
assert torch.equal(embedding.weight, torch.tensor(TABLE))

# %% [markdown]
# ## What it accepts
#
# The ids may have any number of dimensions, and a dimension may be empty. D always comes last.

# %%
for shape in [(), (3,), (5, 3), (0, 3), (2, 5, 3)]:
    print(shape, "→", tuple(embedding(torch.zeros(shape, dtype=torch.int64)).shape))

# %% [markdown]
# Their type is int64 or int32, and no other.


# %%
def accepts(dtype):
    try:
        return bool(embedding(sequence.to(dtype)).numel())
    except RuntimeError:
        return False


# %%
for dtype in (torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool, torch.float32):
    print(dtype, "accepted" if accepts(dtype) else "refused")

# %% [markdown]
# To store many ids, a smaller type will do: up to 256 rows fit into uint8, one byte an id instead of eight. Widen them when they reach the layer.

# %%
stored = sequence.to(torch.uint8)
print(f"{sequence.nbytes} bytes as int64, {stored.nbytes} bytes as uint8")
torch.equal(embedding(stored.int()), embedding(sequence))

# %% [markdown]
# Look at V before you choose the type. `.to` does not refuse an id that is too large for it. It makes another id of it.

# %%
torch.tensor([255, 256, 300]).to(torch.uint8)

# %% [markdown]
# Something like it happens in float32. Above 16,777,216, which is 2 to the power of 24, it holds no odd numbers. Two users whose ids pass through it may come out as one, and share a row.

# %% questions=["N25"]
torch.tensor([16_777_216, 16_777_217, 16_777_218]).float().long()

# %% [markdown]
# ## What it refuses
#
# **A list, a number, a tuple.** The ids must be a tensor.

# %% questions=["Q09"]
with expect_error(TypeError):
    embedding([3, 7])

# %% [markdown]
# Why position 2, when we gave one argument? In the end the layer calls `torch.embedding`, which takes the table first and your ids second. Write `torch.tensor([3, 7])` for a list and `torch.tensor(3)` for a number. A tuple usually comes from a data loader that returns the ids together with something else, such as the lengths of the sentences. Unpack it, and pass the ids alone.

# %%
with expect_error(TypeError):
    embedding((sequence, torch.tensor([3, 3, 3, 3, 3])))

# %% [markdown]
# **Decimal numbers.** Long and Int are other names for int64 and int32.

# %% questions=["Q16"]
with expect_error(RuntimeError):
    embedding(torch.tensor([3.0, 7.0]))

# %% [markdown]
# Somewhere on the way the ids have become float. Often it was `torch.Tensor` with a capital T, which makes floats out of a list, or a column with gaps, which are stored as NaN, or a step that normalises all inputs. Mend that place. `.long()` turns whole floats back into ids, but it also turns 3.7 into 3 and says nothing.

# %%
for given in (torch.tensor([3, 7]), torch.Tensor([3, 7]), torch.tensor([3, torch.nan])):
    print(given, given.dtype)
torch.tensor([3.0, 3.7]).long()

# %% [markdown]
# **A row that does not exist.** The valid ids are 0 to V - 1.

# %%
with expect_error(IndexError):
    embedding(torch.tensor(V))

# %% [markdown]
# The message does not say which id was wrong. Three causes are common: the ids start at 1, the vocabulary has grown since the table was made, or the ids come from another tokenizer. This finds the culprits in any batch.

# %% questions=["Q11"]
suspect = torch.tensor([[3, 2, 2], [0, 10, 3], [-1, 6, 3]])
outside = (suspect < 0) | (suspect >= embedding.num_embeddings)
print("places", outside.nonzero().tolist(), "ids", suspect[outside].tolist())

# %% [markdown]
# Id -1 is among them. In plain indexing, -1 counts from the end. The layer refuses it.

# %%
print(torch.equal(embedding.weight[torch.tensor(-1)], embedding.weight[9]))
with expect_error(IndexError):
    embedding(torch.tensor(-1))

# %% [markdown]
# On a graphics card the same mistake reads `CUDA error: device-side assert triggered`, and it warns that the line it blames may be another one. This book was made without such a card, so we have not run that; [people report it](https://github.com/pytorch/pytorch/issues/29966). Run the same batch on the CPU, or search it with the cell above.

# %% [markdown]
# ## Which dimension is which
#
# The layer does not know that the first dimension counts sentences. Turn the ids round, and it turns the output round.

# %%
turned = embedding(sequence.T)
print(tuple(sequence.T.shape), "→", tuple(turned.shape))
torch.equal(turned, embedding(sequence).transpose(0, 1))

# %% [markdown]
# The next layer does care. `nn.LSTM`, for one, expects positions first unless you say `batch_first=True`, and takes either order without complaint.

# %%
lstm = nn.LSTM(D, 6)
[tuple(lstm(given)[0].shape) for given in (turned, embedding(sequence))]

# %% [markdown]
# `nn.Conv1d`, a convolution, slides along the positions of a sentence. It wants the D numbers, which it calls channels, in the middle: `(B, D, T)`.

# %%
convolution = nn.Conv1d(in_channels=D, out_channels=6, kernel_size=2)
with expect_error(RuntimeError):
    convolution(embedding(sequence))

# %%
convolution(embedding(sequence).transpose(1, 2)).shape

# %% [markdown]
# The first call failed because T is 3 and D is 4. With sentences of four words, both are 4, and the wrong order goes through.

# %%
four_words = torch.tensor([[3, 2, 5, 2], [4, 6, 8, 3]])
wrong = convolution(embedding(four_words))
right = convolution(embedding(four_words).transpose(1, 2))
print("same shape:", wrong.shape == right.shape)
print("same numbers:", torch.allclose(wrong, right))

# %% [markdown]
# ## The other arguments
#
# `nn.Embedding` takes more than V and D. Here are the other arguments that you may set, in one line each.
#
# | argument | unless set | what it does | more in |
# |---|---|---|---|
# | `padding_idx` | `None` | names a row that a fresh table sets to zero, and to which lookups send no gradient | chapter 4, and a later chapter |
# | `max_norm` | `None` | shortens each row that is read and longer than this, in the table | a later chapter |
# | `norm_type` | `2.0` | which length `max_norm` measures; 2 is the usual one | a later chapter |
# | `scale_grad_by_freq` | `False` | divides a row's gradient by how often that call reads the row | chapter 4 |
# | `sparse` | `False` | stores the gradient of the rows that were read, and no others | chapters 4 and 6 |
# | `device`, `dtype` | PyTorch's defaults | where the table lives, and in which type its numbers are | a later chapter |
#
# With `max_norm`, even a lookup changes the table: it shortens the rows that it reads, if they are too long.

# %%
capped = nn.Embedding.from_pretrained(torch.tensor(TABLE), max_norm=1.0)
before = capped.weight[2].norm().item()
capped(torch.tensor(2))
print(f"length of row 2: {before:.2f} before the lookup, {capped.weight[2].norm():.2f} after")

# %% [markdown]
# `from_pretrained` made that layer out of numbers that exist already, in one line. It does not copy them: pass a `clone()` if the tensor must stay as it is. Mind what it does unless you say otherwise: it *freezes* the table: no gradient is computed for it, so no optimizer changes it. (`max_norm` still does. The table above was frozen.)

# %% questions=["Q36"]
for freeze in (True, False):
    layer = nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=freeze)
    print(f"freeze={freeze}: requires_grad={layer.weight.requires_grad}")

# %% [markdown]
# ## Try it

# %% tags=["task"]
every = dict.fromkeys(range(V), (1, B * T))  # each row once or more often
solution = torch.tensor([[0, 6, 7], [3, 1, 9], [2, 5, 2], [0, 8, 3], [4, 6, 3]])
Task.ids(
    "Change as few ids as you can, so that the output holds ten different vectors.",
    solution,
    V,
    "Rows 1 and 9 are at rest, so two ids must change. Take them from words that occur more than once.",
    {
        Goal(reads=every, changes=(3, B * T)): "All ten are there. Two changes would have been enough.",
        Goal(reads={1: (1, B * T), 9: (1, B * T)}): "Another row is at rest now. Take words that occur more than once.",
    },
    start=sequence,
    goal=Goal(reads=every, changes=2),
)

# %% tags=["task"]
Task.ids(
    "These ids say “no love lost”. Change them so that they say “love more rain”. The dictionary stands near the top.",
    [id_of[word] for word in ("love", "more", "rain")],
    V,
    "An id is the place of the word in the list, counted from 0.",
    {Goal(ids=[7, 9, 4]): "You counted from 1."},
    start=sequence[0],
)

# %% tags=["task"]
Task.rows(
    "Sentence 4, “no more rain”, becomes “no more sun”. Mark the rows that the batch reads now.",
    torch.cat([sequence.flatten(), torch.tensor(id_of["sun"])[None]]).unique(),
    V,
    "Row 1 is new. Row 3 is still read, by sentences 2 and 5. Row 9 is the only one at rest.",
    wrong={
        "0, 1, 2, 4, 5, 6, 7, 8": "“rain” has left sentence 4. Do other sentences have it?",
        "0, 2, 3, 4, 5, 6, 7, 8": "Those are the rows from before. What is the id of “sun”?",
        "0, 1, 8": "Those are the rows of sentence 4 alone. Four other sentences are in the batch.",
    },
)

# %% tags=["task"]
Task.numbers(
    "Type the first two numbers of the vector that “and” gets from the walkthrough's table.",
    embedding(torch.tensor(id_of["and"]))[:2].detach(),
    "“and” has id 5, and id 5 reads row 5.",
    wrong={
        "1.8532, 0.2546": "That is row 4. Rows are counted from 0.",
        "-0.4453, -0.855": "That is row 6, “love”.",
    },
)

# %% tags=["task"]
Task.shape(
    "Each letter has an id now: 8 sentences, 12 words each, 20 letters in a word. The table has 100 rows and 16 columns. What is the shape of the output?",
    nn.Embedding(100, 16)(torch.zeros(8, 12, 20, dtype=torch.int64)).shape,
    "The ids have shape (8, 12, 20), and D = 16 joins them at the end. The 100 rows appear nowhere.",
    wrong={
        "8, 12, 20, 100": "100 is the number of rows. A vector has one number for each column.",
        "8, 12, 16": "Each letter gets a vector, not each word.",
    },
)

# %% tags=["task"]
Task.choice(
    "Somebody numbered our ten words from 1 to 10 and kept the table. The first batch of ids is `[[1, 2, 3]]`. What happens?",
    "No error yet, but each word reads the row of the next one",
    "1, 2 and 3 are valid ids. The error comes with the first batch that has id 10 in it, and wrong rows were read all the time before.",
    wrong={
        "An IndexError: ids start at 0": "The layer cannot know where you began to count. Which of the three ids is not between 0 and 9?",
        "No error, and the right rows: the layer subtracts 1": "It subtracts nothing. Id 1 reads row 1.",
    },
)

# %% [markdown]
# ## Fine print
#
# - In words, sentences and positions are counted from 1, as people count. Ids, rows and tensor indexes are counted from 0, as PyTorch counts.
# - `nn.Embedding` has two more arguments whose names begin with an underscore. `from_pretrained` uses them.

# %% [markdown]
# ## Questions answered here
#
# - [Why do I get "embedding(): argument 'indices' must be Tensor, not tuple / list"?](https://github.com/bentrevett/pytorch-sentiment-analysis/issues/39)
# - [What causes "IndexError: index out of range in self" in an embedding layer and how do I find the culprit?](https://stackoverflow.com/questions/56010551/pytorch-embedding-index-out-of-range)
# - [Why do I get "Expected tensor for argument #1 'indices' to have scalar type Long ... but got FloatTensor"?](https://github.com/sksq96/pytorch-summary/issues/64)
# - [Does from_pretrained train the vectors, and what does freeze=False change?](https://github.com/649453932/Chinese-Text-Classification-Pytorch/issues/117)
# - [Two of my users share one vector although their ids differ. The ids are above 16 million.](https://github.com/chanzuckerberg/cellxgene-census/issues/554)

# %% [markdown]
# ## Sources
#
# - World4AI, *Word Embeddings in PyTorch*, `github.com/World4AI/World4AI`: the walkthrough that this chapter follows, its table and its batch.
# - PyTorch documentation, [`torch.nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
