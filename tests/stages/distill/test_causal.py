"""Causal students: what the teacher expected reaches the right tokens, through any vocabulary."""

import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import FRENCH, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.errors import UserError
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.examples.continuations import continuations
from alambic.stages.distill.examples.expectations import Expectations, rows_of
from alambic.stages.distill.families.causal import first_pieces, longer_parts
from alambic.stages.distill.run import run
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

TEXTS = [*FRENCH, "œdème 😀 aigu", " ".join(FRENCH)] * 3
DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(TEXTS)]
STUDENT = {"family": "causal", "teacher": "t", "tokenizer": "v", "corpus": "c", "sequence_length": 16, "batch_size": 4}


def manifest(folder, **facts):
    (folder / "manifest.json").write_text(Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, facts).dump())


@pytest.fixture(scope="module")
def made(tmp_path_factory, single_precision):
    """A teacher, a corpus, its signal, a tokenizer like the teacher's and an extended one."""
    root = tmp_path_factory.mktemp("causal")
    folders = {name: root / name for name in ("teacher", "corpus", "signal", "same", "extended")}
    for folder in folders.values():
        folder.mkdir()
    tiny_llama(folders["teacher"], reads=256)
    write_documents(DOCUMENTS, folders["corpus"], part="train")
    write_documents(DOCUMENTS[:4], folders["corpus"], part="held_out")
    teach(
        Teach(teacher="t", corpus="c", signal="next_tokens", top=20, sampled=20),
        Inputs(teacher=[folders["teacher"]], corpus=[folders["corpus"]]),
        folders["signal"],
    )
    for name, added in (("same", 0), ("extended", 40)):
        settings = Tokenizer(base="t", corpus="c", added_pieces=added, minimum_count=2, trim=False)
        fit(settings, Inputs(base=[folders["teacher"]], corpus=[folders["corpus"]]), folders[name])
    for name in ("teacher", "corpus"):
        manifest(folders[name], licences={"CC0-1.0": len(TEXTS)}, licence="MIT")
    return folders


def distil(made, output, tokenizer="same", **settings):
    output.mkdir(exist_ok=True)
    chosen = {"objectives": {"forward_kl": {}}, "signal": "s", "layers": [0, 1, 2], **STUDENT, **settings}
    inputs = {"teacher": made["teacher"], "tokenizer": made[tokenizer], "corpus": made["corpus"]}
    if chosen["signal"]:
        inputs["signal"] = made["signal"]
    facts = run(Distill.model_validate(chosen), Inputs({role: [path] for role, path in inputs.items()}), output)
    return facts, list(read_journal(output).values())


cuts = st.lists(st.integers(0, 3), min_size=1, max_size=30).map(lambda steps: np.cumsum([1, *steps]))


@given(cuts, cuts)
def test_rows_are_about_the_same_next_character(student, teacher):
    """A step of 0 is a token within a character."""

    def begins(ends):
        return [(0 if n == 0 else ends[n - 1]) if n == 0 or ends[n] > ends[n - 1] else None for n in range(len(ends))]

    ours, theirs = begins(student), begins(teacher)
    expected = [theirs.index(begin) if begin is not None and begin in theirs else -1 for begin in ours]
    assert rows_of(student, teacher).tolist() == expected


def test_a_store_without_a_sample_of_the_rest_can_be_learnt_from(made, tmp_path):
    signal = tmp_path / "top"
    signal.mkdir()
    settings = Teach(teacher="t", corpus="c", signal="next_tokens", top=5, sampled=0)
    teach(settings, Inputs(teacher=[made["teacher"]], corpus=[made["corpus"]]), signal)
    facts, _ = distil({**made, "signal": signal}, tmp_path / "student")
    assert facts["coverage"] == 1.0


def passages(made, tokenizer, length=10**6, documents=DOCUMENTS, parts=None, processes=1):
    opened = AutoTokenizer.from_pretrained(made[tokenizer])
    chosen = {"first": 0, "length": length, "parts": parts, "processes": processes}
    return list(continuations(documents, opened, expectations=Expectations(made["signal"]), **chosen))


def test_several_processes_find_what_one_finds(made):
    one, three = (passages(made, "extended", 7, processes=processes) for processes in (1, 3))
    assert len(one) == len(three) > len(DOCUMENTS)
    for mine, theirs in zip(one, three, strict=True):
        for name, values in vars(mine).items():
            np.testing.assert_array_equal(values, getattr(theirs, name))


@pytest.mark.parametrize("tokenizer", ["same", "extended"])
@pytest.mark.parametrize("length", [2, 7, 64])
def test_every_token_is_predicted_once(made, tokenizer, length):
    opened = AutoTokenizer.from_pretrained(made[tokenizer])
    end = opened.eos_token_id
    tokens = [[*opened(document.text, add_special_tokens=False)["input_ids"], end] for document in DOCUMENTS]
    found = passages(made, tokenizer, length)
    assert [int(token) for one in found for token in one.ids[1:]] == [token for ids in tokens for token in ids]
    begins = [one for one in found if one.ids[0] == 0]
    assert len(begins) == len(DOCUMENTS)
    for one, other in itertools.pairwise(found):
        assert other.ids[0] in (0, one.ids[-1])
    for one in found:
        assert 2 <= len(one.ids) == len(one.has_teacher_target) <= length and not one.has_teacher_target[0]
        assert one.has_teacher_target.sum() == len(one.top) == len(one.tails)


def test_with_the_teacher_s_own_tokenizer_every_token_has_its_expectation(made):
    stored = [expected for _, expected in Expectations(made["signal"])]
    found = passages(made, "same")
    for one, expected in zip(found, stored, strict=True):
        assert one.has_teacher_target[1:].all() and one.ids[1:].tolist() == expected.tokens.tolist()
        assert np.array_equal(one.top, expected.top) and np.array_equal(one.tails, expected.tails)
    opened = AutoTokenizer.from_pretrained(made["same"])
    assert first_pieces(made["same"], opened, Expectations(made["signal"]).vocabulary) is None


def test_with_an_extended_vocabulary_the_pieces_expected_begin_with_the_teacher_s(made):
    opened, stored = AutoTokenizer.from_pretrained(made["extended"]), Expectations(made["signal"])
    first = first_pieces(made["extended"], opened, stored.vocabulary)
    has_teacher_target = tokens = longer = 0
    for one, (_, expected) in zip(passages(made, "extended"), stored, strict=True):
        theirs = first[torch.from_numpy(one.ids[one.has_teacher_target])].tolist()
        rows = [
            np.flatnonzero((expected.entropies == e) & (expected.tails == t))
            for e, t in zip(one.entropies, one.tails, strict=True)
        ]
        assert all(token in expected.tokens[places] for token, places in zip(theirs, rows, strict=True))
        has_teacher_target, tokens, longer = (
            has_teacher_target + one.has_teacher_target.sum(),
            tokens + len(one.ids) - 1,
            longer + (one.ids >= stored.vocabulary).sum(),
        )
    assert longer > 20 and has_teacher_target > 0.9 * tokens


def test_of_a_longer_piece_the_product_along_the_teacher_s_is_known(made):
    """Against the teacher itself, which reads the text in its own pieces."""
    opened, base = AutoTokenizer.from_pretrained(made["extended"]), AutoTokenizer.from_pretrained(made["teacher"])
    model = AutoModelForCausalLM.from_pretrained(made["teacher"])
    parts = longer_parts(made["extended"], opened, Expectations(made["signal"]).vocabulary)
    checked = 0
    for document, passage in list(zip(DOCUMENTS, passages(made, "extended", parts=parts), strict=True))[:5]:
        encoded = base(document.text, add_special_tokens=False, return_offsets_mapping=True)
        ids = [*encoded["input_ids"], base.eos_token_id]
        begins = [*(begin for begin, _ in encoded["offset_mapping"]), len(document.text)]
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([[base.bos_token_id, *ids]])).logits[0, :-1], 1)
        own = logs.gather(1, torch.tensor(ids)[:, None])[:, 0].tolist()
        encoded = opened(document.text, add_special_tokens=False, return_offsets_mapping=True)
        starts = np.array([*(begin for begin, _ in encoded["offset_mapping"]), len(document.text)])
        has_teacher_target = passage.has_teacher_target[1:]
        for piece, start, known in zip(
            passage.ids[1:][has_teacher_target], starts[has_teacher_target], passage.multi_piece_log_probs, strict=True
        ):
            size = len(parts[piece])
            if size == 1 or np.isnan(known[0]):
                continue
            row = begins.index(start)
            assert known == pytest.approx([own[row], sum(own[row + 1 : row + size])], abs=0.02)
            checked += 1
    assert checked > 10


def test_a_student_that_knows_its_texts_by_heart_knows_where_they_end(made, tmp_path):
    learning = {"initial": "random", "sequence_length": 256, "epochs": 40, "learning_rate": 1e-2}
    distil(made, tmp_path / "student", objectives={"cross_entropy": {}}, signal=None, **learning)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "student")
    student = AutoModelForCausalLM.from_pretrained(tmp_path / "student")
    for text in FRENCH[1:]:  # the first one is also the beginning of a longer text
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]])
        with torch.no_grad():
            probabilities = student(ids).logits[0].softmax(-1)[:, tokenizer.eos_token_id]
        assert probabilities[-1] > 0.9 and probabilities[:-1].max() < 0.1


@pytest.mark.parametrize("documents", [DOCUMENTS[1:], DOCUMENTS[:-1], [*DOCUMENTS, DOCUMENTS[0]]])
def test_a_signal_that_does_not_go_with_the_corpus_is_refused(made, documents):
    with pytest.raises(UserError, match="made from another corpus"):
        passages(made, "same", documents=documents)


def test_the_teacher_itself_is_at_no_divergence(made, tmp_path):
    """In expectation: the mean over a batch of a few hundred sketches is within their noise of zero."""
    whole = {"batch_size": 200, "learning_rate": 1e-9, "sequence_length": 256}
    facts, journal = distil(made, tmp_path / "student", **whole)
    assert facts["coverage"] == 1.0
    assert abs(journal[0]["forward_kl"]) < 0.05
    _, other = distil(made, tmp_path / "other", initial="random", **whole)
    assert other[0]["forward_kl"] > 1


def test_a_teacher_beside_gives_what_its_store_gives(made, tmp_path):
    """The stored divergence is the whole one within the sketch's noise."""
    whole = {"batch_size": 200, "learning_rate": 1e-9, "sequence_length": 256, "initial": "random"}
    _, stored = distil(made, tmp_path / "stored", **whole)
    _, online_teacher = distil(made, tmp_path / "beside", signal=None, online=True, **whole)
    assert stored[0]["forward_kl"] == pytest.approx(online_teacher[0]["forward_kl"], abs=0.05)


def test_a_teacher_beside_needs_the_student_s_tokenizer(made, tmp_path):
    with pytest.raises(UserError, match="added_pieces: 0"):
        distil(made, tmp_path / "student", "extended", signal=None, online=True)


@pytest.mark.parametrize("tokenizer", ["same", "extended"])
def test_a_student_learns_what_the_teacher_expects(made, tmp_path, tokenizer):
    output = tmp_path / "student"
    facts, journal = distil(
        made, output, tokenizer, layers=[0, 2], initial="random", epochs=6, learning_rate=5e-3,
        shape={"hidden_size": 32, "intermediate_size": 64},
        objectives={"forward_kl": {}, "cross_entropy": {"weight": 0.1}},
    )  # fmt: skip
    first, last = (np.mean([line["forward_kl"] for line in part]) for part in (journal[:5], journal[-5:]))
    assert last < 0.8 * first
    assert facts["hidden_size"] == 32 and facts["coverage"] > 0.9
    model, opened = AutoModelForCausalLM.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    assert model(**opened("la toux", return_tensors="pt")).logits.shape[-1] == len(opened)
    assert torch.equal(model.get_input_embeddings().weight, model.get_output_embeddings().weight)


def test_a_narrower_student_begins_nearer_its_teacher_than_a_random_one(made, tmp_path):
    """And its folder opens in its width, whose heads are no longer the hidden size divided by their number."""
    output, whole = tmp_path / "student", {"batch_size": 200, "learning_rate": 1e-9, "sequence_length": 256}
    width = {"hidden_size": 12, "intermediate_size": 24, "documents": 6}
    facts, journal = distil(made, output, "extended", width=width, **whole)
    shape = {"hidden_size": 12, "intermediate_size": 24, "head_dim": 8}
    _, other = distil(made, tmp_path / "other", "extended", initial="random", shape=shape, **whole)
    assert journal[0]["forward_kl"] < other[0]["forward_kl"]
    assert facts["hidden_size"] == 12
    model, opened = AutoModelForCausalLM.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    assert model.model.layers[0].self_attn.q_proj.weight.shape == (16, 12)
    assert model(**opened("la toux", return_tensors="pt")).logits.shape[-1] == len(opened)


def test_a_signal_of_another_corpus_is_refused(made, tmp_path):
    other = tmp_path / "corpus"
    other.mkdir()
    write_documents([Document("elsewhere", "la toux", "test", "", "CC0-1.0")], other, part="train")
    with pytest.raises(UserError, match="elsewhere"):
        distil({**made, "corpus": other}, tmp_path / "student")


def test_a_key_that_the_model_has_not_is_named(made, tmp_path):
    with pytest.raises(UserError, match=r"no 'hiden_size'.*hidden_size"):
        distil(made, tmp_path / "student", initial="random", shape={"hiden_size": 8})


def test_bytes_per_token_are_counted(made):
    size = sum(path.stat().st_size for path in made["signal"].glob("*.parquet"))
    tokens = sum(int(pq.read_metadata(path).metadata[b"tokens"]) for path in made["signal"].glob("*.parquet"))
    assert size / tokens < 20 * 3 + 20 * 2 + 2 * 4 + 12  # what a token holds, and the file's own part
