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
# # Rows learn jointly
#
# A fresh table knows nothing. Train it under some loss, and rows of words that are used alike end up pointing the same way. Nobody told them to. This chapter watches it happen, twice, and asks what it takes.
#
# **After this chapter you can**
#
# - say what pulls two rows together, and what does not,
# - read a claim about similar rows against chance,
# - say what becomes of a word that never occurs,
# - compare a table that learns with one that is frozen.
#
# **You need** chapter 4, and to have seen a training loop.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from rowlight import Scrubber, Task
from rowlight.show import lines_figure

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
# D is 2, so that a row is a point on paper and we need no projection. A sentence is one plain word and two words of the same group, in the manner of "film good lovely". Its label is 1 for praise and 0 for blame.

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
# The model looks the three words up, takes the mean, and lets one linear layer decide. It sees two sentences in a step. We keep the table every third step.


# %%
def sentiment(seed, learns=True):
    torch.manual_seed(seed)
    table, head = nn.EmbeddingBag(V, D), nn.Linear(D, 1)
    table.weight.requires_grad_(learns)
    learning = [p for p in (*table.parameters(), *head.parameters()) if p.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=0.05)

    def loss_of(batch):
        guess = head(table(sentences[batch])).squeeze(1)
        return F.binary_cross_entropy_with_logits(guess, labels[batch])

    return table, optimizer, loss_of


# %%
def record(table, optimizer, loss_of, batches, every):
    run = {"places": [], "losses": [], "steps": [], "reads": []}
    for step, (batch, read) in enumerate(batches):
        loss = loss_of(batch)
        if step % every == 0:
            run["places"].append(table.weight.detach().clone())
            run["losses"].append(loss.item())
            run["steps"].append(step)
            run["reads"].append(read.unique())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {**run, "places": torch.stack(run["places"])}


# %%
def trained(table, optimizer, loss_of, batches, everything, every=3):
    before = loss_of(everything).item()
    run = record(table, optimizer, loss_of, batches, every)
    return {**run, "before": before, "after": loss_of(everything).item()}


# %%
twos = [torch.arange(2) + 2 * (step % 32) for step in range(181)]
batches = [(batch, sentences[batch]) for batch in twos]
every_sentence = torch.arange(64)
runs = {
    "seed 0": trained(*sentiment(0), batches, every_sentence),
    "seed 1": trained(*sentiment(1), batches, every_sentence),
    "frozen table": trained(*sentiment(0, learns=False), batches, every_sentence),
}

# %% [markdown]
# ### Predict

# %% tags=["remove-input"]
end = runs["seed 0"]["places"][-1]
Task.choice(
    "After training, where will `good` and `great` be, relative to each other?",
    "On the same side of the plane, close in direction",
    "The loss asks the same of both words: make the guess for this sentence higher. Their rows get gradients of the same direction again and again.",
    wrong={
        "Anywhere: nobody compares them": "Nobody compares them, true. Yet the loss asks the same of both.",
        "On opposite sides": "That is where praise and blame end up.",
    },
)

# %% tags=["remove-input"]
Task.choice(
    "And where will `zesty` be, which no sentence contains? The optimizer is Adam, without weight decay.",
    "Where it started",
    "No batch reads its row, Adam keeps no memory for it, and without decay nothing moves it.",
    wrong={
        "Near the words of praise": "The model has never seen it used. How could it know?",
        "At zero": "That would need weight decay, and a longer training.",
    },
)

# %% [markdown]
# ### See
#
# Move the slider, or press Play. The words of the current batch are lit, with their trails. Try another seed, then the frozen table.

# %%
groups = ["praise"] * 4 + ["blame"] * 4 + ["plain"] * 4 + ["never seen"]
Scrubber(runs, WORDS, groups, caption="Thirteen rows learn praise from blame")

# %%
for name, run in runs.items():
    print(f"{name:13} loss before {run['before']:.3f}, after {run['after']:.3f}")

# %% [markdown]
# With a table that learns, words of praise go one way and words of blame the other. Plain words stay between them: they stand in both kinds of sentence, and are pulled both ways. With a frozen table only the linear layer learns. With two columns, rows that stand where chance has put them do not let it tell the groups apart, and the loss stays high.

# %%
assert runs["seed 0"]["after"] < 0.01
assert runs["seed 1"]["after"] < 0.01
assert runs["frozen table"]["after"] > 0.2

# %%
assert torch.equal(runs["frozen table"]["places"][0], runs["frozen table"]["places"][-1])

# %% [markdown]
# *Zesty* has not moved in any run. To this model it is noise with a name. (AdamW would have shrunk it: see chapter 5.)

# %%
for run in runs.values():
    assert torch.equal(run["places"][0][12], run["places"][-1][12])

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
    inside, across = inside_and_across(run["places"][-1])
    print(f"{name:13} inside {inside:5.2f}, across {across:5.2f}")
print("chance        inside {:.2f} to {:.2f}, across {:.2f} to {:.2f}".format(*low_high))

# %% [markdown]
# Each range in the last line holds 95 of 100 fresh tables. The trained tables lie far outside. The frozen table does not: it *is* a fresh table.

# %%
for name in ("seed 0", "seed 1"):
    inside, across = inside_and_across(runs[name]["places"][-1])
    assert inside > high[0]
    assert across < low[1]
inside, across = inside_and_across(runs["frozen table"]["places"][-1])
assert low[0] < inside < high[0]
assert low[1] < across < high[1]

# %% [markdown]
# The two seeds end in different places. What agrees is the arrangement: who is near whom. A single row means nothing without the others, and without the layer that reads it. Turn the plane, turn the linear layer along with it, and the model says the same.

# %%
turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
torch.testing.assert_close(turn @ turn.T, torch.eye(2))

# %%
table, _, _ = sentiment(0)
head = nn.Linear(D, 1)
before = head(table(sentences))
with torch.no_grad():
    table.weight.copy_(table.weight @ turn)
    head.weight.copy_(head.weight @ turn)
torch.testing.assert_close(head(table(sentences)), before)

# %% [markdown]
# ## Why it works
#
# The loss never compares two words. It compares a guess with a label. When *good* stands in a sentence of praise, its row is pushed in the direction that raises the guess. When *great* stands in one, its row is pushed in that same direction. The direction itself turns while the linear layer learns, but at each step it is the same for both. Rows that are pushed the same way, again and again, end up pointing the same way.
#
# So what the rows learn is what the loss can use. These rows tell praise from blame. They do not know that a plot has an author.

# %%
table, _, loss_of = sentiment(0)
loss_of(torch.arange(64)).backward()
pushes = -table.weight.grad
torch.testing.assert_close(F.cosine_similarity(pushes[:4], pushes[:1]), torch.ones(4))
torch.testing.assert_close(F.cosine_similarity(pushes[:4], pushes[4:8]), -torch.ones(4))

# %% [markdown]
# With one linear layer and one output, there is only one direction to be pushed in. All words of praise get it, and all words of blame get its opposite.

# %% [markdown]
# ## The next word
#
# The second model has another task: guess the next word. There are no labels and no groups. It reads text such as this, made of eight words.

# %%
SMALL = ["the", "a", "cat", "dog", "bird", "sees", "likes", "."]
torch.manual_seed(0)
slots = [(0, 2), (2, 5), (5, 7), (0, 2), (2, 5), (7, 8)]
text = torch.stack([torch.randint(low, high, (120,)) for low, high in slots], dim=1).flatten()
print(" ".join(SMALL[id_] for id_ in text[:18]))


# %%
def next_word(seed):
    torch.manual_seed(seed)
    table, head = nn.Embedding(len(SMALL), D), nn.Linear(D, len(SMALL))
    optimizer = torch.optim.Adam([*table.parameters(), *head.parameters()], lr=0.05)

    def loss_of(batch):
        return F.cross_entropy(head(table(text[batch])), text[batch + 1])

    return table, optimizer, loss_of


# %% tags=["remove-input"]
Task.choice(
    "Nobody says that `cat`, `dog` and `bird` belong together. Will their rows end up close?",
    "Yes: the same words follow them",
    "To guess what follows `cat` is to guess what follows `dog`. Rows that must give the same guess are pushed the same way.",
    wrong={
        "No: nothing connects them": "They never stand side by side. Look at what stands after them.",
        "Yes: they are all animals": "The model has never met an animal. It sees only what follows what.",
    },
)

# %%
windows = [torch.arange(32) + 32 * (step % 22) for step in range(351)]
batches = [(batch, text[batch]) for batch in windows]
every_word = torch.arange(len(text) - 1)
runs = {}
for seed in (0, 1):
    runs[f"seed {seed}"] = trained(*next_word(seed), batches, every_word, every=7)

# %%
kinds = ["article"] * 2 + ["animal"] * 3 + ["verb"] * 2 + ["full stop"]
Scrubber(runs, SMALL, kinds, caption="Eight rows learn what follows what")

# %%
kind = torch.tensor([0, 0, 1, 1, 1, 2, 2, 3])
alike = kind[:, None] == kind[None]
others = ~torch.eye(8, dtype=torch.bool)

# %%
for name, run in runs.items():
    rows = run["places"][-1]
    cosine = F.cosine_similarity(rows[:, None], rows[None], dim=-1)
    inside, across = cosine[alike & others].mean(), cosine[~alike].mean()
    print(f"{name}: inside {inside:.2f}, across {across:.2f}")
    assert inside > 0.8
    assert across < 0

# %% [markdown]
# Articles point one way, animals another, verbs a third, in both runs. We chose the markers in the picture. The model was never told of them.

# %% [markdown]
# How low can this loss get? After an article, any of three animals may come, and no model can know which. The best it can do is to guess each as often as it comes.

# %%
ones = torch.ones(len(text) - 1)
pairs = torch.zeros(8, 8).index_put_((text[:-1], text[1:]), ones, accumulate=True)

# %%
chances = pairs / pairs.sum(dim=1, keepdim=True)
floor = -(pairs * chances.clamp(min=1e-9).log()).sum() / pairs.sum()
print(f"the least possible loss is {floor:.3f}")

# %%
for name, run in runs.items():
    print(f"{name}: loss on the whole text {run['before']:.3f}, then {run['after']:.3f}")

# %%
for run in runs.values():
    assert floor < run["after"] < floor + 0.05

# %%
losses = {f"loss of a batch, {name}": run["losses"] for name, run in runs.items()}
losses["least possible, whole text"] = [floor.item()] * len(runs["seed 0"]["losses"])
says = (
    "The loss of single batches falls from above 2 in both runs, and then goes up and down "
    f"around {floor:.2f}, the least that a guess from one word can reach on the whole text. "
    "Some batches are easier than the text as a whole."
)
lines_figure(losses, says, xlabel="recorded step", title="loss of the next-word model")

# %%
for run in runs.values():
    assert run["losses"][0] > 2

# %% [markdown]
# ## Try it

# %% tags=["remove-input"]
Task.choice(
    "In another language, `cat` is followed by verbs, and `dog` by full stops only. The next-word model is trained on it. How will the two rows stand?",
    "Pointing in different directions",
    "Their rows must now give different guesses, so they are pushed in different ways. That both are animals plays no part.",
    wrong={"Pointing the same way: both are animals": "The model sees what follows what. That differs now."},
)

# %% tags=["remove-input"]
Task.choice(
    "Two trainings differ in the seed alone. Row `good` is (3, 1) in one and (-2, 2) in the other. Which is right?",
    "Neither is wrong: only the arrangement counts",
    "The linear layer turns along with the rows. Compare cosines inside one run, and no row of one run with a row of another.",
    wrong={
        "The one with the lower loss": "Both may have the same loss. The plane may be turned.",
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
    "A row learns from the batches that read it, and from nothing else.",
    wrong={
        "More training on the same sentences": "No batch reads its row, however many there are.",
        "A larger D": "More columns give it more random numbers.",
    },
)

# %% [markdown]
# ## Fine print
#
# - Two columns make a picture and a poor model. Real tables have hundreds. There, chance cosines are small, and the same comparison with fresh tables is still the honest one. There, too, a linear layer can tell thirteen words apart even on a frozen table of random rows.
# - Our sentences are made so that the effect is clean. In real text it is there, with more noise.
# - The scrubber shows rows as PyTorch had them at the recorded steps, rounded to a thousandth of the picture's width. The printed numbers are not rounded that way.

# %% [markdown]
# ## Sources
#
# - J. R. Firth, *A Synopsis of Linguistic Theory*, 1957, and Z. Harris, *Distributional Structure*, 1954, for the idea that a word is known by what stands around it.
# - X. Rong, *word2vec Parameter Learning Explained*, 2014, and its interactive companion *wevi*, which shows rows that move.
#
# questions: Q01
