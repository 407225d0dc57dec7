"""Encoder students of a masked-language model: the same words are hidden, and what it expected there reaches them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import FRENCH, tiny_bert, tiny_masked
from transformers import AutoModelForMaskedLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.errors import UserError
from alambic.models.token_offsets import trimmed_spans
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.examples.expectations import Expectations, Expected
from alambic.stages.distill.examples.masked import MaskedCollator, _masked, masked
from alambic.stages.distill.families.encoder import Encoder
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.online_teacher import MaskedTeacher
from alambic.stages.distill.run import run
from alambic.stages.distill.student.build_encoder import build_encoder
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

ROUNDS = 3
DOCUMENTS = [Document(str(n), text, "test", "", "CC0-1.0") for n, text in enumerate([*FRENCH, " ".join(FRENCH)] * 3)]
SETTINGS = {"teacher": "t", "tokenizer": "v", "corpus": "c", "sequence_length": 48, "batch_size": 4, "layers": [0, 1]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("masked")
    folders = {name: root / name for name in ("teacher", "corpus", "signal", "same", "extended")}
    for folder in folders.values():
        folder.mkdir()
    tiny_masked(folders["teacher"])
    for part in ("train", "held_out"):
        write_documents(DOCUMENTS, folders["corpus"], part=part)
    settings = Teach(teacher="t", corpus="c", signal="masked_tokens", share=0.3, rounds=ROUNDS, top=20, sampled=20)
    teach(settings, Inputs(teacher=[folders["teacher"]], corpus=[folders["corpus"]]), folders["signal"])
    for name, added in (("same", 0), ("extended", 40)):
        settings = Tokenizer(base="t", corpus="c", added_pieces=added, minimum_count=2, trim=False)
        fit(settings, Inputs(base=[folders["teacher"]], corpus=[folders["corpus"]]), folders[name])
    for name in ("teacher", "corpus"):
        manifest = Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, {})
        (folders[name] / "manifest.json").write_text(manifest.dump())
    return folders


def examples(made, tokenizer, length=48):
    opened = AutoTokenizer.from_pretrained(made[tokenizer])
    return list(masked(DOCUMENTS, opened, length=length, expectations=Expectations(made["signal"]))), opened


def test_with_the_teacher_s_tokenizer_the_same_tokens_are_hidden_and_all_heard(made):
    found, _ = examples(made, "same", length=10**6)
    stored = [expected for _, expected in Expectations(made["signal"])]
    assert len(found) == ROUNDS * len(DOCUMENTS)
    for number, expected in enumerate(stored):
        for round_, one in enumerate(found[number * ROUNDS : (number + 1) * ROUNDS]):
            rows = expected.rounds == round_
            assert one.ids[one.hidden].tolist() == expected.tokens[rows].tolist()
            assert (one.has_teacher_target == one.hidden).all() and np.array_equal(one.top, expected.top[rows])


@pytest.mark.parametrize("length", [12, 48])
def test_other_pieces_hide_the_same_characters(made, length):
    found, tokenizer = examples(made, "extended", length=length)
    tokens = [tokenizer(d.text, add_special_tokens=False, return_offsets_mapping=True) for d in DOCUMENTS]
    has_teacher_target = hidden = 0
    place = 0
    for document, encoded, (_, expected) in zip(DOCUMENTS, tokens, Expectations(made["signal"]), strict=True):
        count = -(-len(encoded["input_ids"]) // (length - 2))
        for round_ in range(ROUNDS):
            mine = found[place + round_ : place + count * ROUNDS : ROUNDS]
            flags = np.concatenate([one.hidden[1:-1] for one in mine])
            spans = trimmed_spans(document.text, np.asarray(encoded["offset_mapping"]))
            rows = expected.rounds == round_
            characters = {c for b, e in spans[flags] for c in range(b, e)}
            theirs = {c for b, e in zip(expected.begins[rows], expected.ends[rows], strict=True) for c in range(b, e)}
            # The teacher cuts the long document within a word, of which a student's piece may cover both parts.
            assert characters == theirs or (characters > theirs and document.text == " ".join(FRENCH))
            begins = spans[np.concatenate([one.has_teacher_target[1:-1] for one in mine]), 0]
            entropies = dict(zip(expected.begins[rows].tolist(), expected.entropies[rows].tolist(), strict=True))
            assert [entropies[b] for b in begins.tolist()] == [e for one in mine for e in one.entropies.tolist()]
            has_teacher_target, hidden = has_teacher_target + len(begins), hidden + int(flags.sum())
        place += count * ROUNDS
    assert has_teacher_target > 0.9 * hidden


spans = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=15).map(
    lambda steps: np.cumsum(np.array(steps).reshape(-1), dtype=int).reshape(-1, 2)
)


@given(spans, spans)
def test_hidden_is_what_covers_a_hidden_character(ours, theirs):
    theirs = theirs[theirs[:, 1] > theirs[:, 0]]
    count = len(theirs)
    nothing = np.zeros((count, 1), int)
    expected = Expected(
        ends=theirs[:, 1],
        tokens=np.full(count, -1),
        target_log_probs=np.zeros(count),
        entropies=np.arange(count),
        top=nothing,
        codes=nothing,
        sampled=nothing,
        tails=nothing[:, 0],
        begins=theirs[:, 0],
        rounds=np.zeros(count, int),
    )
    found = _masked(np.arange(len(ours)), ours, expected, np.arange(count))
    covered = {place for begin, end in theirs for place in range(begin, end)}
    assert found.hidden.tolist() == [bool(covered & set(range(begin, end))) for begin, end in ours]
    begins = {int(begin): row for row, begin in reversed(list(enumerate(theirs[:, 0])))}
    wanted = {int(b): begins[int(b)] for (b, _), hides in zip(ours, found.hidden, strict=True) if hides and b in begins}
    assert found.entropies.tolist() == list(wanted.values())
    assert ours[found.has_teacher_target, 0].tolist() == list(wanted)


def distil(made, output, tokenizer, **settings):
    output.mkdir()
    chosen = {"objectives": {"masked_lm_kl": {}}, "signal": "s", **SETTINGS, **settings}
    inputs = {"teacher": made["teacher"], "tokenizer": made[tokenizer], "corpus": made["corpus"]}
    if chosen["signal"]:
        inputs["signal"] = made["signal"]
    facts = run(Distill.model_validate(chosen), Inputs({role: [path] for role, path in inputs.items()}), output)
    return facts, list(read_journal(output).values())


@pytest.mark.parametrize(
    ("tokenizer", "settings"),
    [
        ("extended", {"objectives": {"masked_lm_kl": {}, "cross_entropy": {"weight": 0.1}}}),
        ("same", {"signal": None, "online": True}),
    ],
)
def test_a_student_learns_what_the_teacher_expects(made, tmp_path, tokenizer, settings):
    facts, journal = distil(made, tmp_path / "student", tokenizer, epochs=9, learning_rate=5e-3, **settings)
    losses = [line["masked_lm_kl"] for line in journal]
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])
    assert facts["coverage"] is None if settings.get("online") else facts["coverage"] > 0.9


def test_the_loss_is_that_of_dense_distributions(made):
    """From the store, from a teacher beside, and from all logits at once, written out token by token."""
    torch.manual_seed(0)
    found, tokenizer = examples(made, "same")
    some = found[: 6 * ROUNDS]
    batch = MaskedCollator(pad=0, mask=tokenizer.mask_token_id, drawn=40)(some)
    student = build_encoder(made["teacher"], made["same"], layers=[0], initial="teacher", vocabulary=len(tokenizer))
    student.eval()
    teacher = MaskedTeacher(made["teacher"])
    stored = Encoder(student, mask_id=tokenizer.mask_token_id, predicts=True)
    online_teacher = Encoder(student, mask_id=tokenizer.mask_token_id, predicts=True, teacher=teacher)
    online_teacher.head = stored.head
    terms = {"masked_lm_kl": {"weight": 1.0}}
    with torch.no_grad():
        model = AutoModelForMaskedLM.from_pretrained(made["teacher"]).eval()
        theirs = model(input_ids=batch["ids"], attention_mask=batch["mask"]).logits
        read = student(input_ids=batch["ids"], attention_mask=batch["mask"]).last_hidden_state
        ours = stored.head(read) @ student.get_input_embeddings().weight.T
        p, q = theirs.double().softmax(-1), ours.double().softmax(-1)
        each = (p * (p / q).log()).sum(-1)
        hidden = batch["target_ids"] >= 0
        dense = np.mean(
            [float(each[row][hidden[row]].mean()) if hidden[row].any() else 0.0 for row in range(len(some))]
        )
        assert Objectives(online_teacher, terms)(batch)["loss"].item() == pytest.approx(dense, rel=1e-4)
        assert Objectives(stored, terms)(batch)["loss"].item() == pytest.approx(dense, abs=0.15)


def test_a_teacher_beside_needs_its_head_and_the_student_s_tokenizer(made, tmp_path):
    online = {"signal": None, "online": True}
    with pytest.raises(UserError, match="added_pieces: 0"):
        distil(made, tmp_path / "student", "extended", **online)
    (tmp_path / "bare").mkdir()
    bare = tiny_bert(tmp_path / "bare", letters_per_piece=2)
    with pytest.raises(UserError, match="without the layers that predict hidden tokens"):
        distil({**made, "teacher": bare}, tmp_path / "other", "same", **online)
