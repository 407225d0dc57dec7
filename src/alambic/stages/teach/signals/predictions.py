"""What a model fine-tuned on a task predicts of each document: probabilities of labels, for entities of each word.

They are the soft targets of Hinton et al. (2015, arXiv 1503.02531), from which a smaller model is fine-tuned on the
same task; texts without labels serve. Stored and not computed online: many students learn from them.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from alambic.data.documents import Document
from alambic.models.device import device_of
from alambic.tasks.examples import Example
from alambic.tasks.head import saved_head
from alambic.tasks.words import word_offsets

FINETUNED = True  # the teacher is a fine-tuned model, which no item of `teach` can name

SCHEMA = pa.schema([("id", pa.string()), ("probabilities", pa.binary())])


def capture(teacher: Path) -> Callable[[list[Document]], pa.Table]:
    """Load a fine-tuned model; return what turns documents into a table of its predictions.

    A row holds a document: id, probabilities (float16, row by row): (labels,), or (words, labels) for entities,
    where the words are those of `word_offsets` and one that makes no token has zeros. Of several labels each is a
    question of its own, else they add up to 1. The metadata have `labels` (JSON, in the order of the model).
    """
    head = saved_head(teacher)
    tokenizer = head.open_preprocessor(teacher)
    model = head.open_model(teacher).to(device_of())
    facts = {"labels": json.dumps(head.labels, ensure_ascii=False)}

    def capture_documents(documents: list[Document]) -> pa.Table:
        examples = [Example(document.id, document.text, (), word_offsets(document.text)) for document in documents]
        predictions = head.predict(model, tokenizer, examples, max_length=tokenizer.model_max_length)
        rows = [
            {"id": example.id, "probabilities": head.stored_targets(prediction)}
            for example, prediction in zip(examples, predictions, strict=True)
        ]
        words = sum(len(example.words) for example in examples)
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        return table.replace_schema_metadata({"tokens": str(words), **facts})

    return capture_documents
