"""Which kind of tokenizer a tokenizer.json describes: one module for each kind, with the same functions.

count(base, texts): the words from which pieces are learnt; learn(base, words, wanted, minimum_count): the new pieces;
extend(content, learnt): put them into a tokenizer.json; pieces, readable, best_ids(content): what each id is;
spelling_ids(content): the ids that spell everything; fallback_pieces(base): the pieces which that lacks;
with_dependencies(content, ids): ids with all through which they are reached; rebuild(content, order): keep those of
`order`.
"""

from types import ModuleType
from typing import Any

from alambic.errors import UserError
from alambic.stages.tokenizer import extend_byte_bpe, extend_sentencepiece_bpe, extend_unigram, extend_wordpiece


def kind_of(content: dict[str, Any]) -> ModuleType:
    """Choose the module for a tokenizer.json; UserError when there is none."""
    kind = content["model"]["type"]
    if kind == "Unigram":
        return extend_unigram
    if kind == "WordPiece":
        return extend_wordpiece
    if kind == "BPE":
        if "ByteLevel" in _splitters(content):
            return extend_byte_bpe
        if not content["model"].get("end_of_word_suffix") and not content["model"].get("continuing_subword_prefix"):
            return extend_sentencepiece_bpe
        kind = "BPE with marks for the ends of words"
    raise UserError(
        f"tokenizer: the base is a {kind} tokenizer; expected Unigram (XLM-R, CamemBERT), WordPiece (BERT), "
        "byte-level BPE (GPT-2, RoBERTa, Llama 3, SmolLM2) or SentencePiece BPE (Llama 2, Mistral, Gemma)"
    )


def _splitters(content: dict[str, Any]) -> set[str]:
    splitter = content["pre_tokenizer"] or {}
    return {part["type"] for part in [splitter, *splitter.get("pretokenizers", [])] if part}
