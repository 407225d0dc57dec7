"""Real models of the size of a test."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

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
    tokenizer.decoder = decoders.WordPiece()
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


MASKED = ("bert", "roberta", "xlm-roberta", "camembert", "modernbert")


def tiny_masked(folder: Path, kind: str = "bert", *, letters_per_piece: int = 2, width: int = 16) -> Path:
    """Write a random masked-language model over the pieces of `tiny_bert`."""
    tiny_bert(folder, letters_per_piece=letters_per_piece)
    vocabulary = AutoConfig.from_pretrained(folder).vocab_size
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind,
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        pad_token_id=0,
        initializer_range=0.5,
    )
    model = AutoModelForMaskedLM.from_config(config)
    for parameter in model.parameters():  # biases are zero otherwise, and would hide that one is left out
        if parameter.ndim == 1:
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    return folder


def tiny_llama(folder: Path, *, pieces: int = 400, layers: int = 3, width: int = 16, reads: int = 64) -> Path:
    """Write a random Llama over byte-level pieces, trained on a few French sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(FRENCH, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>", model_max_length=reads
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=reads,
        tie_word_embeddings=True,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


FRENCH = [
    "la toux et la fièvre depuis trois jours chez un enfant asthmatique",
    "le patient est traité par paracétamol et ibuprofène pour une douleur aiguë",
    "insuffisance rénale chronique, hypertension artérielle et diabète de type deux",
    "la douleur thoracique est apparue à l'effort; l'électrocardiogramme est normal",
]

_SHAPE = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 66,  # RoBERTa's first two are for padding
}
_GROUPED = {**_SHAPE, "num_key_value_heads": 2, "head_dim": 6}
TINY = {
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert"), _SHAPE),
    "modernbert": _SHAPE,
    **dict.fromkeys(("llama", "qwen2", "qwen3", "mistral", "gemma2", "gemma3_text"), _GROUPED),
}


def tiny_model(model_type: str, *, pieces: int = 40, spread: float = 0.3, **changes: int) -> PreTrainedModel:
    """Make a random model of a type, with biases and normalisations that are not at rest, so that a test sees them."""
    config = AutoConfig.for_model(
        model_type, **{"vocab_size": pieces, "pad_token_id": 1, **TINY[model_type], **changes}
    )
    torch.manual_seed(0)
    model = model_of(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape) * spread)
    return model


def model_of(config: PretrainedConfig) -> PreTrainedModel:
    """Make an empty model, as this project's students are: a causal one, or an encoder without a pooler."""
    if "head_dim" in TINY[config.model_type]:
        return AutoModelForCausalLM.from_config(config).eval()
    extra = {} if config.model_type == "modernbert" else {"add_pooling_layer": False}
    return AutoModel.from_config(config, **extra).eval()
