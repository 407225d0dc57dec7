"""The pieces that mean the same text in two vocabularies, whatever sign each has for a space."""

from typing import Any

import torch
from torch import Tensor
from transformers.convert_slow_tokenizer import bytes_to_unicode

ALPHABET = {letter: byte for byte, letter in bytes_to_unicode().items()}  # of byte-level pieces
SPACE = "▁"  # of SentencePiece
END = b"\xff\xff the end"  # stands for the end of a text; no piece means it, though one may mean the byte 0xff


def common_pieces(ours: Any, theirs: Any) -> Tensor:
    """Give the ids of such pieces in both tokenizers: (2, c); special tokens mean no text, but one means its end."""
    mine, other = meanings(ours), meanings(theirs)
    shared = sorted(mine.keys() & other.keys())
    return torch.tensor([[mine[text] for text in shared], [other[text] for text in shared]], dtype=torch.long)


def meanings(tokenizer: Any) -> dict[bytes, int]:
    """Give the id of each piece by the bytes that it stands for; the first of several that stand for the same."""
    in_bytes = _is_byte_level(tokenizer)
    ids: dict[bytes, int] = {}
    special = set(tokenizer.all_special_ids)
    for piece, number in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1]):
        if number not in special:
            ids.setdefault(_meaning(piece, in_bytes=in_bytes), number)
    return ids if tokenizer.eos_token_id is None else ids | {END: tokenizer.eos_token_id}


def _meaning(piece: str, *, in_bytes: bool) -> bytes:
    if in_bytes and all(letter in ALPHABET for letter in piece):
        return bytes(ALPHABET[letter] for letter in piece)
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):  # a byte that no piece spells
        return bytes([int(piece[3:5], 16)])
    return piece.replace(SPACE, " ").encode("utf-8", "surrogatepass")


def _is_byte_level(tokenizer: Any) -> bool:
    """Tell whether pieces are written in letters that stand for bytes; a large vocabulary may hold all the letters."""
    decoder = tokenizer.backend_tokenizer.decoder
    return decoder is not None and decoder.decode(["Ġ"]) != "Ġ"
