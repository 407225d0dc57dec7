"""An XLM-R tokenizer from its pieces and their scores."""

from io import BytesIO
from pathlib import Path

from sentencepiece import SentencePieceTrainer, sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast


def save_unigram_tokenizer(
    folder: Path, pieces: list[str], scores: list[float], *, bos: int, eos: int, pad: int, unk: int, longest: int
) -> None:
    """Write a tokenizer with XLM-R's normalisation (nmt_nfkc) and template, `<s> text </s>`, into `folder`."""
    specials = {name: pieces[number] for name, number in (("bos", bos), ("eos", eos), ("pad", pad), ("unk", unk))}
    begin, end = specials["bos"], specials["eos"]
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_nmt_nfkc()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in specials.values()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, bos), (end, eos)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{name}_token": piece for name, piece in specials.items()},
        cls_token=begin,
        sep_token=end,
        mask_token="<mask>" if "<mask>" in pieces else None,
        model_max_length=longest,
    ).save_pretrained(folder)


def _nmt_nfkc() -> bytes:
    """Take sentencepiece's normalisation table out of a model trained on nothing much: it has no other way out."""
    model = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 50),
        model_writer=model,
        vocab_size=11,
        model_type="unigram",
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]  # made at run time
    proto.ParseFromString(model.getvalue())
    return bytes(proto.normalizer_spec.precompiled_charsmap)
