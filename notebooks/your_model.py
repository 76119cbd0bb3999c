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
# # Use it on your model
#
# Eight recipes. Each makes a small model of its own and runs when this book is built, so that you can copy it and put your model in its place. What does a lens tell about a batch before you train on it?

# %% tags=["set-up"]
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

import rowlight
from rowlight import RowLens

words = ["<unk>", "<pad>", "the", "cat", "dog", "sat", "on", "mat", "ran"]
splitter = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
splitter.pre_tokenizer = pre_tokenizers.Whitespace()
marks = {"unk_token": "<unk>", "pad_token": "<pad>"}
tokenizer = PreTrainedTokenizerFast(tokenizer_object=splitter, **marks)
size = {"hidden_size": 8, "intermediate_size": 16}
size |= {"num_hidden_layers": 1, "num_attention_heads": 2}

# %%
torch.manual_seed(0)
model = BertModel(BertConfig(vocab_size=len(words), **size))
batch = tokenizer(["the cat sat on the mat", "the bird ran"], padding=True, return_tensors="pt")
RowLens(model.get_input_embeddings(), batch, tokenizer)

# %% [markdown]
# Three things stand there. The word *bird* is not in the vocabulary: it reads row 0, `<unk>`. Three places are filled up, and read row 1, `<pad>`. And the numbers of row 1 are not zero, although rows for padding usually are. Recipe 1 says why.
#
# | What goes wrong | How you see it | Recipe |
# |---|---|---|
# | an id out of range, which crashes a GPU later and elsewhere | the lens refuses it, and says where it stands | 2, 4 |
# | padding that is not padded | the row of `<pad>` is not zero, and moves | 1 |
# | a tokenizer larger than the table | the lens says how many tokens have no row | 2 |
# | rows that no batch reads | `0×`, or the trace of a training | 4, 5 |
# | rows that are read and do not move | the report of a training | 6 |

# %% tags=["set-up"]
import logging
import os
import subprocess
import sys
import tempfile
import warnings

import pandas as pd
import pytorch_lightning as lightning
from transformers import BertForSequenceClassification as Judge
from transformers import PrinterCallback, Trainer, TrainingArguments, utils

from rowlight.teaching import expect_error

logging.disable(logging.WARNING)
warnings.filterwarnings("ignore", module="pytorch_lightning")  # on workers and loggers
utils.logging.disable_progress_bar()
os.chdir(tempfile.mkdtemp())  # the files of this page stay out of your folder

# %% [markdown]
# ## 1. A model and a tokenizer from Hugging Face
#
# `get_input_embeddings()` finds the table of any model of `transformers`. The lens above shows it with a batch. Its row of padding is not zero, because model and tokenizer do not agree on which row that is. Here are the layer's row of padding and the tokenizer's id of it:

# %%
table = model.get_input_embeddings()
table.padding_idx, tokenizer.pad_token_id

# %% [markdown]
# So `<pad>` is learned like a word, and `<unk>`, in row 0, stays zero for ever. Say it when you make the model, and look again.

# %%
torch.manual_seed(0)
config = BertConfig(vocab_size=len(words), pad_token_id=tokenizer.pad_token_id, **size)
model = BertModel(config)
table = model.get_input_embeddings()
table.padding_idx, table.weight[1].abs().sum().item()

# %% [markdown]
# ## 2. A tokenizer that has grown
#
# Somebody adds a word to the tokenizer, and forgets the table. The lens says that a token has no row, and shows the texts that do without it.

# %%
tokenizer.add_tokens(["bird"])
RowLens(table, tokenizer(["the cat ran"], return_tensors="pt"), tokenizer)

# %% [markdown]
# A text with the new word is refused, and the lens names the id and its place. On a GPU the same id ends the program with a *device-side assert*, often some lines later. (We have not run that here.)

# %%
birds = tokenizer(["the bird ran"], return_tensors="pt")
with expect_error(IndexError):
    RowLens(table, birds)

# %% [markdown]
# Give the table a row for each token. The new row is drawn like the rows that were there; nobody has trained it yet.

# %%
torch.manual_seed(0)
model.resize_token_embeddings(len(tokenizer))
RowLens(model.get_input_embeddings(), birds, tokenizer)

# %% tags=["checked"]
# checked: the table has a row for each token, and the model kept what it had learned
assert len(model.get_input_embeddings().weight) == len(tokenizer) == 10
assert torch.equal(model.get_input_embeddings().weight[2:9], table.weight[2:9])

# %% [markdown]
# ## 3. A table out of a file
#
# A model that is stored in the format *safetensors* need not be loaded to look at its table. `read_table` finds it in the file and reads only the rows that are used.

# %%
model.save_pretrained(".")
tokenizer.save_pretrained(".")
key = "embeddings.word_embeddings.weight"
stored = rowlight.read_table("model.safetensors", key)
tuple(stored.shape), stored.dtype

# %% [markdown]
# You do not know what your table is called? Ask for any name, and the error lists what looks like a table.

# %%
with expect_error(ValueError):
    rowlight.read_table("model.safetensors", "wte.weight")

# %% [markdown]
# The same without a notebook, in a terminal. What comes out is one html file with a lens that lives from disk: you can send it to somebody.

# %%
command = f"-m rowlight model.safetensors --table {key} --tokenizer tokenizer.json -o lens.html"
line = [sys.executable, *command.split(), "the cat ran"]
print(subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip())

# %% [markdown]
# In a notebook, `lens.save("lens.html")` writes such a file. So do the other lenses, and the report of a training.
#
# ## 4. A column of a data frame
#
# A column of categories holds a number for each record already: its code, a place in the list of categories. A lens takes such a column for ids. What about a record without a value?

# %%
cities = pd.CategoricalDtype(["Bern", "Oslo", "Rome"])
people = pd.DataFrame({"city": pd.Series(["Oslo", "Rome", None, "Oslo"], dtype=cities)})
print(people["city"].cat.codes.tolist())
with expect_error(ValueError):
    RowLens(nn.Embedding(3, 4), people["city"])

# %% [markdown]
# Its code is -1. A tensor takes -1 for the last row, so `weight[codes]` would hand such a record the row of Rome. `nn.Embedding` raises an error, and so does the lens. Give what is missing a category, and so a row, of its own.

# %%
torch.manual_seed(0)
people["city"] = people["city"].cat.add_categories("(missing)").fillna("(missing)")
names = people["city"].cat.categories
RowLens(nn.Embedding(len(names), 4), people["city"], names, axes=("record",))

# %% [markdown]
# The row of Bern says `0×`: no record of this batch reads it. If none of your training data does, no gradient ever reaches this row, and a record from Bern gets what it was drawn with. (The codes are small integers; for the layer itself make them int64.)
#
# ## 5. Items of a recommender, in bags
#
# What a person has clicked on is a bag of item ids, and bags have different sizes. `nn.EmbeddingBag` averages each; places of `padding_idx` do not count. Its lens shows one vector a bag. Which items does a training ever read?

# %%
torch.manual_seed(0)
items = nn.EmbeddingBag(8, 4, mode="mean", padding_idx=0)
clicks = torch.tensor([[3, 5, 0], [5, 6, 2], [5, 0, 0]])
RowLens(items, clicks, axes=("person", "click"), caption="Which items do these bags read?")

# %% tags=["checked"]
# checked: a bag is the mean of its clicks, and padding does not count
assert torch.equal(items(clicks)[2], items.weight[5])
assert torch.allclose(items(clicks)[0], items.weight[[3, 5]].mean(0))

# %%
optimizer = torch.optim.SGD(items.parameters(), lr=0.1)
with rowlight.watch(items) as trace:
    items(clicks).square().sum().backward()
    optimizer.step()
read = {row for step in trace.steps for row in step.read.tolist()}
print("never read:", sorted(set(range(8)) - read - {0}))

# %% [markdown]
# Items 1, 4 and 7 kept the numbers that they were drawn with. A list of recommendations that is sorted by a dot product with such rows is partly chance.
#
# ## 6. A model in float16
#
# Halve the bytes, and keep the learning rate. The batch reads rows 1 and 2, their gradient is not zero, and a step follows. Which rows move?

# %%
small = nn.Embedding.from_pretrained(torch.ones(4, 4), freeze=False).half()
optimizer = torch.optim.SGD(small.parameters(), lr=1e-4)
with rowlight.watch(small) as trace:
    small(torch.tensor([1, 2])).sum().backward()
    optimizer.step()
trace.report()

# %% [markdown]
# None. The next number below 1 in float16 is 0.9995, and 1 minus 0.0001 is rounded back to 1. Nothing warns of it; the loss merely stays where it is. Keep the weights of the optimizer in float32 (mixed precision does so), or use a larger step.

# %% tags=["checked"]
# checked: rows were read and had a gradient, none moved, and the same step in float32 moves both
[step] = trace.steps
assert step.read.tolist() == step.gradient.tolist() == [1, 2]
assert len(step.moved) == 0
assert torch.tensor(1.0) - 1e-4 < 1

# %% [markdown]
# ## 7. A loop in PyTorch Lightning
#
# Lightning owns the loop, so there is no line of yours between two steps. `watch` needs none: put the block around `fit`.


# %%
class Classifier(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(6, 4), nn.Linear(4, 2)

    def training_step(self, batch, _):
        ids, labels = batch
        return nn.functional.cross_entropy(self.head(self.embedding(ids).mean(1)), labels)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.1)


# %%
torch.manual_seed(0)
pairs = [(torch.tensor([1, 2]), 0), (torch.tensor([2, 3]), 1), (torch.tensor([3, 3]), 1)]
quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", **dict.fromkeys(quiet, False))
classifier = Classifier()
with rowlight.watch(classifier.embedding) as trace:
    trainer.fit(classifier, torch.utils.data.DataLoader(pairs))
trace.report()

# %% tags=["checked"]
# checked: the third step read row 3 alone and moved three rows
assert trace.steps[2].read.tolist() == [3]
assert trace.steps[2].moved.tolist() == [1, 2, 3]

# %% [markdown]
# The third step read row 3 alone, and rows 1 and 2 moved as well: momentum, which Adam keeps for each row. [Chapter 5](05_optimizers.ipynb) explains it.
#
# ## 8. A loop in the Trainer of transformers
#
# The same block, around `train`. The Trainer uses AdamW.

# %%
torch.manual_seed(0)
config = BertConfig(vocab_size=10, pad_token_id=1, num_labels=2, **size)
judge = Judge(config)
texts = ["the cat sat", "the dog ran", "the cat ran", "the dog sat"]
data = [{**tokenizer(text), "labels": i % 2} for i, text in enumerate(texts)]
options = {"use_cpu": True, "disable_tqdm": True, "report_to": "none", "save_strategy": "no"}
arguments = TrainingArguments("run", max_steps=2, weight_decay=0.01, **options)
trainer = Trainer(judge, arguments, train_dataset=data, processing_class=tokenizer)
trainer.remove_callback(PrinterCallback)  # it prints how long a step took

# %%
with rowlight.watch(judge.get_input_embeddings()) as trace:
    trainer.train()
trace.report()

# %% tags=["checked"]
# checked: each step moved every row but that of padding, which is zero
assert all(step.moved.tolist() == [0, *range(2, 10)] for step in trace.steps)
assert judge.get_input_embeddings().weight[1].abs().sum() == 0

# %% [markdown]
# Every row but one moved in each step: weight decay reaches rows that no text reads, and only `<pad>`, which is zero, stays. [Chapter 6](06_keep_still.ipynb) shows how to keep rows still.
