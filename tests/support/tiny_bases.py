"""Small tokenizers of each kind, and a stage fitted on a few texts."""

from pathlib import Path

from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaTokenizer, PreTrainedTokenizerFast

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Tokenizer as Settings
from alambic.stages.fetch.unigram_tokenizer import save_unigram_tokenizer
from alambic.stages.tokenizer import general_french
from alambic.stages.tokenizer.run import run

TRAIN = ["Infarctus aigu du myocarde", "Myocardite aiguë", "Infarctus cérébral", "infarctus du myocarde"] * 6
HELD_OUT = ["infarctus ancien", "myocarde sain, β 5 %"]
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZÀéèêëàâçîïôùûüœβ0123456789.,;:!?'-%()«»<>"
SETTINGS = {"base": "base", "corpus": "corpus", "added_pieces": 6, "minimum_count": 4, "general_pieces": 2}


def unigram(folder: Path) -> Path:
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    words = ["▁du", "▁de", "▁la", "in", "far", "▁my", "car", "語"]
    pieces = [*specials, "▁", *LETTERS, *words, "<mask>"]
    scores = [0.0] * 4 + [-4.0] + [-8.0 - n / 100 for n in range(len(LETTERS))] + [-6.0 - n for n in range(8)] + [0.0]
    save_unigram_tokenizer(folder, pieces, scores, bos=0, eos=2, pad=1, unk=3, longest=64)
    return folder


def byte_bpe(folder: Path) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(general_french.sentences(general_french.KEPT), trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    return folder


def sentencepiece_bpe(folder: Path) -> Path:
    folder.mkdir(parents=True)
    SentencePieceTrainer.train(
        sentence_iterator=iter([*general_french.sentences(general_french.KEPT), *["through whichever weather"] * 40]),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=420,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    LlamaTokenizer.from_pretrained(folder).save_pretrained(folder)
    return folder


def wordpiece(folder: Path) -> Path:
    specials = {name: f"[{name[:3].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token")}
    specials["mask_token"] = "[MASK]"
    letters = [*LETTERS, "語"]
    words = ["du", "de", "in", "##far", "##ctus", "my", "##oc", "##ard", "##語語"]
    pieces = [*specials.values(), *letters, *(f"##{letter}" for letter in letters), *words]
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(one, pieces.index(one)) for one in ("[CLS]", "[SEP]")]
    )
    tokenizer.enable_truncation(8)  # as sentence encoders come
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **specials).save_pretrained(folder)
    return folder


KINDS = (unigram, byte_bpe, sentencepiece_bpe, wordpiece)


def fit(tmp_path: Path, base: Path, output: str = "new", **settings) -> tuple[Path, dict]:
    corpus, folder = tmp_path / "corpus", tmp_path / output
    for path in (corpus, folder):
        path.mkdir(exist_ok=True)
    for part, texts in (("train", TRAIN), ("held_out", HELD_OUT)):
        write_documents((Document(str(n), t, "test", "", "MIT") for n, t in enumerate(texts)), corpus, part=part)
    made = Settings.model_validate({**SETTINGS, **settings})
    return folder, run(made, Inputs({"base": [base], "corpus": [corpus]}), folder)
