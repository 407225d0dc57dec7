"""A tiny real BERT of whole words, and toy tasks that it learns, one for each head."""

import json

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
)

from alambic.data.documents import Document, write_documents
from alambic.settings import Recipe, Task

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


def encoder_in(folder, *, layers=2):
    """Write a random BERT whose pieces are `WORDS`."""
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
    shape = {"hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 2, "intermediate_size": 64}
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


def pairs(folder):
    """Write pairs whose label depends on the organ of the first text and on the drug of the second."""
    rows = []
    for n in range(150):
        organ, drug = ("coeur", "rein")[n % 2], ("aspirine", "digoxine")[n // 2 % 2]
        first, second = (" ".join([word, *(WORDS[(n + k) % 4] for k in range(n % 5))]) for word in (organ, drug))
        rows.append((f"{first} {n}", {"second": second, "label": f"{organ}, {drug}"}))
    return {"train": [collected(folder / "pairs", rows)]}


def similarities(folder):
    """Write pairs whose number grows with the organ of the first text and with the drug of the second."""
    rows = []
    for n in range(150):
        organ, drug = n % 3, n // 3 % 3
        first, second = (("le", "coeur", "rein")[organ], ("aspirine", "digoxine", "warfarine")[drug])
        more = " ".join(WORDS[9 + (n + k) % 4] for k in range(n % 4))
        rows.append(
            (f"{first} {more} {n}", {"second": f"{second} {more}", "score": f"{0.5 + organ * 1.5 + drug * 0.5}"})
        )
    return {"train": [collected(folder / "similarities", rows)]}


def questions(folder):
    """Write questions whose right answers are those that name what they ask for."""
    rows = []
    for n in range(150):
        asked = [("coeur", "rein")[n % 2], ("aspirine", "digoxine")[n // 2 % 2]][: 1 + n % 3 % 2]
        offered = ["coeur", "rein", "aspirine", "digoxine", "warfarine"]
        choices = {"abcde"[k]: f"le {word}" for k, word in enumerate(offered[n % 5 :] + offered[: n % 5])}
        right = "|".join(name for name, text in choices.items() if text.split()[1] in asked)
        metadata = {"question": f"risque de {' avec '.join(asked)}", "choices": json.dumps(choices), "correct": right}
        rows.append((f"{metadata['question']} {n}", metadata))
    return {"train": [collected(folder / "questions", rows)]}


PAIRS = {
    "pair_classification": (Task(task="text_pairs", data={"train": "x"}), pairs, AutoModelForSequenceClassification),
    "sentence_similarity": (
        Task(task="text_similarity", data={"train": "x"}),
        similarities,
        AutoModelForSequenceClassification,
    ),
    "multiple_choice": (
        Task(task="multiple_choice_questions", data={"train": "x"}),
        questions,
        AutoModelForSequenceClassification,
    ),
}
# Of texts that stand alone, as those of a corpus do.
CASES = {
    "multilabel_classification": (
        Task(task="document_labels", data={"train": "x", "dev": "x", "test": "x"}),
        several_labels,
        AutoModelForSequenceClassification,
    ),
    "sequence_classification": (
        Task(task="icd10_labels", data={"labels": "x"}),
        labels,
        AutoModelForSequenceClassification,
    ),
    "token_classification": (
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
