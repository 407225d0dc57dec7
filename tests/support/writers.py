"""Tiny models that write, and lines of certificates to be coded: drawn weights, real tokenizers."""

from pathlib import Path

import tiny_bases
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from alambic.tasks.examples import Example

# Codes with what they say, in full and as abbreviated: shaped like ICD-10.
CODES = {
    f"{letter}{number}{further}": (f"{kind} {organ}{of}", f"{kind[:3]} {organ[3:7]}{of}".upper())
    for letter, organ in zip("IJKN", ("du coeur", "du poumon", "du foie", "du rein"), strict=True)
    for number, kind in ((10, "insuffisance"), (21, "infarctus"), (48, "tumeur"))
    for further, of in (("", ""), ("0", " aigu"), ("9", " sans précision"))
}
LABELS = tuple(sorted(CODES))
LABEL_TEXTS = dict(CODES)


def lines(count: int = 30) -> list[Example]:
    """Make lines of one or two codes, each abbreviated, with their standard wording."""
    made = []
    for number in range(count):
        codes = [LABELS[number * 7 % len(LABELS)], LABELS[(number * 11 + 5) % len(LABELS)]][: 1 + number % 2]
        full, short = zip(*(CODES[code] for code in codes), strict=True)
        standard, text = ", ".join(full), " + ".join(short)
        made.append(
            Example(f"{number // 3}/{number % 3}", text, tuple(codes), unit=str(number // 3), standard=standard)
        )
    return made


def tiny_writer(folder: Path, family: str, *, width: int = 32, letters: bool = False) -> Path:
    """Write a causal model (a Llama) or an encoder-decoder one (a T5) of drawn weights.

    Its pieces are of the lines, or letters, of which it does not know all.
    """
    (tiny_bases.unigram if letters else _pieces_of_lines)(folder)
    return tiny_shape(folder, family, width=width)


def tiny_shape(folder: Path, family: str, *, width: int = 32, pad: int = 1, end: int = 2) -> Path:
    """Write such a model beside the tokenizer that is there."""
    size = len(AutoTokenizer.from_pretrained(folder))
    torch.manual_seed(0)
    if family == "causal":
        shape = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": 2, "num_attention_heads": 2}
        llama = LlamaConfig(vocab_size=size, tie_word_embeddings=True, pad_token_id=pad, eos_token_id=end, **shape)
        LlamaForCausalLM(llama).save_pretrained(folder)
        return folder
    config = T5Config(
        vocab_size=size,
        d_model=width,
        d_kv=width // 2,
        d_ff=2 * width,
        num_layers=2,
        num_heads=2,
        pad_token_id=pad,
        eos_token_id=end,
        decoder_start_token_id=pad,
        dropout_rate=0.0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def _pieces_of_lines(folder: Path) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>"}
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[*special.values()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text for texts in CODES.values() for text in texts], trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)


def tiny_encoder(folder: Path) -> Path:
    """Write a BERT of drawn weights over the words of the lines."""
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    words = sorted({word for texts in CODES.values() for text in texts for word in [*text.split(), ",", "+"]})
    vocabulary = {word: number for number, word in enumerate([*special.values(), *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(vocabulary), **shape), add_pooling_layer=False).save_pretrained(folder)
    return folder


def overfit(head, model, tokenizer, examples, *, steps: int, length: int, rate: float = 5e-3) -> float:
    """Train on all examples at once; give the last loss."""
    windows = head.encode(tokenizer, examples, max_length=length)
    labelled = [head.label(window, head.gold_targets(examples[window.example])) for window in windows]
    batch = head.collator(tokenizer)(labelled)
    optimizer = torch.optim.Adam([each for each in model.parameters() if each.requires_grad], lr=rate)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = head.loss(model, batch)["loss"]
        loss.backward()
        optimizer.step()
    return loss.item()
