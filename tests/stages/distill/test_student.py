"""A student begins as what it keeps of its teacher, and its folder opens with transformers alone."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tiny_models import tiny_bert
from transformers import AutoModel, AutoTokenizer

from alambic.errors import UserError
from alambic.stages.distill.student.build_encoder import build_encoder


@pytest.fixture
def folders(tmp_path):
    """A teacher, and a tokenizer of the first ten of its pieces and one new one, made of two of them."""
    teacher, tokenizer = tmp_path / "teacher", tmp_path / "tokenizer"
    teacher.mkdir(), tokenizer.mkdir()
    tiny_bert(teacher, layers=3)
    rows = [{"id": n, "piece": str(n), "origin": "kept", "old_ids": [n]} for n in range(10)]
    rows.append({"id": 10, "piece": "ab", "origin": "added", "old_ids": [5, 6]})
    pq.write_table(pa.Table.from_pylist(rows), tokenizer / "mapping.parquet")
    return teacher, tokenizer


def test_layers_and_embeddings_come_from_the_teacher(folders):
    teacher = AutoModel.from_pretrained(folders[0])
    student = build_encoder(*folders, layers=[0, 2], initial="teacher", vocabulary=11)
    old, new = teacher.get_input_embeddings().weight, student.get_input_embeddings().weight
    assert torch.equal(new[:10], old[:10])
    assert torch.allclose(new[10], (old[5] + old[6]) / 2)
    for place, layer in enumerate([0, 2]):
        theirs, ours = teacher.encoder.layer[layer].state_dict(), student.encoder.layer[place].state_dict()
        assert all(torch.equal(theirs[name], ours[name]) for name in theirs)


def test_all_layers_and_pieces_make_the_teacher_again(folders):
    teacher = AutoModel.from_pretrained(folders[0])
    size = teacher.config.vocab_size
    rows = [{"id": n, "piece": "", "origin": "kept", "old_ids": [n]} for n in range(size)]
    pq.write_table(pa.Table.from_pylist(rows), folders[1] / "mapping.parquet")
    student = build_encoder(*folders, layers=[0, 1, 2], initial="teacher", vocabulary=size).eval()
    batch = AutoTokenizer.from_pretrained(folders[0])("fièvre et toux", return_tensors="pt")
    with torch.inference_mode():
        assert torch.equal(student(**batch).last_hidden_state, teacher.eval()(**batch).last_hidden_state)


def test_a_random_student_has_nothing_of_the_teacher(folders):
    teacher = AutoModel.from_pretrained(folders[0])
    student = build_encoder(*folders, layers=[0, 2], initial="random", vocabulary=11)
    weight = "attention.self.query.weight"
    ours = student.encoder.layer[0].state_dict()[weight]
    assert not any(torch.allclose(ours, layer.state_dict()[weight], atol=1e-3) for layer in teacher.encoder.layer)


def test_a_layer_that_the_teacher_lacks_is_named(folders):
    with pytest.raises(UserError, match="asks for layer 3; the teacher has 0 to 2"):
        build_encoder(*folders, layers=[0, 3], initial="teacher", vocabulary=11)
