"""Every stage reads the same pieces of a text, whatever the kind of tokenizer, and knows where they lie in it."""

import json
import unicodedata

import numpy as np
import pytest
import tiny_bases
from damage import change
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import FRENCH, tiny_llama
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.opening import open_tokenizer
from alambic.models.text_tokens import composed, cut, for_plain_use, tokenize, tokenize_document, tokenize_pairs
from alambic.models.token_offsets import trimmed_spans
from alambic.stages.adapt.windows import windows as adapt_windows
from alambic.stages.distill.examples.continuations import continuations
from alambic.stages.distill.examples.paired import paired
from alambic.stages.distill.examples.sequences import windows as encoder_windows
from alambic.stages.teach.windows import cut as teach_cut
from alambic.stages.teach.windows import cut_documents
from alambic.tasks.windows import cut as task_cut
from alambic.tasks.windows import cut_words

TEXT = "Le patient a une fièvre élevée depuis trois jours (38,5 °C), traitée par l'ibuprofène; d'où l'asthme."
TEXTS = [TEXT, unicodedata.normalize("NFD", TEXT), "  deux  blancs ", "<s>barré</s> [SEP] <end>", "", "é"]


def gpt2(folder):
    """Byte-level pieces with a blank before the first word too, and special tokens around, as RoBERTa has them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<s>", "</s>", "<pad>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([TEXT, *FRENCH], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), add_prefix_space=True)
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **tokens).save_pretrained(folder)
    return folder


def t5(folder):
    """SentencePiece's pieces of a T5: nothing before a text, and its end after it."""
    tiny_bases.unigram(folder)
    fast = AutoTokenizer.from_pretrained(folder)
    end = ("</s>", fast.convert_tokens_to_ids("</s>"))
    fast.backend_tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[end])
    fast.save_pretrained(folder)
    return folder


FAMILIES = {
    "wordpiece": tiny_bases.wordpiece,  # BERT
    "unigram": tiny_bases.unigram,  # XLM-R, CamemBERT
    "t5": t5,
    "byte_bpe": tiny_bases.byte_bpe,  # ModernBERT, Llama 3, Qwen
    "gpt2": gpt2,  # RoBERTa
    "sentencepiece_bpe": tiny_bases.sentencepiece_bpe,  # Llama 2, Mistral, Gemma
}


@pytest.fixture(scope="module", params=FAMILIES)
def tokenizer(request, tmp_path_factory):
    return AutoTokenizer.from_pretrained(FAMILIES[request.param](tmp_path_factory.mktemp("base") / "tokenizer"))


def of_stages(tokenizer, text):
    """The pieces of a text that each stage reads, in windows long enough for all of it, special ones left out."""
    document, last = Document("x", text, "test", "", "CC0-1.0"), tokenizer.eos_token_id is not None
    yield "adapt", [one[1 : len(one) - last] for one in adapt_windows([document], tokenizer, start=0, longest=999)]
    yield "teach, encoder", [window.ids for window in teach_cut(tokenizer, [text], longest=999, special=False)]
    yield "teach, causal", [one.ids[: len(one.ids) - last] for one in cut_documents(tokenizer, [text], longest=999)]
    options = {"first": 0, "length": 999}
    for name, found in {
        "distill, causal": continuations([document], tokenizer, expectations=None, **options),
        "distill, paired": paired([document], tokenizer, tokenizer, teacher_first=0, **options),
    }.items():
        yield name, [one.ids[1 : len(one.ids) - last] for one in found]
    yield "distill, encoder", [ids[~special] for ids, _, special in encoder_windows(text, tokenizer, length=999)]
    size = tokenizer.num_special_tokens_to_add()
    before = int(cut(tokenizer, ["a"], longest=999)[0].special[0])
    (whole,), (words,) = task_cut(tokenizer, [text], max_length=400), cut_words(tokenizer, [text], [()], max_length=400)
    yield "a task's text", [whole.ids[before : len(whole.ids) - size + before]]
    yield "a task's words", [np.asarray(words.ids)[~words.tokens.special]]


@pytest.mark.parametrize("text", TEXTS)
def test_every_stage_reads_the_pieces_of_the_running_text(tokenizer, text):
    plain = unicodedata.normalize("NFC", text)
    expected = tokenizer(plain, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    unknown = dict.fromkeys(tokenizer.all_special_ids, tokenizer.unk_token_id)
    expected = [unknown.get(number, number) for number in expected]
    for stage, windows in of_stages(tokenizer, text):
        assert [int(number) for ids in windows for number in ids] == expected, stage


def test_decomposed_accents_are_read_as_composed_ones_and_keep_their_places(tokenizer):
    composed_tokens, decomposed = tokenize(tokenizer, TEXTS[:2])
    assert composed_tokens.ids.tolist() == decomposed.ids.tolist()
    nfd = TEXTS[1]
    for (begin, end), (start, stop) in zip(composed_tokens.offsets, decomposed.offsets, strict=True):
        assert unicodedata.normalize("NFC", nfd[start:stop]) == TEXT[begin:end]


def test_what_looks_like_a_special_token_in_a_text_is_text(tokenizer):
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    written = " ".join(tokenizer.all_special_tokens)
    assert not special & set(tokenize(tokenizer, [f"a {written} b"])[0].ids.tolist())


@pytest.mark.parametrize(("longest", "overlap"), [(8, 2), (16, 4), (9, 0)])
def test_windows_know_which_tokens_of_the_text_they_hold(tokenizer, longest, overlap):
    texts = [TEXT, "", "a", TEXT * 3]
    whole = cut(tokenizer, texts, longest=999)
    ids_of = [one.ids[~one.special] for one in whole]
    offsets_of = [one.offsets[~one.special] for one in whole]
    covered = [set() for _ in texts]
    for window in cut(tokenizer, texts, longest=longest, overlap=overlap):
        ids = window.ids[~window.special]
        assert len(window.ids) <= longest
        places = range(window.first, window.first + len(ids))
        assert ids.tolist() == ids_of[window.text][places.start : places.stop].tolist()
        expected = offsets_of[window.text][places.start : places.stop]
        spans, others = (
            trimmed_spans(texts[window.text], some) for some in (window.offsets[~window.special], expected)
        )
        assert spans.tolist() == others.tolist()
        covered[window.text] |= set(places)
    assert [sorted(some) for some in covered] == [list(range(len(ids))) for ids in ids_of]


def saying(folder, kind, **values):
    """Write a tokenizer whose file says something else of some of its parts."""
    FAMILIES[kind](folder)
    change(folder / "tokenizer.json", **values)
    return open_tokenizer(folder)


@pytest.mark.parametrize("kind", ["wordpiece", "gpt2"])
@pytest.mark.parametrize(
    "says",
    [
        {"truncation_side": "left"},
        {"padding_side": "left"},
        {"truncation_side": "left", "padding_side": "left", "max_length": 5, "stride": 2, "pad_to_multiple_of": 8},
    ],
)
def test_windows_do_not_depend_on_the_sides_that_a_tokenizer_names(tmp_path, kind, says):
    plain, other = FAMILIES[kind](tmp_path / "plain"), FAMILIES[kind](tmp_path / "other")
    change(other / "tokenizer_config.json", **says)
    texts = [TEXT * 3, "", "a"]
    expected, found = (cut(open_tokenizer(folder), texts, longest=12, overlap=3) for folder in (plain, other))
    assert [one.ids.tolist() for one in found] == [one.ids.tolist() for one in expected]
    assert [(one.first, one.text) for one in found] == [(one.first, one.text) for one in expected]
    expected, found = (cut_words(open_tokenizer(folder), texts, [()] * 3, max_length=12) for folder in (plain, other))
    assert [one.ids for one in found] == [one.ids for one in expected]


@pytest.mark.parametrize("kind", ["wordpiece", "byte_bpe"])
def test_pairs_do_not_depend_on_the_sides_that_a_tokenizer_names(tmp_path, kind):
    plain, other = FAMILIES[kind](tmp_path / "plain"), FAMILIES[kind](tmp_path / "other")
    change(other / "tokenizer_config.json", truncation_side="left", padding_side="left")
    pairs = [(TEXT * 3, TEXT), (TEXT, "a")]
    expected, found = (tokenize_pairs(open_tokenizer(folder), pairs, longest=14) for folder in (plain, other))
    assert [ids.tolist() for ids, _, _ in found] == [ids.tolist() for ids, _, _ in expected]
    assert [was_cut for *_, was_cut in expected] == [True, True]


def test_what_is_saved_for_others_cuts_and_pads_as_training_did(tmp_path):
    change(FAMILIES["wordpiece"](tmp_path) / "tokenizer_config.json", truncation_side="left", padding_side="left")
    for_plain_use(open_tokenizer(tmp_path)).save_pretrained(tmp_path / "saved")
    saved = AutoTokenizer.from_pretrained(tmp_path / "saved")
    assert (saved.truncation_side, saved.padding_side) == ("right", "right")


def test_windows_do_not_depend_on_what_a_tokenizer_was_saved_with(tmp_path):
    left = {"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    fixed = {"strategy": {"Fixed": 40}, "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    expected = cut(saying(tmp_path / "plain", "wordpiece"), [TEXT], longest=12, overlap=3)
    found = cut(saying(tmp_path / "x", "wordpiece", truncation=left, padding=fixed), [TEXT], longest=12, overlap=3)
    assert [one.ids.tolist() for one in found] == [one.ids.tolist() for one in expected]


def test_no_piece_is_drawn(tmp_path):
    model = json.loads((FAMILIES["byte_bpe"](tmp_path / "plain") / "tokenizer.json").read_text())["model"]
    (expected,) = tokenize(open_tokenizer(tmp_path / "plain"), [TEXT])
    (found,) = tokenize(saying(tmp_path / "x", "byte_bpe", model={**model, "dropout": 0.9}), [TEXT])
    assert found.ids.tolist() == expected.ids.tolist()


@pytest.mark.parametrize(
    "says",
    [
        {"model": {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": None}},
        {"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "none such"}},
        {
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [],
                "special_tokens": {},
            }
        },
    ],
)
def test_a_tokenizer_that_cannot_read_is_one_error_that_names_its_file(tmp_path, says):
    tokenizer = saying(tmp_path / "x", "wordpiece", added_tokens=[], **says)
    with pytest.raises(UserError, match=r"x/tokenizer.json: the tokenizer cannot read a text .*bring the file again"):
        cut(tokenizer, [TEXT], longest=30)


def test_windows_without_room_for_text_are_one_error(tokenizer):
    with pytest.raises(UserError, match="no room for text"):
        cut(tokenizer, [TEXT], longest=2, overlap=2)


def test_a_whole_document_is_followed_by_the_token_that_ends_texts(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama(tmp_path))
    documents = [Document(str(n), text, "test", "", "CC0-1.0") for n, text in enumerate([*FRENCH, ""])]
    end = tokenizer.eos_token_id
    learnt = [one.ids for one in continuations(documents, tokenizer, first=0, length=64, expectations=None)]
    adapted = list(adapt_windows(documents, tokenizer, start=0, longest=64))
    assert [ids[-1] for ids in learnt] == [ids[-1] for ids in adapted] == [end] * 4
    cut_in_three = [one.ids for one in continuations(documents[:1], tokenizer, first=0, length=9, expectations=None)]
    assert [int((ids == end).sum()) for ids in cut_in_three] == [0] * (len(cut_in_three) - 1) + [1]
    tokens = tokenize_document(tokenizer, FRENCH[0])
    assert tokens.offsets[-1].tolist() == [len(FRENCH[0]), len(FRENCH[0]) + 1]
    tokenizer.eos_token = None
    assert tokenize_document(tokenizer, FRENCH[0]).ids.tolist() == tokens.ids[:-1].tolist()


LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "e\u0301\u0323a\u0302\u1112\u1161\u11ab\u0344\u0958"
)


@settings(max_examples=500)
@given(st.text(LETTERS))
def test_a_text_is_composed_part_by_part(text):
    whole, places = composed(text)
    assert whole == unicodedata.normalize("NFC", text)
    if places is not None:
        assert len(whole) == len(places.starts) == len(places.ends)
        assert (places.starts < places.ends).all() and (np.diff(places.starts) >= 0).all()
        pairs = zip(places.starts.tolist(), places.ends.tolist(), strict=True)
        parts = [text[start:end] for start, end in dict.fromkeys(pairs)]
        assert "".join(parts) == text
