"""Datasets of Hugging Face as people save them: splits, classes by name, tagged words, rows that do not fit."""

from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value
from serving import collected

from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.sources import saved_dataset
from alambic.tasks.flat_entities import read_spans


def options(folder: Path, **more: str) -> dict[str, str]:
    return {"path": str(folder), "digest": folder_digest(folder), "licence": "MIT", **more}


def test_a_split_is_read_with_its_classes_by_name(tmp_path: Path) -> None:
    features = Features(
        {"note": Value("string"), "label": ClassLabel(names=["cardio", "neuro"]), "year": Value("int32")}
    )
    rows = {"note": ["Toux.", "Céphalée."], "label": [0, 1], "year": [2024, 2025]}
    parts = {"train": Dataset.from_dict(rows, features), "test": Dataset.from_dict({k: v[:1] for k, v in rows.items()})}
    DatasetDict(parts).save_to_disk(tmp_path / "saved")
    found = collected("saved_dataset", text_column="note", **options(tmp_path / "saved"))
    assert [(d.id, d.text, d.metadata) for d in found] == [
        ("train/0", "Toux.", {"label": "cardio", "year": "2024"}),
        ("train/1", "Céphalée.", {"label": "neuro", "year": "2025"}),
    ]
    with pytest.raises(UserError, match="no split 'dev'; its splits: train, test"):
        collected("saved_dataset", text_column="note", split="dev", **options(tmp_path / "saved"))
    with pytest.raises(UserError, match="no column 'text'; its columns: note, label, year"):
        collected("saved_dataset", **options(tmp_path / "saved"))


def test_tagged_words_become_marked_spans_and_what_does_not_fit_is_rejected(tmp_path: Path) -> None:
    tags = ClassLabel(names=["O", "B-DRUG", "I-DRUG"])
    features = Features({"tokens": Sequence(Value("string")), "ner_tags": Sequence(tags)})
    rows = {"tokens": [["Prendre", "acide", "folique", "."], ["deux", "mots"]], "ner_tags": [[0, 1, 2, 0], [0]]}
    Dataset.from_dict(rows, features).save_to_disk(tmp_path / "saved")
    rejections = Rejections(1.0)
    how = options(tmp_path / "saved", text_column="tokens", tags_column="ner_tags")
    (document,) = saved_dataset.fetch(rejections, **how)
    (span,) = read_spans(document.metadata["annotations"], document.text, gaps="covering")
    assert document.text == "Prendre acide folique ." and document.text[span.start : span.end] == "acide folique"
    assert [one.reason for one in rejections.first] == ["2 words and 1 tags"]


def test_another_folder_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("text\nToux\n")
    with pytest.raises(UserError, match="is no dataset that `save_to_disk` wrote"):
        collected("saved_dataset", **options(tmp_path))
