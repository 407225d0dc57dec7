"""A tiny real BERT learns toy tasks, is saved as transformers saves it, and is scored; windows lose no word."""

import json
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
)

from alambic.evaluate import run as evaluating
from alambic.finetune import run as finetuning
from alambic.inputs import Inputs
from alambic.records import Document, write_documents
from alambic.settings import Evaluate, Finetune, Recipe, Task
from alambic.tasks._data import Example, word_offsets
from alambic.tasks._windows import cut, predict

WORDS = [
    "le",
    "la",
    "dose",
    "de",
    "coeur",
    "rein",
    "aspirine",
    "digoxine",
    "warfarine",
    "bradycardie",
    "hepatite",
    "avec",
    "risque",
]
RECIPE = Recipe(batch_size=16, epochs=30, learning_rate=3e-3, max_length=16, train_embeddings=True)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **shape)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def collected(folder, rows):
    folder.mkdir()
    write_documents((Document(str(n), t, "t", "", "CC0-1.0", metadata=m) for n, (t, m) in enumerate(rows)), folder)
    return folder


def labels(folder):
    rows = []
    for n in range(120):
        organ, chapter = (("coeur", "IX"), ("rein", "XIV"))[n % 2]
        text = " ".join([WORDS[(n + k) % 4] for k in range(n % 20)] + [organ])  # the longest take two windows
        meta = {"code": f"A{n:03d}", "category": f"A{n}", "chapter": chapter}
        rows += [(text + f" {n}", {**meta, "wording": "long"}), (text + f" {n} {n}", {**meta, "wording": "short"})]
    return {"labels": [collected(folder / "labels", rows)]}


def entities(folder):
    texts = [
        f"risque de {disease} avec la {drug} {n}"
        for n in range(15)
        for drug in ("aspirine", "digoxine", "warfarine")
        for disease in ("bradycardie", "hepatite")
    ]
    lists = {"drugs": ["aspirine", "digoxine", "warfarine"], "diseases": ["Bradycardie", "Hépatite"]}
    meta = {"wording": "long", "chapter": "IX"}
    named = {role: [collected(folder / role, [(name, meta) for name in names])] for role, names in lists.items()}
    return {"texts": [collected(folder / "texts", [(text, {}) for text in texts])], **named}


def several_labels(folder):
    named = {"coeur": "cardiologie", "rein": "nephrologie", "hepatite": "hepatologie"}
    rows = []
    for n in range(150):
        chosen = [word for k, word in enumerate(named) if (n % 7 + 1) >> k & 1]
        rows.append((" ".join([*chosen, WORDS[n % 4]]), {"specialities": "|".join(named[word] for word in chosen)}))
    source = [collected(folder / "labelled", rows)]
    return {"train": source, "dev": source, "test": source}


CASES = {
    "labels": (
        Task(task="document_labels", data={"train": "x", "dev": "x", "test": "x"}),
        several_labels,
        AutoModelForSequenceClassification,
    ),
    "label": (Task(task="icd10_labels", data={"labels": "x"}), labels, AutoModelForSequenceClassification),
    "spans": (
        Task(
            task="silver_entities",
            data={"texts": "x", "drugs": "y", "diseases": "z"},
            unseen_share=0.01,
            test_share=0.2,
        ),
        entities,
        AutoModelForTokenClassification,
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_small_model_learns_a_separable_task(encoder, tmp_path, kind):
    task, make, opened = CASES[kind]
    inputs, tuned, scored = make(tmp_path), tmp_path / "tuned", tmp_path / "scored"
    tuned.mkdir(), scored.mkdir()
    facts = finetuning.run(
        Finetune(model="m", task=task, recipe=RECIPE, seed=1), Inputs({**inputs, "model": [encoder]}), tuned
    )
    assert facts["final_loss"] < 0.1
    assert set(opened.from_pretrained(tuned).config.label2id) == set(
        opened.from_pretrained(tuned).config.id2label.values()
    )
    settings = Evaluate(finetuned=["a", "b"], seeds=[1, 2], task=task, metrics=task.metrics, resamples=50)
    told = evaluating.run(settings, Inputs({**inputs, "finetuned": [tuned, tuned]}), scored)
    assert told["parameters"] > told["embedding_parameters"] > 0 and told["words_per_second"] > 0
    rows = [row for row in json.loads((scored / "scores.json").read_text()) if told["test_texts"][row["dataset"]]]
    assert {row["seed"] for row in rows} == {"1", "2", "all"}
    assert all(row["value"] > 0.95 and row["low"] <= row["value"] <= row["high"] for row in rows)


def test_every_word_begins_in_some_window(encoder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder)
    text = " ".join(WORDS * 5)
    example = Example("x", text, (), word_offsets(text))
    windows = cut(tokenizer, [example], kind="spans", max_length=16)
    assert len(windows) > 3 and all(len(window.ids) <= 16 for window in windows)
    assert {word for window in windows for word in window.words} - {-1} == set(range(len(example.words)))


def test_the_loss_is_a_mean_over_sequences():
    logits = torch.randn(2, 3, 4)
    model = torch.nn.Module()
    model.forward = lambda **_: SimpleNamespace(logits=logits)
    gold = torch.tensor([[1, 2, 3], [0, -100, -100]])
    batch = {"input_ids": gold, "attention_mask": gold, "gold": gold}
    found = finetuning.Classifier(model, kind="spans")(batch)["loss"]
    each = torch.log_softmax(logits, -1)
    expected = -((each[0, 0, 1] + each[0, 1, 2] + each[0, 2, 3]) / 3 + each[1, 0, 0]) / 2
    assert found == pytest.approx(float(expected), abs=1e-6)


def test_several_labels_are_told_from_none_by_one_half(encoder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder)
    logits = {"coeur": [3.0, 1.0, -2.0], "rein": [-3.0, -1.0, -2.0]}
    model = torch.nn.Module()
    model.config, model.device = SimpleNamespace(id2label={0: "b", 1: "a", 2: "c"}), torch.device("cpu")
    spoken = {tokenizer(word)["input_ids"][1]: torch.tensor(values) for word, values in logits.items()}
    model.forward = lambda input_ids, **_: SimpleNamespace(
        logits=torch.stack([spoken[int(row[1])] for row in input_ids])
    )
    examples = [Example(word, word, ()) for word in logits]
    assert predict(model, tokenizer, examples, kind="labels", max_length=16) == [("a", "b"), ("a",)]


def test_the_loss_of_several_labels_is_transformers_own(encoder):
    settings = {"num_labels": 3, "problem_type": "multi_label_classification"}
    model = AutoModelForSequenceClassification.from_pretrained(encoder, **settings).eval()
    ids, gold = torch.tensor([[1, 5, 2], [1, 9, 2]]), torch.tensor([[1, 0, 1], [0, 0, 1]])
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "gold": gold}
    expected = model(input_ids=ids, attention_mask=batch["attention_mask"], labels=gold.float()).loss
    torch.testing.assert_close(finetuning.Classifier(model, kind="labels")(batch)["loss"], expected)
