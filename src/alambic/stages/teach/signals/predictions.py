"""What a model fine-tuned on a task predicts of each document: probabilities of labels, for entities of each word.

They are the soft targets of Hinton et al. (2015, arXiv 1503.02531), from which a smaller model is fine-tuned on the
same task; texts without labels serve. Stored and not computed beside the student: many students learn from them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from transformers import AutoConfig, AutoTokenizer

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.tasks.examples import Example, word_offsets
from alambic.tasks.windows import HEADS, kind_of, read

FINETUNED = True  # the teacher is a fine-tuned model, which no item of `teach` can name

SCHEMA = pa.schema([("id", pa.string()), ("said", pa.binary())])


def capture(teacher: Path) -> Callable[[list[Document]], pa.Table]:
    """Load a fine-tuned model; return what turns documents into a table of its predictions.

    A row holds a document: id, said (float16, row by row): probabilities (labels,), or (words, labels) for entities,
    where the words are those of `word_offsets` and one that makes no token has zeros. Of several labels each is a
    question of its own, else they add up to 1. The metadata have `labels` (JSON, in the order of the model).
    """
    config: Any = AutoConfig.from_pretrained(teacher)
    kind = kind_of(config)
    if kind is None:
        raise UserError(
            f"{teacher}: predictions need a model that was fine-tuned on a task, found {config.architectures}"
        )
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    model: Any = HEADS[kind].from_pretrained(teacher, dtype=torch.float32).eval().to(device_of())
    labels = [config.id2label[number] for number in range(config.num_labels)]
    facts = {"labels": json.dumps(labels, ensure_ascii=False)}

    def capture_documents(documents: list[Document]) -> pa.Table:
        texts = [Example(one.id, one.text, (), word_offsets(one.text)) for one in documents]
        said = read(model, tokenizer, texts, kind=kind, max_length=tokenizer.model_max_length)
        rows = []
        for text, logits in zip(texts, said, strict=True):
            chances = logits.sigmoid() if kind == "labels" else logits.softmax(-1)
            rows.append({"id": text.id, "said": chances.nan_to_num().numpy().astype(np.float16).tobytes()})
        read_words = sum(len(text.words) for text in texts)
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        return table.replace_schema_metadata({"tokens": str(read_words), **facts})

    return capture_documents
