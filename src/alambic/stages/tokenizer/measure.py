"""What a tokenizer makes of texts: fertility, unknowns, round trip."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tokenizers import Tokenizer, decoders, models

from alambic.batched import batched
from alambic.errors import UserError

BATCH = 200  # texts


@dataclass
class Measure:
    """Sums over texts."""

    words: int = 0  # white-space words
    tokens: int = 0  # special tokens not counted
    unknown: int = 0
    texts: int = 0
    uses: Counter[int] = field(default_factory=Counter)

    @property
    def fertility(self) -> float | None:
        """Tokens per white-space word."""
        return round(self.tokens / self.words, 4) if self.words else None

    @property
    def unknown_rate(self) -> float:
        """Share of the tokens that are unknown."""
        return round(self.unknown / self.tokens, 6) if self.tokens else 0.0


def measure(tokenizer: Tokenizer, texts: Iterable[str], *, unknown: int | None) -> Measure:
    """Encode `texts` and count; what looks like a special token in them is text."""
    tokenizer.encode_special_tokens = True
    total = Measure()
    for batch in batched(texts, BATCH):
        total.texts, total.words = total.texts + len(batch), total.words + sum(len(text.split()) for text in batch)
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            total.uses.update(encoding.ids)
    total.tokens = sum(total.uses.values())
    total.unknown = 0 if unknown is None else total.uses[unknown]
    return total


def check_round_trip(tokenizer: Tokenizer, texts: Iterable[str], *, unknown: int | None) -> int:
    """Check that decoding gives back every text as normalised; return how many were checked.

    A text with an unknown character cannot come back: it is left out here, and counted as unknown elsewhere. UserError
    names the first text that comes back otherwise.
    """
    tokenizer.encode_special_tokens = True
    checked = 0
    for batch in batched(texts, BATCH):
        ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        for text, numbers, decoded in zip(batch, ids, tokenizer.decode_batch(ids, False), strict=True):
            if unknown is not None and unknown in numbers:
                continue
            checked += 1
            if decoded != canonical(tokenizer, text):
                raise UserError(
                    f"tokenizer: {text!r} comes back as {decoded!r}: the pieces lose text; "
                    "leave this text out of the corpus, or report the tokenizer"
                )
    return checked


def canonical(tokenizer: Tokenizer, text: str) -> str:
    """Return the form in which a text should come back, as far as the base's own steps keep it.

    That is as normalised; for SentencePiece without a first space; for WordPiece its words with one space between.
    """
    if tokenizer.decoder is None:
        raise UserError("tokenizer: the base's has no decoder, so text cannot come back from it: take one that has")
    normal = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
    if isinstance(tokenizer.model, models.WordPiece):
        return str(tokenizer.decoder.decode([word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]))
    if isinstance(tokenizer.decoder, decoders.ByteLevel):
        return normal
    words = (
        [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)] if tokenizer.pre_tokenizer else [normal]
    )
    spelt = "".join(words).replace("▁", " ")
    return spelt if tokenizer.decoder.decode(["▁a"]).startswith(" ") else spelt.removeprefix(" ")
