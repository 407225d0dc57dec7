"""Real models of the size of a test."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def tiny_bert(folder: Path, *, letters_per_piece: int = 1, layers: int = 2, width: int = 16) -> Path:
    """Write a random BERT over pieces of one letter, or of up to two."""
    letters = [*"abcdefghijklmnopqrstuvwxyzéè", *"0123456789"]
    pieces = [*SPECIAL.values(), *letters]
    if letters_per_piece == 2:
        pieces += [one + other for one in letters for other in "aeiou"]
    vocabulary = {piece: place for place, piece in enumerate(pieces)}
    model = models.WordPiece(
        vocabulary | {f"##{p}": len(pieces) + n for n, p in enumerate(pieces[5:])}, unk_token="[UNK]"
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **SPECIAL)
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(fast),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
