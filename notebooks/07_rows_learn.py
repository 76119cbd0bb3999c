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
assert find_spec("vega_datasets"), "Missing data. Run this line once: %pip install vega_datasets"

# %% [markdown]
# # 7 Rows learn jointly
#
# Here are sixty rows of two random numbers, one row for each of sixty airports. Nobody tells the table where an airport lies. In each step the loss takes eight pairs of airports and asks one thing: are these two rows as far apart as the airports are? What will the rows look like after 1,000 steps?

# %% tags=["set-up"]
import torch
from torch import nn
from torch.nn import functional as F

import rowlight
from rowlight import Recording, TrainingReplay
from rowlight.teaching import Goal, Task, airports
from rowlight.teaching.map_figure import map_figure

codes, where = airports.sixty()
distance = (airports.great_circles(where) / 1000).float()  # (60, 60), in 1,000 km
recording = Recording(**airports.recorded_map(distance, pairs=8, seed=2, every=100))
caption = "Sixty rows, and a loss that knows nothing but distances"
hint = "Drag along the curve or press Play. Each 100th step is shown; the last has no batch."
corners = ["SEA", "SAN", "MIA", "BOS"]
runs = {"eight pairs a step": recording}
TrainingReplay(runs, codes, landmarks=corners, start=0, caption=caption, hint=hint)

# %% [markdown]
# **After this chapter you can**
#
# - say what brings two rows together, and what does not,
# - say what a single row means, and what several rows mean together,
# - read a claim about similar rows against chance,
# - compare a table that learns with one that is frozen, and say what the comparison is worth.
#
# **You need** chapters 4 and 5. The cosine, and the way a fresh table is drawn, come from chapter 2.

# %% [markdown]
# ## A map from distances
#
# The rows drew the map of a country. Labels such as SEA (Seattle) and MIA (Miami) tell which way up it lies. Here is the whole training. `distance` holds the distance of each airport from each other one along the surface of the earth, in 1,000 km. Three of them:

# %%
some = [codes.index(code) for code in ("SEA", "MIA", "BOS")]
distance[some][:, some]


# %% [markdown]
# One step draws pairs at random, looks up both rows of each pair, and takes the squared difference between how far apart the rows are and how far apart the airports are.


# %%
def train_map(seed, pairs=256, steps=1500):
    torch.manual_seed(seed)
    table = nn.Embedding(60, 2)
    optimizer = torch.optim.Adam(table.parameters(), lr=0.05)
    for _ in range(steps):
        one, other = torch.randint(60, (2, pairs))
        apart = (table(one) - table(other)).norm(dim=1)
        loss = (apart - distance[one, other]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table.weight.detach().double()


# %% [markdown]
# The opening picture came from 1,000 steps of this loop, with eight pairs a step instead of 256.
#
# ### Predict

# %% tags=["task"]
Task.choice(
    "Two trainings differ in their seed alone: another random start, other pairs. Both end with a loss near zero. Have they made the same table?",
    "No, but the map is the same, moved, turned or mirrored",
    "Moving, turning or mirroring all rows together changes no distance, and the loss sees nothing but distances. So nothing decides between these maps.",
    wrong={
        "Yes: the airports are the same": "The distances are the same. They do not say where north is, nor where the middle of the map is.",
        "No, and the maps have nothing in common": "Both have been asked for the same distances.",
    },
)

# %% [markdown]
# ### See

# %%
tables = {seed: train_map(seed) for seed in (0, 1, 3)}
for seed, table in tables.items():
    print(f"seed {seed}: the row of SEA is ({table[some[0]][0]:.1f}, {table[some[0]][1]:.1f})")

# %%
for seed, table in tables.items():
    apart = torch.cdist(table, table)
    to_mia, to_bos = apart[some[0], some[1:]]
    print(f"seed {seed}: from SEA to MIA {to_mia:.2f}, to BOS {to_bos:.2f}")

# %% [markdown]
# In these three trainings the row of an airport differs, and the distances between rows agree. So to this loss a single row means nothing: it has a meaning only among the other rows of its table.
#
# ### Turn it home
#
# To lay one map on another, move both to a common middle, and find the turn (and perhaps the mirroring) that brings the rows as close as possible to their places. This is the Procrustes problem, and the singular value decomposition solves it: `svd` writes a matrix as a turn, a stretch and another turn, where a turn may include a mirroring, and we keep the turns.


# %%
def turned_home(rows, target):
    rows, middle = rows - rows.mean(0), target.mean(0)
    left, _, right = torch.linalg.svd(rows.T @ (target - middle))
    return rows @ left @ right + middle


# %%
flat = airports.projected(where) / 1000  # the airports on a flat map, in 1,000 km
homes = {seed: turned_home(table, flat) for seed, table in tables.items()}
for seed, home in homes.items():
    off = 1000 * (home - flat).norm(dim=1)
    print(f"seed {seed}: off by {off.mean():.0f} km on average, at most {off.max():.0f} km")

# %%
off = 1000 * (homes[0] - flat).norm(dim=1)
says = (
    "Sixty rows after training, turned home, as dots, "
    "and the airports on a flat map as pale discs. "
    f"Each dot lies on its disc, {off.mean():.0f} km from the middle on average. "
    f"The country is {1000 * distance.max():,.0f} km across."
)
map_figure(homes[0], flat, codes, says)

# %% [markdown]
# The loss asked for distances alone, and yet each of these rows lies within 20 km of its place. The earth is round and our table is flat, so no table can have all distances right. The map to compare with is flat as well: it keeps directions and distances from its middle, and is a little wrong elsewhere.

# %% tags=["checked"]
# checked: in each of three trainings, every row is within 20 km of its place
for home in homes.values():
    assert (home - flat).norm(dim=1).max() < 0.02

# %% [markdown]
# ### When it does not work
#
# The seeds above were chosen, and so was that of the opening picture: seed 2, with eight pairs a step. Here are three that we did not choose, with 256 pairs a step.

# %%
others = {seed: turned_home(train_map(seed), flat) for seed in (2, 4, 5)}
for seed, home in others.items():
    off = 1000 * (home - flat).norm(dim=1)
    print(f"seed {seed}: off by {off.mean():.0f} km on average, MIA by {off[some[1]]:,.0f} km")

# %% [markdown]
# Two of the six trainings end in a folded map. In that of seed 2 the east coast is upside down: MIA, in Florida, lies north of BTV, in Vermont. The straight way home leads over a hill. Here is how far the distances are off, as the root of the mean square, at five points between this map and that of seed 0.

# %%
folded = others[2]
one, other = torch.triu_indices(60, 60, offset=1)  # each pair once
for part in (0, 0.25, 0.5, 0.75, 1):
    rows = folded + part * (homes[0] - folded)
    wrong = (torch.pdist(rows) - distance[one, other]).square().mean().sqrt()
    print(f"{part:.0%} of the way: off by {1000 * wrong:.0f} km")

# %% [markdown]
# So the loss, about the square of this, tells a folded map from a good one. 1,000 more steps do not mend it.

# %%
longer = turned_home(train_map(2, steps=2500), flat)
still = 1000 * (longer - flat).norm(dim=1).mean()
print(f"after 1,000 more steps, off by {still:.0f} km on average")

# %% tags=["checked"]
# checked: the folded map is far worse, stays so, and half way home is worse still
assert folded[codes.index("MIA"), 1] > folded[codes.index("BTV"), 1] + 1
for seed, home in others.items():
    assert ((home - flat).norm(dim=1).mean() > 0.1) == (seed != 4)
assert still > 100
start, middle = (torch.pdist(rows) for rows in (folded, (folded + homes[0]) / 2))
goal = distance[one, other]
assert (middle - goal).norm() > 1.05 * (start - goal).norm()

# %% [markdown]
# ### Jointly
#
# No step knows the map. In the loss, each pair pulls at its two rows alone, together or apart. One row alone could stand anywhere. Sixty rows share 1,770 distances, and only together can they come close to them all. That is what the title of this chapter means: what a row learns is its place among the others.
#
# The models in the rest of this chapter never compare two rows. Rows meet in the layer above them, which they share.

# %% [markdown]
# ## Words of praise, words of blame
#
# This language has thirteen words. Four praise, four blame, and four say nothing either way. The last one, *zesty*, is in the vocabulary and never occurs. The ids follow the alphabet.

# %%
PRAISE = ["good", "great", "lovely", "fun"]
BLAME = ["bad", "awful", "dull", "sad"]
PLAIN = ["film", "plot", "actor", "music"]
WORDS = sorted([*PRAISE, *BLAME, *PLAIN, "zesty"])
ids = {word: id_ for id_, word in enumerate(WORDS)}
print(ids)

# %% [markdown]
# A sentence is a plain word and two words of one group, or one twice, in the manner of "film good lovely". Its label is 1 for praise and 0 for blame. There are 128 such sentences. The model learns from 64 of them, drawn at random, and never sees the others.

# %%
pairs = [(one, other) for group in (PRAISE, BLAME) for one in group for other in group]
texts = [[plain, *pair] for plain in PLAIN for pair in pairs]
sentences = torch.tensor([[ids[word] for word in text] for text in texts])
labels = torch.tensor([float(text[1] in PRAISE) for text in texts])

# %%
torch.manual_seed(0)
seen, unseen = torch.randperm(128).split(64)
for text in seen[:4].tolist():
    print(int(labels[text]), " ".join(texts[text]))


# %% [markdown]
# The model looks the three words up, takes the mean of their rows, and lets one linear layer *guess*: above 0 means praise. The loss is small if the guess is far on the right side of 0. D is 2, so that a row is a point on paper as it stands.


# %%
def new_model(seed, D=2):
    torch.manual_seed(seed)
    return nn.Embedding(len(WORDS), D), nn.Linear(D, 1)


# %%
def loss_of(table, head, batch):
    guess = head(table(sentences[batch]).mean(dim=1)).squeeze(1)
    return F.binary_cross_entropy_with_logits(guess, labels[batch])


# %% [markdown]
# The loop takes two sentences a step. The optimizer is plain SGD, so that a step moves no row but those with a gradient. A list `losses`, if there is one, gets the loss on all 64 sentences before each step and after the last, for the picture.


# %%
def note(losses, table, head):
    if losses is not None:
        with torch.no_grad():  # so that it is no read of a step
            losses.append(loss_of(table, head, seen).item())


def train(table, head, steps=180, losses=None):
    learning = [p for p in (*table.parameters(), *head.parameters()) if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=1.0)
    for step in range(steps):
        note(losses, table, head)
        optimizer.zero_grad()
        loss_of(table, head, seen[torch.arange(2) + 2 * (step % 32)]).backward()
        optimizer.step()
    note(losses, table, head)


# %% [markdown]
# ### Predict

# %% tags=["task"]
Task.choice(
    "The loss compares a guess with a label, and never one row with another. After training, where will `good` and `great` be in these two trainings, relative to each other?",
    "Pointing in much the same direction",
    "Whenever one of them is read, the loss asks for the same thing: a higher guess. Their rows are pushed the same way again and again.",
    wrong={
        "Anywhere: nobody compares them": "Nobody compares them, true. Yet the layer above asks the same of both.",
        "Pointing in opposite directions": "That is how praise and blame end up.",
    },
)

# %% tags=["task"]
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
# `rowlight.watch` keeps what each step did to the table, and `Recording` makes of it what the picture needs: here every third step, and last the rows after all 180. Move along the loss curve.

# %%
models, recordings = {}, {}
for seed in (0, 1):
    (table, head), losses = new_model(seed), []
    models[seed] = table, head
    with rowlight.watch(table, snapshots=True) as trace:
        train(table, head, losses=losses)
    recordings[f"seed {seed}"] = Recording.from_trace(trace, losses, every=3)

# %%
lists = {"praise": PRAISE, "blame": BLAME, "plain": PLAIN}
kinds = {word: kind for kind, words in lists.items() for word in words}
groups = [kinds.get(word, "never seen") for word in WORDS]
TrainingReplay(recordings, WORDS, groups, caption="Thirteen rows learn praise from blame")

# %% [markdown]
# Words of praise go one way and words of blame the other. Plain words stand in both kinds of sentence: they are pushed both ways, and on average get less far. *Zesty* has not moved. The model also meets sentences that it has never seen, made of words that it has. Some are a seen one with its words exchanged, which a mean cannot tell apart, so we leave those out. It gets the others right (of those with the same words in another order, it sees one):


# %%
def share_right(table, head, batch):
    guess = head(table(sentences[batch]).mean(dim=1)).squeeze(1)
    return ((guess > 0) == (labels[batch] > 0)).float().mean().item()


known = [sorted(texts[i]) for i in seen.tolist()]
new = torch.tensor([i for i in unseen.tolist() if sorted(texts[i]) not in known])
for seed, model in models.items():
    old_right, new_right = share_right(*model, seen), share_right(*model, new)
    print(f"seed {seed}: {old_right:.0%} of the seen, {new_right:.0%} of the {len(new)} new")

# %%
members = {kind: [ids[word] for word in words] for kind, words in lists.items()}
for seed, (table, _) in models.items():
    way = (table.weight - new_model(seed)[0].weight).detach().norm(dim=1)
    far = (f"{kind} moved {way[rows].mean():.1f}" for kind, rows in members.items())
    print(f"seed {seed}:", ", ".join(far))

# %% tags=["checked"]
# checked: everything unseen is right, plain words moved less than half as far, zesty not at all
for seed, (table, head) in models.items():
    start = new_model(seed)[0].weight
    way = (table.weight - start).norm(dim=1)
    assert share_right(table, head, unseen) == 1
    assert way[members["plain"]].mean() < way[members["praise"] + members["blame"]].mean() / 2
    assert torch.equal(table.weight[ids["zesty"]], start[ids["zesty"]])

# %% [markdown]
# ## Why it works
#
# When *good* stands in a sentence of praise, the step pushes its row in the direction that raises the guess. When *great* stands in one, its row is pushed in that same direction, because the two share the linear layer. The direction turns while that layer learns. Here it is at four moments of such a training, as an angle:

# %%
table, head = new_model(0)
for step in (0, 60, 120, 180):
    table.zero_grad()
    loss_of(table, head, seen).backward()
    push = {word: -table.weight.grad[ids[word]] for word in ("good", "great", "bad")}
    angles = (f"{word} {torch.atan2(p[1], p[0]).rad2deg():.0f}°" for word, p in push.items())
    print(f"step {step:3}:", ", ".join(angles))
    train(table, head, steps=60)

# %% [markdown]
# *Good* and *great* are pushed alike, *bad* the opposite way, which is 180 degrees. With one linear layer and one output there is, at any one moment, only one line to be pushed along.
#
# The line has turned by step 60 and then hardly moves. From there on, the pushes change almost only the part of a row along that line, and the part at a right angle stays. The longer the sum of the pushes becomes beside that part, the more nearly the rows of a group lie along the line.
#
# What the rows learn is what the loss can use. These rows tell praise from blame. They do not know that a plot has an author.

# %% tags=["checked"]
# checked: at the start, all words of praise are pushed one way, and all words of blame the opposite way
table, head = new_model(0)
loss_of(table, head, seen).backward()
push = -table.weight.grad
one, other = push[members["praise"]], push[members["blame"]]
torch.testing.assert_close(F.cosine_similarity(one, one[:1]), torch.ones(4))
torch.testing.assert_close(F.cosine_similarity(one, other), -torch.ones(4))

# %% tags=["task"]
two = torch.tensor([[ids[word] for word in text] for text in (["film", "good", "lovely"], ["plot", "bad", "sad"])])
output, way = nn.Embedding.from_pretrained(torch.zeros(13, 2))(two).requires_grad_(), torch.ones(2)
F.binary_cross_entropy_with_logits(output.mean(dim=1) @ way, torch.tensor([1.0, 0.0])).backward()
solution, stay = two.clone(), {ids[word]: 0 for word in PLAIN}
solution[0, 0] = ids["plot"]
Task.ids(
    "Two sentences, “film good lovely” (praise) and “plot bad sad” (blame). The guess for both is 0, so each word of the first gets a gradient of -1 and each word of the second one of 1, in some unit. Change one id, so that a step of plain SGD moves the row of no plain word.",
    solution,
    len(WORDS),
    "The same plain word in both sentences gets -1 and 1, which is nothing. `film` in both does as well.",
    {Goal(gradient=stay): "No plain word moves, and one change would have been enough."},
    start=two,
    goal=Goal(gradient=stay, changes=1),
    grad_output=12 * output.grad[:, :, 0],
)

# %% [markdown]
# ## How close is close
#
# Chapter 2 measured closeness by the cosine. It showed that a fresh table is drawn from the standard normal distribution, and that the cosines of its rows spread wider when D is small. Here D is 2, so chance alone gives large cosines. We take the mean cosine inside a group and across, and put chance beside it: the same two numbers for a thousand fresh tables.

# %%
eight = torch.tensor(members["praise"] + members["blame"])
same = torch.arange(8)[:, None] // 4 == torch.arange(8) // 4


def inside_and_across(rows):
    cosine = F.cosine_similarity(rows[eight][:, None], rows[eight][None], dim=-1)
    return cosine[same & ~torch.eye(8, dtype=torch.bool)].mean(), cosine[~same].mean()


# %%
torch.manual_seed(1)
with torch.no_grad():
    chance = torch.tensor([inside_and_across(nn.Embedding(13, 2).weight) for _ in range(1000)])
limits = chance.quantile(torch.tensor([0.025, 0.975]), dim=0)
(low_in, low_across), (high_in, high_across) = limits.tolist()

# %% questions=["Q01"]
for seed, (table, _) in models.items():
    inside, across = inside_and_across(table.weight.detach())
    print(f"seed {seed}: inside {inside:5.2f}, across {across:5.2f}")
print(f"chance: inside {low_in:5.2f} to {high_in:.2f},", end=" ")
print(f"across {low_across:.2f} to {high_across:.2f}")

# %% [markdown]
# Each range in the last line holds 95 of 100 fresh tables. The trained tables lie outside.
#
# Even so, what the model says does not fix the cosines. It depends on the rows and the layer above them together. Stretch the plane in one direction, shrink what the linear layer does there, and the model says the same as before, while the cosines have changed:

# %%
table, head = models[1]
stretch = torch.tensor([[3.0, 0.0], [0.0, 1.0]])
rows = table.weight.detach()
stretched, shrunk = rows @ stretch, head.weight.detach() @ stretch.inverse().T

# %%
same_guess = torch.allclose(stretched @ shrunk.T, rows @ head.weight.detach().T, atol=1e-4)
was, wider = inside_and_across(rows)[0], inside_and_across(stretched)[0]
print(f"inside {was:.2f}, stretched {wider:.2f}")
print("the guesses are the same:", same_guess)

# %% [markdown]
# Why, then, is the cosine evidence at all? Because nobody has stretched the plane in which the rows were trained. They started spread alike in all directions, as the rows of chance are. Here a cosine above those of chance says that rows were pushed alike. It does not say how alike two words are.

# %% tags=["checked"]
# checked: trained rows lie outside the range of chance; stretching changes cosines and no guess
for table, _ in models.values():
    inside, across = inside_and_across(table.weight.detach())
    assert inside > high_in + 0.03
    assert across < low_across - 0.03
assert same_guess
assert (wider - was).abs() > 0.02

# %% [markdown]
# ## What if the table does not learn
#
# People freeze tables: to save memory, or because the rows were trained elsewhere. Ours has not been trained anywhere, so freezing it means to keep random rows. Then only the linear layer learns, and it has three numbers where the whole model has twenty-nine. Ten trainings of each kind, the frozen ones twice as long:


# %%
def last_loss(seed, D, learns, steps):
    table, head = new_model(seed, D)
    table.weight.requires_grad_(learns)
    train(table, head, steps)
    return loss_of(table, head, seen).item()


# %%
ends = {}
for D, learns, steps in [(2, True, 180), (2, False, 360), (64, False, 360)]:
    ends[D, learns] = final = sorted(last_loss(seed, D, learns, steps) for seed in range(10))
    kind = "learns" if learns else "frozen"
    print(f"D = {D:2}, table {kind}: best {final[0]:.2f}, worst {final[-1]:.2f}")

# %% tags=["checked"]
# checked: a random frozen table loses with two columns, and does not with 64
assert ends[2, True][-1] < 0.02
assert ends[64, False][-1] < 0.02
assert ends[2, False][0] > 0.05

# %% [markdown]
# With two columns the random frozen table loses by far: the rows stay where chance has put them. With 64 columns a random frozen table does about as well on the sentences it learns from, because in so many dimensions a linear layer can give each of our thirteen words any score it likes. So two columns have shown no law about frozen tables. They show that something must be able to adapt: the rows, or enough weights above them. A table that was trained elsewhere and then frozen is another matter; a later chapter loads one.

# %% [markdown]
# ## The next word
#
# The next model gets no labels. It reads one word and guesses the next. Only the program that makes the text knows of kinds of words:

# %%
KINDS = {
    "article": "the a",
    "animal": "cat dog bird",
    "verb": "sees likes",
    "time": "today again",
    "stop": ".",
}
ORDER = ["article", "animal", "verb", "article", "animal", "time", "stop"]
SMALL = sorted(" ".join(KINDS.values()).split())
small_ids = {}
for kind, words in KINDS.items():
    small_ids[kind] = torch.tensor([SMALL.index(word) for word in words.split()])

# %%
torch.manual_seed(0)
columns = [small_ids[kind][torch.randint(len(small_ids[kind]), (120,))] for kind in ORDER]
text = torch.stack(columns, dim=1).flatten()
print(" ".join(SMALL[id_] for id_ in text[:21]))

# %% [markdown]
# What stands around each kind of word?
#
# | kind | before it | after it |
# |---|---|---|
# | article | verb, full stop | animal |
# | animal | article | verb, time |
# | verb | animal | article |
# | time | animal | full stop |
# | full stop | time | article |
#
# What comes *after* a verb also comes after the full stop. What comes *before* a verb also comes before the words of time.

# %% tags=["task"]
Task.choice(
    "The model guesses the next word. Which row will point the same way as the rows of the verbs?",
    "The full stop's: the same words follow",
    "After a verb and after a full stop comes an article. Rows that must give the same guess are pushed the same way.",
    wrong={
        "Those of `today` and `again`: they stand in the same place": "They too come after an animal. But this model is never asked what came before.",
        "None: verbs are like no other kind": "The model does not know what a verb is. It knows what comes next.",
    },
)


# %%
def guess_neighbour(read, asked, seed, steps=600):
    torch.manual_seed(seed)
    table, head = nn.Embedding(len(SMALL), 2), nn.Linear(2, len(SMALL))
    optimizer = torch.optim.SGD([*table.parameters(), *head.parameters()], lr=0.5)
    losses = []
    with rowlight.watch(table, snapshots=True) as trace:
        for step in range(steps + 1):  # the last time, only the loss
            batch = (torch.arange(64) + 64 * step) % len(read)
            loss = F.cross_entropy(head(table(read[batch])), asked[batch])
            losses.append(loss.item())
            if step < steps:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return table.weight.detach(), Recording.from_trace(trace, losses, every=12)


# %% [markdown]
# The same loop can be asked the other way round: read a word and guess the one *before* it. Nothing else changes.

# %%
after = {seed: guess_neighbour(text[:-1], text[1:], seed) for seed in (0, 1)}
before = {seed: guess_neighbour(text[1:], text[:-1], seed) for seed in (0, 1)}

# %%
kind_of = {word: kind for kind, words in KINDS.items() for word in words.split()}
alike = {"stop": "verb or stop", "verb": "verb or stop"}
markers = [alike.get(kind_of[word], kind_of[word]) for word in SMALL]
runs = {"guess the next word": after[0][1], "guess the word before": before[0][1]}
caption = "Ten rows learn what stands beside them"
hint = "Each 12th step is shown. Choose the other training, and compare."
TrainingReplay(runs, SMALL, markers, caption=caption, hint=hint)


# %%
def mean_cosine(rows, one, other):
    one, other = rows[small_ids[one]], rows[small_ids[other]]
    return F.cosine_similarity(one[:, None], other[None], dim=-1).mean().item()


for name, tables_ in (("next word", after), ("word before", before)):
    for seed, (rows, _) in tables_.items():
        stop, time = mean_cosine(rows, "verb", "stop"), mean_cosine(rows, "verb", "time")
        print(f"{name}, seed {seed}: verbs with full stop {stop:5.2f}, with time {time:5.2f}")

# %% [markdown]
# Asked for the next word, verbs go with the full stop. Asked for the word before, the same verbs, in the same text, go with the words of time. Nothing in a word decides with which others its row goes. What the loss asks of the text decides it. The random start and the course of the training decide what that leaves open.

# %% tags=["checked"]
# checked: in all four trainings, verbs lie close to the kind that shares the guess, and not to the other
for (rows, _), near, far in [
    *((a, "stop", "time") for a in after.values()),
    *((b, "time", "stop") for b in before.values()),
]:
    assert mean_cosine(rows, "verb", near) > 0.9
    assert mean_cosine(rows, "verb", far) < 0.6

# %% [markdown]
# ## Try it

# %% tags=["task"]
Task.choice(
    "In another text, `cat` is always followed by a verb and `dog` always by a word of time. Articles come before both. The next-word model is trained on it. How will the two rows stand?",
    "Pointing in different directions",
    "Their rows must give different guesses, so they are pushed in different ways. What comes before them plays no part, and neither does that both are animals.",
    wrong={
        "Pointing the same way: both are animals": "The model has never met an animal. It is asked what comes next, and that differs.",
        "Pointing the same way: an article comes before both": "This model is asked what comes next, not what came before.",
    },
)

# %% tags=["task"]
Task.choice(
    "Two trainings of the map differ only in their seed, and both end with a loss near zero. The row of Denver is (3, 1) in one table and (-2, 2) in the other. Which is right?",
    "Neither is wrong: a row counts only among the rows of its own table",
    "Moved, turned or mirrored, the map is the same map. Ask how far Denver is from the others, inside one table.",
    wrong={
        "The one with the lower loss": "The loss sees distances alone. It does not say where a row lies.",
        "One of the trainings has failed": "A failure would show in the loss. Good maps may lie differently.",
    },
)

# %% tags=["task"]
grams = torch.tensor([[3.0, 4.0], [4.0, 3.0]])
Task.numbers(
    "Two rows are (3, 4) and (4, 3). What is their cosine? It is the sum of the products of their numbers, divided by the lengths of both.",
    [F.cosine_similarity(grams[0], grams[1], dim=0)],
    "The product is 3 * 4 + 4 * 3 = 24, and each row is 5 long: 24 / 25.",
    wrong={"24": "Divide by the lengths of both rows.", "4.8": "Divide by both lengths, not by one."},
)

# %% tags=["task"]
Task.choice(
    "You want `zesty` to be useful to the model of praise and blame. What helps?",
    "Sentences that contain it",
    "In this model rows are used by lookups alone, so a row gets its gradients from the sentences that contain its word.",
    wrong={
        "More training on the same sentences": "No batch reads its row, however many there are.",
        "A larger D": "More columns give it more random numbers.",
    },
)

# %% [markdown]
# ## Fine print
#
# - The map is compared with an azimuthal equidistant projection about the mean latitude and longitude of the sixty airports. Distances run along a sphere of radius 6,371 km.
# - In chapters like this one, where rows are used by lookups alone, a row gets gradients from the batches that read it. Chapter 4 has a case where every row gets one: the soft lookup. A table that also serves as the output layer is another.
# - The replays show rows as PyTorch had them before the recorded steps, rounded to a thousandth of the picture's width. The printed numbers are not rounded that way.
# - All these texts are made so that one effect shows. We have measured no real text.

# %% [markdown]
# ## Questions answered here
#
# - [What does nn.Embedding actually do, and does the layer by itself place similar words close together?](https://stackoverflow.com/questions/50747947/embedding-in-pytorch)

# %% [markdown]
# ## Sources
#
# - J. B. Kruskal, *Multidimensional Scaling by Optimizing Goodness of Fit to a Nonmetric Hypothesis*, 1964, for maps from distances.
# - P. H. Schönemann, *A Generalized Solution of the Orthogonal Procrustes Problem*, 1966.
# - The package `vega_datasets`, for the airports.
# - J. R. Firth, *A Synopsis of Linguistic Theory*, 1957, and Z. Harris, *Distributional Structure*, 1954, for the idea that a word is known by what stands around it.
# - X. Rong, *word2vec Parameter Learning Explained*, 2014, and its interactive companion *wevi*, which shows rows that move.
