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
# # Rows learn jointly
#
# A fresh table knows nothing. Train it under a loss, and rows of words that are used alike end up pointing the same way. Neither of the two losses in this chapter compares one row with another. We watch it happen twice, and ask what it takes.
#
# **After this chapter you can**
#
# - say what pulls two rows together, and what does not,
# - read a claim about similar rows against chance,
# - say what becomes of a word that never occurs,
# - compare a table that learns with one that is frozen.
#
# **You need** chapter 4, and to have seen a training loop. `EmbeddingBag` and the cosine come from chapter 2.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import Recording, TrainingReplay
from rowlight.teaching import Task, lines_figure

# %% [markdown]
# ## Words of praise, words of blame
#
# Our language has thirteen words. Four praise, four blame, four say nothing either way. The last one, *zesty*, is in the vocabulary and never occurs.

# %%
PRAISE = ["good", "great", "lovely", "fun"]
BLAME = ["bad", "awful", "dull", "sad"]
PLAIN = ["film", "plot", "actor", "music"]
WORDS = [*PRAISE, *BLAME, *PLAIN, "zesty"]
V, D = len(WORDS), 2

# %% [markdown]
# D is 2, so that a row is a point on paper as it stands. A sentence is one plain word and two words of the same group, in the manner of "film good lovely". Its label is 1 for praise and 0 for blame.

# %%
torch.manual_seed(0)
praises = torch.arange(64) % 2 == 0
plain = torch.randint(8, 12, (64, 1))
two_of_a_group = torch.randint(0, 4, (64, 2)) + torch.where(praises, 0, 4)[:, None]
sentences, labels = torch.cat([plain, two_of_a_group], dim=1), praises.float()

# %%
for sentence, label in zip(sentences[:4], labels, strict=False):
    print(int(label), " ".join(WORDS[id_] for id_ in sentence))

# %% [markdown]
# The model looks the three words up, takes the mean, and lets one linear layer decide. The optimizer is plain SGD, so a step moves the rows that it read, and no others.


# %%
def sentiment(seed, learns=True):
    torch.manual_seed(seed)
    table, head = nn.EmbeddingBag(V, D), nn.Linear(D, 1)
    table.weight.requires_grad_(learns)
    learning = [p for p in (*table.parameters(), *head.parameters()) if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=1.0)

    def loss_of(batch):
        guess = head(table(sentences[batch])).squeeze(1)
        return F.binary_cross_entropy_with_logits(guess, labels[batch])

    return table, optimizer, loss_of


# %% [markdown]
# The training loop is the usual one. Every few steps it keeps the table before and after the step, the loss on all the data, and the rows that the step reads.


# %%
def train(table, optimizer, loss_of, batches, everything, every=3):
    rows, losses, reads, after = [], [], [], []
    for step, (batch, read) in enumerate(batches):
        if step % every == 0:
            rows.append(table.weight.detach().clone())
            losses.append(loss_of(everything).item())
            reads.append(read.unique())
        optimizer.zero_grad()
        loss_of(batch).backward()
        optimizer.step()
        if step % every == 0:
            after.append(table.weight.detach().clone())
    steps = range(0, len(batches), every)
    return Recording(torch.stack(rows), losses, steps, reads, torch.stack(after))


# %% [markdown]
# It sees two sentences in a step. We train it from two seeds, and once with a table that does not learn.

# %%
twos = [torch.arange(2) + 2 * (step % 32) for step in range(181)]
batches = [(batch, sentences[batch]) for batch in twos]
every_sentence = torch.arange(64)
runs = {
    "seed 0": train(*sentiment(0), batches, every_sentence),
    "seed 1": train(*sentiment(1), batches, every_sentence),
    "frozen table": train(*sentiment(0, learns=False), batches, every_sentence),
}

# %% [markdown]
# ### Predict

# %% tags=["remove-input"]
for name in ("seed 0", "seed 1"):
    good, great = runs[name].rows[-1][:2]
    assert F.cosine_similarity(good, great, dim=0) > 0.7
Task.choice(
    "After training, where will `good` and `great` be, relative to each other?",
    "Pointing in much the same direction",
    "The loss asks the same of both words: make the guess for this sentence higher. Their rows get gradients of the same direction again and again.",
    wrong={
        "Anywhere: nobody compares them": "Nobody compares them, true. Yet the loss asks the same of both.",
        "Pointing in opposite directions": "That is how praise and blame end up.",
    },
)

# %% tags=["remove-input"]
Task.choice(
    "And where will `zesty` be, which no sentence contains? The optimizer is plain SGD, without weight decay.",
    "Where it started",
    "No batch reads its row, so its gradient is zero in every step, and plain SGD subtracts nothing.",
    wrong={
        "Near the words of praise": "The model has never seen it used. How could it know?",
        "At zero": "That would need weight decay, and a longer training.",
    },
)

# %% [markdown]
# ### See
#
# Drag along the curve of the loss, or press Play. The words of the batch are filled, and arrows show where the step takes them. Try another seed, then the frozen table.

# %%
groups = ["praise"] * 4 + ["blame"] * 4 + ["plain"] * 4 + ["never seen"]
TrainingReplay(runs, WORDS, groups, caption="Thirteen rows learn praise from blame")

# %%
for name, run in runs.items():
    first, last = run.losses[0], run.losses[-1]
    print(f"{name:13} loss on all sentences: first {first:.3f}, last {last:.3f}")

# %%
for name in ("seed 0", "seed 1"):
    rows, losses = runs[name].rows, runs[name].losses
    assert losses[-1] < 0.01
    moved = (rows[-1] - rows[0]).norm(dim=1)
    assert moved[8:12].mean() < moved[:8].mean() / 2

# %% [markdown]
# With a table that learns, words of praise go one way and words of blame the other. Plain words stand in both kinds of sentence. They are pulled both ways, and on average get less than half as far.
#
# With a frozen table only the linear layer learns, and rows stand where chance has put them. One seed could be bad luck, so here are twenty of each. The frozen ones get three times as many steps.


# %%
def last_loss(seed, learns, steps):
    return train(*sentiment(seed, learns), steps, every_sentence, every=180).losses[-1]


# %%
worst = max(last_loss(seed, True, batches) for seed in range(20))
best = min(last_loss(seed, False, batches * 3) for seed in range(20))
print(f"worst of twenty that learn: {worst:.3f}, best of twenty frozen: {best:.3f}")

# %% [markdown]
# With two columns, the worst table that learns does better than the best frozen one.

# %%
assert worst < 0.01
assert best > 0.05

# %%
assert torch.equal(runs["frozen table"].rows[0], runs["frozen table"].rows[-1])

# %% [markdown]
# *Zesty* has not moved in any run. To this model it is noise with a name. (AdamW would have shrunk it: see chapter 5.)

# %%
for run in runs.values():
    assert torch.equal(run.rows[0][12], run.rows[-1][12])

# %% [markdown]
# ## How close is close
#
# Chapter 2 measured closeness by the cosine, and warned that random rows have large cosines when D is small. Here D is 2, so the warning applies in full. We compute the mean cosine inside a group and across, and put chance beside it: the same two numbers for a thousand fresh tables.

# %%
group = torch.arange(8) < 4


def inside_and_across(rows):
    cosine = F.cosine_similarity(rows[:8, None], rows[None, :8], dim=-1)
    same = group[:, None] == group[None]
    return cosine[same & ~torch.eye(8, dtype=torch.bool)].mean(), cosine[~same].mean()


# %%
torch.manual_seed(1)
chance = torch.tensor([inside_and_across(torch.randn(8, D)) for _ in range(1000)])
low, high = chance.quantile(torch.tensor([0.025, 0.975]), dim=0)
low_high = (low[0], high[0], low[1], high[1])

# %%
for name, run in runs.items():
    inside, across = inside_and_across(run.rows[-1])
    print(f"{name:13} inside {inside:5.2f}, across {across:5.2f}")
print("chance        inside {:.2f} to {:.2f}, across {:.2f} to {:.2f}".format(*low_high))

# %% [markdown]
# Each range in the last line holds 95 of 100 fresh tables. The trained tables lie far outside. The frozen table lies inside, as most fresh tables do.

# %%
for name in ("seed 0", "seed 1"):
    inside, across = inside_and_across(runs[name].rows[-1])
    assert inside > high[0]
    assert across < low[1]
inside, across = inside_and_across(runs["frozen table"].rows[-1])
assert low[0] < inside < high[0]
assert low[1] < across < high[1]

# %% [markdown]
# The two seeds end in different places. What they share is who is near whom, and even that not to the digit. A single row means nothing without the others, and without the layer that reads it. Turn the plane, turn a linear layer along with it, and the layer says the same. Stretch the plane in one direction, shrink what the layer does there, and it says the same again, although the cosines have changed.

# %%
ends = [runs[name].rows[-1][:8] for name in ("seed 0", "seed 1")]
assert ((ends[0] - ends[1]).norm(dim=1) > 0.1).all()

# %%
turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
stretch = torch.tensor([[3.0, 0.0], [0.0, 1.0]])
rows, head = runs["seed 0"].rows[-1], nn.Linear(D, 1)
before = head(rows)

# %%
for change in (turn, stretch):
    print(f"mean cosine inside the groups: {inside_and_across(rows)[0]:.2f}", end=", ")
    with torch.no_grad():
        rows = rows @ change
        head.weight.copy_(head.weight @ change.inverse().T)
    print(f"then {inside_and_across(rows)[0]:.2f}")
    torch.testing.assert_close(head(rows), before)

# %% [markdown]
# ## Why it works
#
# This loss never compares two words. It compares a guess with a label. When *good* stands in a sentence of praise, the step pushes its row in the direction that raises the guess. When *great* stands in one, its row is pushed in that same direction. The direction itself turns while the linear layer learns, but at any moment it is the same for both. Rows that are pushed the same way, again and again, end up pointing the same way.
#
# So what the rows learn is what the loss can use. These rows tell praise from blame. They do not know that a plot has an author.

# %%
table, _, loss_of = sentiment(0)
loss_of(torch.arange(64)).backward()
pushes = -table.weight.grad
torch.testing.assert_close(F.cosine_similarity(pushes[:4], pushes[:1]), torch.ones(4))
torch.testing.assert_close(F.cosine_similarity(pushes[:4], pushes[4:8]), -torch.ones(4))

# %% [markdown]
# With one linear layer and one output, there is only one line to be pushed along. All words of praise are pushed one way, and all words of blame the other.

# %% [markdown]
# ## The next word
#
# The second model has another task: guess the next word. It is given no groups; only the program that makes the text knows them. Each pair in `slots` is a range of ids, and one of them is drawn for that place: first an article, then an animal, then a verb, and so on.

# %%
SMALL = ["the", "a", "cat", "dog", "bird", "sees", "likes", "."]
slots = [(0, 2), (2, 5), (5, 7), (0, 2), (2, 5), (7, 8)]


# %%
def text_of(slots):
    torch.manual_seed(0)
    words = [torch.randint(low, high, (120,)) for low, high in slots]
    return torch.stack(words, dim=1).flatten()


# %%
text = text_of(slots)
print(" ".join(SMALL[id_] for id_ in text[:18]))


# %%
def next_word(seed, text):
    torch.manual_seed(seed)
    table, head = nn.Embedding(len(SMALL), D), nn.Linear(D, len(SMALL))
    optimizer = torch.optim.SGD([*table.parameters(), *head.parameters()], lr=0.5)

    def loss_of(batch):
        return F.cross_entropy(head(table(text[batch])), text[batch + 1])

    return table, optimizer, loss_of


# %% tags=["remove-input"]
Task.choice(
    "Nobody says that `cat`, `dog` and `bird` belong together. Will their rows end up close?",
    "Yes: the same words follow them",
    "To guess what follows `cat` is to guess what follows `dog`. Rows that must give the same guess are pulled towards the same place.",
    wrong={
        "No: nothing connects them": "They never stand side by side. Look at what stands after them.",
        "Yes: they are all animals": "The model has never met an animal. It sees only what follows what.",
    },
)

# %% tags=["remove-input"]
Task.choice(
    "And where will the row of the full stop end?",
    "Close to the verbs",
    "A verb and a full stop have one thing in common: an article follows. To this model, nothing else about them exists.",
    wrong={
        "Alone: it is no word": "The model does not know what a word is. What follows a full stop here? What else is followed by that?",
        "Close to the animals": "It often stands after an animal. But look at what stands after it.",
    },
)

# %%
windows = [torch.arange(64) + 64 * (step % 11) for step in range(351)]
windows = [(window, text[window]) for window in windows]
every_word = torch.arange(len(text) - 1)
next_runs = {}
for seed in (0, 1):
    next_runs[f"seed {seed}"] = train(*next_word(seed, text), windows, every_word, every=7)

# %%
kinds = ["article"] * 2 + ["animal"] * 3 + ["verb"] * 2 + ["full stop"]
TrainingReplay(next_runs, SMALL, kinds, caption="Eight rows learn what follows what")

# %% [markdown]
# Words that can be followed by the same words form a group: the articles, the animals, and the verbs together with the full stop.

# %%
follows = torch.tensor([0, 0, 1, 1, 1, 2, 2, 2])
alike = follows[:, None] == follows[None]
others = ~torch.eye(8, dtype=torch.bool)

# %%
for name, run in next_runs.items():
    rows = run.rows[-1]
    cosine = F.cosine_similarity(rows[:, None], rows[None], dim=-1)
    inside, across, stop = cosine[alike & others], cosine[~alike], cosine[5:7, 7]
    print(f"{name}: inside {inside.mean():.2f}, across {across.mean():.2f}", end=", ")
    print(f"verbs and full stop {stop.mean():.2f}")
    assert inside.mean() > 0.9
    assert across.mean() < -0.3
    assert stop.min() > 0.85

# %%
torch.manual_seed(1)
fresh = torch.randn(1000, 8, D)
cosine = F.cosine_similarity(fresh[:, :, None], fresh[:, None], dim=-1)
inside, across = cosine[:, alike & others].mean(dim=1), cosine[:, ~alike].mean(dim=1)
ends = [part.quantile(end).item() for part in (inside, across) for end in (0.025, 0.975)]
print("chance: inside {:.2f} to {:.2f}, across {:.2f} to {:.2f}".format(*ends))
assert ends[1] < 0.9
assert ends[2] > -0.3

# %% [markdown]
# Articles point one way, animals another, and verbs a third, in both runs, and the full stop goes with the verbs. We chose the markers in the picture, and gave the full stop one of its own. The model knows nothing of parts of speech. It knows what comes next.

# %% [markdown]
# How low can this loss get? After an article, any of three animals may come, and the article does not say which. The best guess from one word gives each next word the share with which it follows in the text.

# %%
ones = torch.ones(len(text) - 1)
pairs = torch.zeros(8, 8).index_put_((text[:-1], text[1:]), ones, accumulate=True)

# %%
chances = pairs / pairs.sum(dim=1, keepdim=True)
floor = -(pairs * chances.clamp(min=1e-9).log()).sum() / pairs.sum()
print(f"the least possible loss of a guess from one word is {floor:.3f}")

# %%
for name, run in next_runs.items():
    first, last = run.losses[0], run.losses[-1]
    print(f"{name}: loss on the whole text, first {first:.3f}, last {last:.3f}")

# %%
for run in next_runs.values():
    assert run.losses[0] > 2
    assert floor < run.losses[-1] < floor + 0.05

# %%
losses = {f"loss, {name}": run.losses for name, run in next_runs.items()}
losses["least possible from one word"] = [floor.item()] * len(next_runs["seed 0"].losses)
says = (
    "The loss on the whole text falls from above 2 in both runs, and comes close to "
    f"{floor:.2f}, the least that a guess from one word can reach."
)
lines_figure(losses, says, xlabel="recorded step", title="loss of the next-word model")

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
other = text_of([(0, 2), (2, 3), (5, 7), (0, 2), (3, 4), (7, 8)])
rows = train(*next_word(0, other), windows, every_word, every=350).rows[-1]
assert F.cosine_similarity(rows[2], rows[3], dim=0) < 0.5
Task.choice(
    "In another language, `cat` is followed by verbs, and `dog` by full stops only. The next-word model is trained on it. How will the two rows stand?",
    "Pointing in different directions",
    "Their rows must now give different guesses, so they are pushed in different ways. That both are animals plays no part.",
    wrong={"Pointing the same way: both are animals": "The model sees what follows what. That differs now."},
)

# %% tags=["remove-input"]
Task.choice(
    "Two training runs differ only in their seed. Row `good` is (3, 1) in one and (-2, 2) in the other. Which is right?",
    "Neither is wrong: a row counts only together with its own model",
    "The linear layer changes along with the rows. Ask who is near whom inside one run, and compare no row of one run with a row of another.",
    wrong={
        "The one with the lower loss": "Both may have the same loss. The plane may be turned or stretched.",
        "One of the runs has failed": "Different seeds lead to different planes. That is no failure.",
    },
)

# %% tags=["remove-input"]
grams = torch.tensor([[3.0, 4.0], [4.0, 3.0]])
Task.numbers(
    "Two rows are (3, 4) and (4, 3). What is their cosine? It is the sum of the products of their numbers, divided by the lengths of both.",
    [F.cosine_similarity(grams[0], grams[1], dim=0)],
    "The product is 3 * 4 + 4 * 3 = 24, and each row is 5 long: 24 / 25.",
    wrong={"24": "Divide by the lengths of both rows."},
)

# %% tags=["remove-input"]
Task.choice(
    "You want `zesty` to be useful to the model. What helps?",
    "Sentences that contain it",
    "A row gets its gradients from the batches that read it, and from no others.",
    wrong={
        "More training on the same sentences": "No batch reads its row, however many there are.",
        "A larger D": "More columns give it more random numbers.",
    },
)

# %% [markdown]
# ## Fine print
#
# - Two columns make a picture and a poor model. Real tables have hundreds. There, chance cosines are small. Rows of a trained table often share a direction, though, which lifts all its cosines. So compare with other groups of words of the same table as well. With hundreds of columns, a linear layer can tell our twelve words apart even on a frozen table.
# - Our sentences are made so that the effect is clean. In real text it is there, with more noise.
# - The replay shows rows as PyTorch had them at the recorded steps, rounded to a thousandth of the picture's width. The printed numbers are not rounded that way. The frozen table has no arrows: no step moves it.

# %%
wide = torch.randn(12, 300)
assert torch.linalg.matrix_rank(wide) == 12  # so a linear layer can give each word any score

# %% [markdown]
# ## Sources
#
# - J. R. Firth, *A Synopsis of Linguistic Theory*, 1957, and Z. Harris, *Distributional Structure*, 1954, for the idea that a word is known by what stands around it.
# - X. Rong, *word2vec Parameter Learning Explained*, 2014, and its interactive companion *wevi*, which shows rows that move.
#
# questions: Q01
