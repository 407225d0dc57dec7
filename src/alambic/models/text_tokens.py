"""How a text becomes tokens: the one place that decides it, for every stage that reads text.

A text is tokenized whole, as running text, and whatever is said of its words or parts is found by character offsets: no
stage tokenizes a word by itself. It is read in Unicode's composed form (NFC), as models were trained, and offsets are
those of the text as it was given. What looks like a special token in a text, such as "</s>", is text.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from tokenizers import normalizers

from alambic.errors import UserError
from alambic.models.library_errors import reading_named

COMMON_OPTIONS = {"split_special_tokens": True, "return_offsets_mapping": True, "verbose": False}
LONGEST = 2048  # tokens of a window where neither model nor tokenizer has a limit


@dataclass(frozen=True)
class TextTokens:
    """The n tokens of a text, or of a window of it."""

    ids: np.ndarray  # (n,)
    offsets: np.ndarray  # (n, 2) the characters that each covers, of the text as given; empty where it stands for none
    special: np.ndarray  # (n,) bool: added around the text, not of it
    text: int = 0  # which of the texts that were cut
    first: int = 0  # which token of its text, special ones not counted, its first one is

    @property
    def ends(self) -> np.ndarray:
        """Where each token ends: one that lies in the next, as a mark for a space may, ends where it begins."""
        begins, ends = self.offsets.T
        within = np.append((begins[:-1] >= begins[1:]) & (ends[:-1] < ends[1:]), False)
        return np.where(within, begins, ends)


def with_padding(tokenizer: Any) -> Any:
    """Give a tokenizer a token for padding, where it has none: the one that ends texts, or another special one."""
    others = (tokenizer.eos_token, tokenizer.unk_token, tokenizer.cls_token, tokenizer.bos_token)
    spare = next((token for token in others if token is not None), None)
    if tokenizer.pad_token is None and spare is not None:
        tokenizer.pad_token = spare
    if tokenizer.pad_token is None:
        raise UserError("the tokenizer has no token for padding, nor another special one: give it a pad_token")
    return tokenizer


def for_plain_use(tokenizer: Any) -> Any:
    """Have a tokenizer by itself do what this module does before it is called: it is saved so for others."""
    settle(tokenizer)
    tokenizer.padding_side = "right"  # as fine-tuning pads
    tokenizer.init_kwargs["split_special_tokens"] = tokenizer.split_special_tokens = True
    backend = tokenizer.backend_tokenizer
    before = backend.normalizer
    if before is None:
        backend.normalizer = normalizers.NFC()
    elif before.normalize_str("e\u0301") != before.normalize_str("\u00e9"):
        backend.normalizer = normalizers.Sequence([normalizers.NFC(), before])
    return tokenizer


def settle(tokenizer: Any) -> None:
    """Undo what a tokenizer's files may say of how texts are cut, or drawn: every stage reads each text alike.

    One that cuts texts on their left would give their windows from the end on; one with dropout draws its pieces.
    """
    tokenizer.truncation_side = "right"
    model = tokenizer.backend_tokenizer.model
    if getattr(model, "dropout", None) is not None:
        model.dropout = None


def tokenize(tokenizer: Any, texts: Sequence[str]) -> list[TextTokens]:
    """Tokenize running texts, without special tokens."""
    return _read(tokenizer, texts, add_special_tokens=False)


def tokenize_documents(tokenizer: Any, texts: Sequence[str]) -> list[TextTokens]:
    """Tokenize whole documents for a model that writes: the token that ends texts follows, where there is one.

    That token stands one character after the text. A document without tokens has no end either.
    """
    end = tokenizer.eos_token_id
    return [
        tokens if end is None or not len(tokens.ids) else _ended(tokens, end, len(text))
        for tokens, text in zip(tokenize(tokenizer, texts), texts, strict=True)
    ]


def tokenize_document(tokenizer: Any, text: str) -> TextTokens:
    """Tokenize one of them."""
    return tokenize_documents(tokenizer, [text])[0]


def _ended(tokens: TextTokens, end: int, length: int) -> TextTokens:
    offsets = np.concatenate([tokens.offsets, [[length, length + 1]]])
    return TextTokens(np.append(tokens.ids, end), offsets, np.append(tokens.special, True), tokens.text)


def tokenize_beginning(tokenizer: Any, text: str, *, longest: int) -> TextTokens:
    """Tokenize the beginning of a text, of at most `longest` tokens, without special tokens."""
    return cut(tokenizer, [text], longest=longest, special=False)[0]


def cut(
    tokenizer: Any, texts: Sequence[str], *, longest: int, overlap: int = 0, special: bool = True
) -> list[TextTokens]:
    """Tokenize running texts, and cut each into windows of at most `longest` tokens, special ones included.

    `overlap` tokens at the end of a window begin the next one too. UserError where special tokens leave no room.
    """
    room = longest - (_SpecialTokens.of(tokenizer).around if special else 0)
    if room <= overlap:
        raise UserError(
            f"windows of {longest} tokens leave no room for text beside special tokens and an overlap of {overlap}: "
            "give them more tokens"
        )
    options = {"truncation": True, "max_length": longest, "stride": overlap, "return_overflowing_tokens": True}
    windows: list[TextTokens] = []
    for window in _read(tokenizer, texts, add_special_tokens=special, **options):
        follows = bool(windows) and windows[-1].text == window.text
        first = windows[-1].first + room - overlap if follows else 0
        windows.append(TextTokens(window.ids, window.offsets, window.special, window.text, first))
    return windows


def _read(tokenizer: Any, texts: Sequence[str], **options: Any) -> list[TextTokens]:
    """Call the tokenizer on texts in composed form; give what it makes of them with offsets of the texts as given."""
    if not texts:
        return []
    if not getattr(tokenizer, "is_fast", False):
        raise UserError(
            f"the tokenizer {type(tokenizer).__name__} does not say where its tokens lie in a text: "
            "take a model with a tokenizer.json"
        )
    settle(tokenizer)
    read = [composed(text) for text in texts]
    specials = _SpecialTokens.of(tokenizer)
    with reading_named(tokenizer):
        encoded = tokenizer([text for text, _ in read], return_special_tokens_mask=True, **COMMON_OPTIONS, **options)
    owners = encoded.get("overflow_to_sample_mapping", range(len(texts)))
    columns = (encoded[name] for name in ("input_ids", "offset_mapping", "special_tokens_mask"))
    windows: list[TextTokens] = []
    for owner, numbers, offsets, added in zip(owners, *columns, strict=True):
        places, special = np.asarray(offsets, np.int64).reshape(-1, 2), np.asarray(added, bool)
        of_given = read[owner][1]
        places = places if of_given is None else of_given.offsets(places)
        ids = _as_text(np.asarray(numbers, np.int64), special, specials)
        windows.append(TextTokens(ids, places, special, int(owner)))
    return windows


def _as_text(ids: np.ndarray, special: np.ndarray, specials: "_SpecialTokens") -> np.ndarray:
    """Take special tokens in a text itself for unknown ones: a Unigram tokenizer has them among its pieces."""
    if specials.unknown is not None and len(special) > special.sum():
        found = specials.table[np.minimum(ids, len(specials.table) - 1)] & ~special
        if found.any():
            ids[found] = specials.unknown
    return ids


def tokenize_pairs(
    tokenizer: Any, pairs: Sequence[tuple[str, str]], *, longest: int
) -> list[tuple[np.ndarray, np.ndarray | None, bool]]:
    """Tokenize pairs of texts as the tokenizer joins them, each cut to `longest` tokens, of its longer text first.

    Gives of each the tokens, their types where the tokenizer tells its two texts apart by these, and whether it was
    cut. UserError where special tokens leave no room.
    """
    settle(tokenizer)
    with reading_named(tokenizer):
        around = tokenizer.num_special_tokens_to_add(pair=True)
    if longest < around + 2:
        raise UserError(f"{longest} tokens leave no room for two texts beside {around} special ones: give them more")
    read = [[composed(text)[0] for text in texts] for texts in zip(*pairs, strict=True)]
    options = {"truncation": "longest_first", "max_length": longest, "return_overflowing_tokens": False}
    with reading_named(tokenizer):
        encoded = tokenizer(*read, return_special_tokens_mask=True, **{**COMMON_OPTIONS, **options})
        alone = [tokenizer(texts, add_special_tokens=False, **COMMON_OPTIONS)["input_ids"] for texts in read]
    sizes = [len(first) + len(second) for first, second in zip(*alone, strict=True)]
    specials = _SpecialTokens.of(tokenizer)
    kinds = encoded.get("token_type_ids", [None] * len(pairs))
    rows = []
    for numbers, added, kind, size in zip(
        encoded["input_ids"], encoded["special_tokens_mask"], kinds, sizes, strict=True
    ):
        ids = _as_text(np.asarray(numbers, np.int64), np.asarray(added, bool), specials)
        rows.append((ids, None if kind is None else np.asarray(kind, np.int64), size + around > longest))
    return rows


@dataclass(frozen=True)
class _SpecialTokens:
    """What a tokenizer tells of its special tokens, but slowly."""

    unknown: int | None
    table: np.ndarray  # bool, by id: whether it is a special token; the last one stands for all further ids
    around: int  # how many are added around a text

    @classmethod
    def of(cls, tokenizer: Any) -> "_SpecialTokens":
        """Ask a tokenizer, the first time that it is seen."""
        if tokenizer not in _SEEN:
            ids = tokenizer.all_special_ids
            table = np.zeros(max(ids, default=0) + 2, bool)
            table[ids] = True
            with reading_named(tokenizer):
                around = tokenizer.num_special_tokens_to_add()
            _SEEN[tokenizer] = cls(tokenizer.unk_token_id, table, around)
        return _SEEN[tokenizer]


_SEEN: WeakKeyDictionary[Any, _SpecialTokens] = WeakKeyDictionary()


@dataclass(frozen=True)
class Composition:
    """Where the n characters of a composed text stand in the text as given."""

    starts: np.ndarray  # (n,)
    ends: np.ndarray  # (n,)

    def offsets(self, offsets: np.ndarray) -> np.ndarray:
        """Give offsets (m, 2) of the composed text as those of the text as given; empty ones stay empty."""
        begins = np.append(self.starts, self.ends[-1:])[offsets[:, 0]]
        ends = np.append(0, self.ends)[offsets[:, 1]]
        return np.stack([begins, np.where(offsets[:, 1] > offsets[:, 0], ends, begins)], axis=1)


def composed(text: str) -> tuple[str, Composition | None]:
    """Give a text in composed form (NFC), and where its characters stood; None where it is in that form already."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text, None
    begins: list[int] = []  # of parts, each of which composes by itself
    for place, letter in enumerate(text):
        if not begins or letter.isascii() or not _composes(text, begins[-1], place):
            begins.append(place)
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for begin, end in pairwise([*begins, len(text)]):
        part = text[begin:end]
        made.append(unicodedata.normalize("NFC", part))
        same, size = made[-1] == part, len(made[-1])
        starts += range(begin, end) if same else [begin] * size
        ends += range(begin + 1, end + 1) if same else [end] * size
    return "".join(made), Composition(np.asarray(starts), np.asarray(ends))


def _composes(text: str, begin: int, place: int) -> bool:
    """Tell whether the character at `place` becomes one with those from `begin` on, or changes their order."""
    if unicodedata.combining(text[place]):
        return True
    before, letter = text[begin:place], text[place]
    apart = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", letter)
    return unicodedata.normalize("NFC", before + letter) != apart
