"""Tokenizers fitted to a small corpus: what is learnt, kept, mapped, and that nothing is lost."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from alambic.errors import UserError
from alambic.fetch.unigram_tokenizer import save_unigram_tokenizer
from alambic.inputs import Inputs
from alambic.records import Document, write_documents
from alambic.settings import Tokenizer as Settings
from alambic.tokenizer import general_french
from alambic.tokenizer.measure import canonical
from alambic.tokenizer.run import run

TRAIN = ["Infarctus aigu du myocarde", "Myocardite aiguë", "Infarctus cérébral", "infarctus du myocarde"] * 6
HELD_OUT = ["infarctus ancien", "myocarde sain, β 5 %"]
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéèêëàâçîïôùûüœβ0123456789.,;:!?'-%()«»"
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


def fit(tmp_path: Path, base: Path, output: str = "new", **settings) -> tuple[Path, dict]:
    corpus, folder = tmp_path / "corpus", tmp_path / output
    for path in (corpus, folder):
        path.mkdir(exist_ok=True)
    for part, texts in (("train", TRAIN), ("held_out", HELD_OUT)):
        write_documents((Document(str(n), t, "test", "", "MIT") for n, t in enumerate(texts)), corpus, part=part)
    made = Settings.model_validate({**SETTINGS, **settings})
    return folder, run(made, Inputs({"base": [base], "corpus": [corpus]}), folder)


@pytest.fixture(params=[unigram, byte_bpe])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return request.param(tmp_path / "base")


def test_learnt_pieces_take_part_in_segmentation(base: Path, tmp_path: Path) -> None:
    folder, facts = fit(tmp_path, base)
    assert facts["pieces"]["added"] >= 6
    assert facts["fertility"]["train"]["after"] < facts["fertility"]["train"]["before"]
    assert facts["fertility"]["held_out"]["after"] < facts["fertility"]["held_out"]["before"]
    added = [row["piece"] for row in pq.read_table(folder / "mapping.parquet").to_pylist() if row["origin"] == "added"]
    new = AutoTokenizer.from_pretrained(folder)
    assert set(new.tokenize(" ".join(TRAIN))) & set(added)


def test_the_mapping_and_the_ids_agree(base: Path, tmp_path: Path) -> None:
    folder, facts = fit(tmp_path, base)
    old, new = AutoTokenizer.from_pretrained(base), AutoTokenizer.from_pretrained(folder)
    rows = pq.read_table(folder / "mapping.parquet").to_pylist()
    assert [row["id"] for row in rows] == list(range(len(new))) == list(range(facts["vocabulary"]["after"]))
    for row in rows:
        assert new.convert_ids_to_tokens(row["id"]) == row["piece"]
        assert row["old_ids"] and max(row["old_ids"]) < len(old)
        spelt = "".join(old.convert_ids_to_tokens(row["old_ids"]))
        assert spelt == row["piece"] or row["piece"] == "<mask>"
        assert row["origin"] == "added" or len(row["old_ids"]) == 1


def test_special_tokens_keep_their_meaning(base: Path, tmp_path: Path) -> None:
    folder, _ = fit(tmp_path, base)
    old, new = AutoTokenizer.from_pretrained(base), AutoTokenizer.from_pretrained(folder)
    assert new.mask_token_id is not None and new.pad_token_id is not None
    for name, token in old.special_tokens_map.items():
        assert new.special_tokens_map[name] == token
        assert new.convert_ids_to_tokens(getattr(new, f"{name}_id")) == token
    ends = [old.convert_ids_to_tokens(old("a").input_ids)[place] for place in (0, -1)]
    assert [new.convert_ids_to_tokens(new("a").input_ids)[place] for place in (0, -1)] == ends


def test_trimming_drops_what_is_not_french_and_leaves_the_rest_cut_alike(tmp_path: Path) -> None:
    base = unigram(tmp_path / "base")
    folder, facts = fit(tmp_path, base, added_pieces=0)
    old, new = AutoTokenizer.from_pretrained(base), AutoTokenizer.from_pretrained(folder)
    assert facts["pieces"]["dropped"] > 0
    assert "語" not in new.get_vocab() and "β" in new.get_vocab()
    for text in TRAIN + general_french.sentences(general_french.KEPT):
        assert new.tokenize(text) == old.tokenize(text)


def test_a_learnt_piece_only_joins_neighbours(tmp_path: Path) -> None:
    base = unigram(tmp_path / "base")
    folder, _ = fit(tmp_path, base, trim=False)
    old, new = AutoTokenizer.from_pretrained(base), AutoTokenizer.from_pretrained(folder)
    for text in TRAIN + HELD_OUT + general_french.sentences(general_french.MEASURED):
        cuts = [cut(old.tokenize(text)) for old in (old, new)]
        assert cuts[1] <= cuts[0]


def cut(pieces: list[str]) -> set[int]:
    return {sum(map(len, pieces[:place])) for place in range(len(pieces))}


def test_two_runs_give_the_same_bytes(base: Path, tmp_path: Path) -> None:
    folders = [fit(tmp_path, base, output=name)[0] for name in ("one", "two")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]


@pytest.fixture(scope="module", params=[unigram, byte_bpe])
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = tmp_path_factory.mktemp("fitted")
    return AutoTokenizer.from_pretrained(fit(folder, request.param(folder / "base"))[0]).backend_tokenizer


@given(text=st.text(alphabet=LETTERS + " "))
def test_what_is_encoded_comes_back(fitted: Tokenizer, text: str) -> None:
    ids = fitted.encode(text, add_special_tokens=False).ids
    assert fitted.decode(ids, skip_special_tokens=False) == canonical(fitted, text)
    assert fitted.token_to_id("<unk>") is None or fitted.token_to_id("<unk>") not in ids


def test_another_kind_of_tokenizer_is_refused(tmp_path: Path) -> None:
    words = Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>").save_pretrained(tmp_path / "base")
    with pytest.raises(UserError, match=r"WordLevel.*Unigram"):
        fit(tmp_path, tmp_path / "base")
