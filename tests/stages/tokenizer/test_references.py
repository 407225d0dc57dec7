"""Fitted tokenizers cut as the textbook's algorithms do with the same pieces, and keep what came with the base."""

import itertools
import json
from functools import cache
from pathlib import Path

import pytest
from sentencepiece import SentencePieceProcessor
from tiny_bases import HELD_OUT, TRAIN, byte_bpe, fit, sentencepiece_bpe, unigram, wordpiece
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from alambic.stages.tokenizer import general_french

TEXTS = TRAIN[:4] + HELD_OUT + general_french.sentences(general_french.MEASURED)
CHAT = "{% for one in messages %}<{{ one['role'] }}>{{ one['content'] }}{% endfor %}"


def cut_by_merges(word: str, model: dict) -> list[str]:
    """Join the pair that was learnt first, wherever it stands, until no pair is left."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
    units = list(word)
    while pairs := [pair for pair in itertools.pairwise(units) if pair in ranks]:
        best, place = min(pairs, key=ranks.__getitem__), 0
        while place < len(units) - 1:
            if (units[place], units[place + 1]) == best:
                units[place : place + 2] = ["".join(best)]
            place += 1
    return units


def cut_by_longest(word: str, model: dict) -> list[str]:
    found, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        end = next(end for end in range(len(word), start, -1) if mark + word[start:end] in model["vocab"])
        found.append(mark + word[start:end])
        start = end
    return found


def cut_by_scores(word: str, model: dict) -> list[str]:
    """Try every cut, and take the one whose scores sum highest."""
    scores: dict[str, float] = dict(model["vocab"])

    @cache
    def best(rest: str) -> tuple[float, tuple[str, ...]]:
        if not rest:
            return 0.0, ()
        ends = [end for end in range(1, len(rest) + 1) if rest[:end] in scores]
        return max((scores[rest[:e]] + best(rest[e:])[0], (rest[:e], *best(rest[e:])[1])) for e in ends)

    return list(best(word)[1])


@pytest.mark.parametrize(
    ("base", "reference"),
    [
        (byte_bpe, cut_by_merges),
        (sentencepiece_bpe, cut_by_merges),
        (wordpiece, cut_by_longest),
        (unigram, cut_by_scores),
    ],
)
def test_words_are_cut_as_by_the_plain_algorithm(base, reference, tmp_path: Path) -> None:
    new = fitted(base, tmp_path)
    model = json.loads(new.to_str())["model"]
    compared = 0
    for text in TEXTS:
        normal = new.normalizer.normalize_str(text) if new.normalizer else text
        words = new.pre_tokenizer.pre_tokenize_str(normal)
        found = new.encode(text, add_special_tokens=False).tokens
        if not any(unit == "[UNK]" or unit.startswith("<0x") for unit in found):
            assert found == [unit for word, _ in words for unit in reference(word, model)]
            compared += 1
    assert compared > len(TEXTS) / 2


def fitted(base, tmp_path: Path) -> Tokenizer:
    return AutoTokenizer.from_pretrained(fit(tmp_path, base(tmp_path / "base"))[0]).backend_tokenizer


def test_trimming_alone_leaves_the_cuts_of_sentencepiece_itself(tmp_path: Path) -> None:
    folder, facts = fit(tmp_path, sentencepiece_bpe(tmp_path / "base"), added_pieces=0)
    slow = SentencePieceProcessor(model_file=str(tmp_path / "base" / "tokenizer.model"))
    new = AutoTokenizer.from_pretrained(folder)
    assert facts["pieces"]["dropped"] > 0
    for text in TRAIN[:4] + general_french.sentences(general_french.KEPT):
        assert new.tokenize(text) == slow.encode(text, out_type=str)


def test_a_longest_match_cuts_known_general_french_by_joining_only(tmp_path: Path) -> None:
    folder, facts = fit(tmp_path, wordpiece(tmp_path / "base"))
    old = AutoTokenizer.from_pretrained(tmp_path / "base").backend_tokenizer
    old.no_truncation()
    new = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    assert facts["added_used_in_training"] == 1
    for text in general_french.sentences(general_french.KEPT):
        cuts = [{end for _, end in one.encode(text, add_special_tokens=False).offsets} for one in (old, new)]
        assert cuts[1] <= cuts[0]


def test_a_chat_template_and_its_special_tokens_stay(tmp_path: Path) -> None:
    base = byte_bpe(tmp_path / "base")
    old = AutoTokenizer.from_pretrained(base)
    old.chat_template = CHAT
    old.add_special_tokens({"additional_special_tokens": ["<user>"]})
    old.save_pretrained(base)
    new = AutoTokenizer.from_pretrained(fit(tmp_path, base)[0])
    said = [{"role": "user", "content": "une toux"}]
    text = new.apply_chat_template(said, tokenize=False)
    assert text == old.apply_chat_template(said, tokenize=False) == "<user>une toux"
    assert new.tokenize(text)[0] == "<user>" and new.convert_tokens_to_ids("<user>") in new.all_special_ids
    assert new.decode(new(text, add_special_tokens=False).input_ids, skip_special_tokens=True) == "une toux"
