"""MiniLMv2's relations: against a naive formula, and from a teacher's stored attention to a smaller student."""

import numpy as np
import pytest
import torch
from tiny_models import FRENCH, tiny_bert
from transformers import AutoModel, AutoTokenizer, LlamaConfig, LlamaModel, ModernBertConfig, ModernBertModel

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.errors import UserError
from alambic.models.attention import AttentionVectors
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.examples.hidden_states import StoredStates
from alambic.stages.distill.families.encoder import prepare
from alambic.stages.distill.objectives.attention_relations import objective
from alambic.stages.distill.run import run
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(FRENCH * 4)]
SETTINGS = {"teacher": "t", "tokenizer": "v", "corpus": "c", "signal": "s", "sequence_length": 32, "batch_size": 4}


def naive(ours, theirs, heads):
    """KL of one sequence (words, 3 x width), head by head and word by word."""
    total = 0.0
    for kind in range(3):
        for head in range(heads):
            rows = []
            for vectors in (ours, theirs):
                part = vectors.chunk(3, dim=1)[kind].chunk(heads, dim=1)[head]
                rows.append(torch.softmax(part @ part.T / part.shape[1] ** 0.5, dim=1))
            q, p = rows
            total += float((p * (p / q).log()).sum(dim=1).mean()) / heads
    return total


def test_the_loss_is_that_of_the_naive_formula_for_other_widths():
    torch.manual_seed(0)
    segments = torch.tensor([[-1, 0, 0, 1, 2, -1], [-1, 0, 1, -1, -1, -1]])
    known = torch.tensor([[1, 1, 1], [1, 1, 0]]).bool()
    states, targets = torch.randn(2, 6, 3 * 8), torch.randn(2, 3, 3 * 12)
    found = objective(states, {"segments": segments, "targets": targets, "known": known}, heads=4)
    ours = [torch.stack([states[0, 1:3].mean(dim=0), states[0, 3], states[0, 4]]), states[1, 1:3]]
    expected = np.mean([naive(ours[0], targets[0], 4), naive(ours[1], targets[1, :2], 4)])
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_heads_that_divide_no_width_are_refused():
    batch = {
        "segments": torch.zeros(1, 2, dtype=torch.long),
        "targets": torch.zeros(1, 1, 24),
        "known": torch.ones(1, 1),
    }
    with pytest.raises(UserError, match="heads: 5 does not divide the width 8"):
        objective(torch.zeros(1, 2, 24), {**batch, "known": batch["known"].bool()}, heads=5)


def test_what_is_heard_is_what_attention_computes(tmp_path):
    tiny_bert(tmp_path)
    model = AutoModel.from_pretrained(tmp_path).eval()
    vectors = AttentionVectors(model, 0)
    states = model(input_ids=torch.tensor([[2, 7, 8, 3]]), output_hidden_states=True).hidden_states[0]
    own = model.encoder.layer[0].attention.self
    expected = torch.cat([own.query(states), own.key(states), own.value(states)], dim=-1)
    torch.testing.assert_close(vectors.read(), expected)


def test_modern_bert_gives_its_three_together():
    config = ModernBertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32, pad_token_id=0
    )
    model = ModernBertModel(config).eval()
    vectors = AttentionVectors(model)
    model(input_ids=torch.tensor([[2, 7, 8, 3]]))
    assert vectors.read().shape == (1, 4, 48)


@pytest.mark.parametrize("layer", [-1, 5])
def test_a_model_without_them_is_refused(layer):
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    with pytest.raises(UserError, match=f"'llama' shows no queries, keys and values of layer {layer}"):
        AttentionVectors(LlamaModel(LlamaConfig(vocab_size=20, **shape)), layer)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("relations")
    folders = {name: root / name for name in ("teacher", "corpus", "signal", "tokenizer")}
    for folder in folders.values():
        folder.mkdir()
    tiny_bert(folders["teacher"], letters_per_piece=2, layers=3)
    for part in ("train", "held_out"):
        write_documents(DOCUMENTS, folders["corpus"], part=part)
    inputs = Inputs(teacher=[folders["teacher"]], corpus=[folders["corpus"]])
    teach(Teach(teacher="t", corpus="c", signal="attention_vectors"), inputs, folders["signal"])
    settings = Tokenizer(base="t", corpus="c", added_pieces=10, minimum_count=2, trim=False)
    fit(settings, Inputs(base=[folders["teacher"]], corpus=[folders["corpus"]]), folders["tokenizer"])
    for name in ("teacher", "corpus"):
        manifest = Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, {})
        (folders[name] / "manifest.json").write_text(manifest.dump())
    return Inputs({role: [folder] for role, folder in folders.items()})


def test_the_store_holds_three_vectors_a_token(made):
    assert StoredStates(made.one("signal")).width == 3 * 16


@pytest.mark.parametrize(
    "shape",
    [
        {"layers": [1]},
        {"width": {"hidden_size": 8, "intermediate_size": 20, "documents": 4}, "layers": [0, 2]},
        {
            "initial": "random",
            "shape": {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 16},
        },
    ],
)
def test_a_student_learns_the_relations_whatever_its_width(made, tmp_path, shape):
    chosen = {"objectives": {"attention_relations": {"heads": 4}}, "epochs": 20, "learning_rate": 5e-3, **shape}
    facts = run(Distill.model_validate({**SETTINGS, **chosen}), made, tmp_path)
    losses = [line["attention_relations"] for line in read_journal(tmp_path).values()]
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:4]) and min(losses) >= 0
    assert facts["coverage"] > 0.9
    student = AutoModel.from_pretrained(tmp_path)
    ids = AutoTokenizer.from_pretrained(tmp_path)("la toux", return_tensors="pt")
    assert student(**ids).last_hidden_state.shape[-1] == facts["hidden_size"]


def test_what_no_objective_reads_does_not_learn(made, tmp_path):
    chosen = {"objectives": {"attention_relations": {"heads": 4}}, "layers": [0, 2]}
    tokenizer = AutoTokenizer.from_pretrained(made.one("tokenizer"))
    student = prepare(Distill.model_validate({**SETTINGS, **chosen}), made, tokenizer, tmp_path).student
    learns = {name: parameter.requires_grad for name, parameter in student.named_parameters()}
    last = {name for name in learns if name.startswith("encoder.layer.1.")}
    assert {name for name, does in learns.items() if not does} == {n for n in last if ".attention.self." not in n}


def test_the_teacher_itself_is_at_no_distance(made, tmp_path):
    chosen = {"objectives": {"attention_relations": {"heads": 2}}, "learning_rate": 1e-9, "batch_size": 40}
    settings = Distill.model_validate({**SETTINGS, **chosen})
    own = Inputs({**made, "tokenizer": [tmp_path / "same"]})
    (tmp_path / "same").mkdir(), (tmp_path / "out").mkdir()
    same = Tokenizer(base="t", corpus="c", added_pieces=0, trim=False)
    fit(same, Inputs(base=[made.one("teacher")], corpus=[made.one("corpus")]), tmp_path / "same")
    run(settings, own, tmp_path / "out")
    assert next(iter(read_journal(tmp_path / "out").values()))["attention_relations"] < 1e-3  # 8 bits


def test_it_wants_its_own_signal():
    with pytest.raises(ValueError, match="attention_relations learns from a teacher's attention_vectors"):
        student = Distill.model_validate({**SETTINGS, "objectives": {"attention_relations": {}}, "layers": [0]})
        student.check_signal(Teach(teacher="t", corpus="c", signal="hidden_states"))
