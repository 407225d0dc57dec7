"""Tokenizers fitted to a small corpus: what is learnt, kept, mapped, and that nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tiny_bases import HELD_OUT, KINDS, LETTERS, TRAIN, fit, unigram, wordpiece
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from alambic.errors import UserError
from alambic.stages.tokenizer import general_french
from alambic.stages.tokenizer.byte_fallback import BYTE
from alambic.stages.tokenizer.measure import canonical


@pytest.fixture(params=KINDS)
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
        old_pieces = old.convert_ids_to_tokens(row["old_ids"])
        spelt = old_pieces[0] + "".join(piece.removeprefix("##") for piece in old_pieces[1:])
        assert spelt == row["piece"] or row["piece"] == "<mask>" or BYTE.fullmatch(row["piece"])
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
    assert new.decode(new("語 β", add_special_tokens=False).input_ids) == "語 β"
    for text in TRAIN + general_french.sentences(general_french.KEPT):
        assert new.tokenize(text) == old.tokenize(text)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not wordpiece], ids=lambda kind: kind.__name__)
def test_a_learnt_piece_only_joins_neighbours(kind: Callable[[Path], Path], tmp_path: Path) -> None:
    base = kind(tmp_path / "base")
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


@pytest.fixture(scope="module", params=KINDS)
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = tmp_path_factory.mktemp("fitted")
    return AutoTokenizer.from_pretrained(fit(folder, request.param(folder / "base"))[0]).backend_tokenizer


def check_it_comes_back(fitted: Tokenizer, text: str) -> None:
    ids = fitted.encode(text, add_special_tokens=False).ids
    assert fitted.decode(ids, skip_special_tokens=False) == canonical(fitted, text)
    assert not {fitted.token_to_id(name) for name in ("<unk>", "[UNK]")} & set(ids)


@given(text=st.text(alphabet=LETTERS + " "))
def test_what_is_encoded_comes_back(fitted: Tokenizer, text: str) -> None:
    check_it_comes_back(fitted, text)


@given(text=st.text())
@example("")
@example("<0x41> <0xE9>")
@example("\U0010ffff ▁ ▁▁  \u0301é 語")
@example("infarctus " * 20_000)
@example("é" * 100_000)
def test_any_text_comes_back(fitted: Tokenizer, text: str) -> None:
    if isinstance(fitted.model, models.WordPiece):
        pytest.skip("a word with a letter that the base does not know is unknown")
    check_it_comes_back(fitted, text)


def test_another_kind_of_tokenizer_is_refused(tmp_path: Path) -> None:
    words = Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>").save_pretrained(tmp_path / "base")
    with pytest.raises(UserError, match=r"WordLevel.*Unigram"):
        fit(tmp_path, tmp_path / "base")
