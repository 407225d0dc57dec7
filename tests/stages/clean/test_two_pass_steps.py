"""Steps that judge a text by all the others: what they find is what a reference finds that holds all in memory."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from datasketch import MinHash
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st
from one_step import take_through

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.stages.clean import key_store
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.minhash import Sketcher
from alambic.stages.clean.repeated_keys import flag_frequent, flag_repeated, keys_of
from alambic.stages.clean.steps import duplicate_paragraphs, near_duplicate_paragraphs, near_duplicates

WORDS = [f"mot{number}" for number in range(400)]
Texts = list[list[str]]


def documents(texts: list[str]) -> list[Document]:
    return [Document(str(number), text, "made", "", "CC0-1.0") for number, text in enumerate(texts)]


def versions(*, seed: int, originals: int = 12, copies: int = 5, words: int = 120) -> list[str]:
    """Make texts of which some are copies with more and more other words, in a random order."""
    draw, found = random.Random(seed), []
    for _ in range(originals):
        original = draw.choices(WORDS, k=words)
        found.append(original)
        for share in (draw.random() * 0.15 for _ in range(copies)):
            found.append([draw.choice(WORDS) if draw.random() < share else word for word in original])
    draw.shuffle(found)
    return [" ".join(text) for text in found]


def flagged(folder: Path, texts: Texts, settle: Callable[[KeyStore], None], *, parts: int = 1) -> list[list[bool]]:
    found = KeyStore(folder, parts)
    for part in range(parts):
        found.write(part, [keys_of(text) for text in texts[part::parts]])
    settle(found)
    found.forget_rows()
    by_part = [[row.tolist() for row in found.flags(part)] for part in range(parts)]
    return [by_part[place % parts][place // parts] for place in range(len(texts))]


CONTENTS = st.lists(st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=5), max_size=12)


@fuzz
@given(texts=CONTENTS)
def test_later_ones_are_those_that_a_set_has_seen(texts: Texts, tmp_path_factory: pytest.TempPathFactory) -> None:
    seen: set[str] = set()
    expected = [[content in seen or (content != "" and seen.add(content) is not None) for content in t] for t in texts]
    assert flagged(tmp_path_factory.mktemp("notes"), texts, flag_repeated) == expected


@fuzz
@given(texts=CONTENTS, most=st.integers(0, 4))
def test_frequent_ones_are_those_that_a_counter_counts(
    texts: Texts, most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    counts = Counter(content for text in texts for content in set(text))
    expected = [[content != "" and counts[content] > most for content in text] for text in texts]
    found = flagged(tmp_path_factory.mktemp("notes"), texts, lambda store: flag_frequent(store, most=most))
    assert found == expected


def test_sorting_in_many_turns_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(0)
    texts = [[str(draw.randrange(300)) for _ in range(4)] for _ in range(200)]
    near = documents(versions(seed=3))
    once = flagged(tmp_path, texts, flag_repeated), take_through(near_duplicates.step(), near)
    monkeypatch.setattr(key_store, "BYTES_PER_ROW", 40_000_000)
    assert key_store.turns_for(64) == 16
    (tmp_path / "turns").mkdir()
    assert (flagged(tmp_path / "turns", texts, flag_repeated), take_through(near_duplicates.step(), near)) == once


@pytest.mark.parametrize("text", ["0", "-1", "many", ""])
def test_the_memory_for_sorting_is_a_whole_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALAMBIC_SORTING_MB", text)
    with pytest.raises(UserError, match="ALAMBIC_SORTING_MB"):
        key_store.turns_for(1)


@pytest.mark.parametrize("parts", [1, 3, 7])
@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_near_duplicates_leave_no_two_that_are_alike(parts: int, threshold: float) -> None:
    step = near_duplicates.step(threshold=threshold)
    found = documents(versions(seed=parts))
    results = take_through(step, found, parts=parts)
    sketches = np.array([step.extract_keys(document)[0] for document in found])
    gone = np.array([isinstance(result, str) for result in results])
    similar = (sketches[:, None] == sketches).mean(axis=2)
    bands = sketches[:, : step.bands * step.rows].reshape(len(found), step.bands, step.rows)
    candidates = (bands[:, None] == bands).all(axis=3).any(axis=2)
    alike = np.tril((similar >= threshold) & candidates, -1)
    assert not alike[np.ix_(~gone, ~gone)].any()
    assert alike[gone].any(axis=1).all()
    assert 10 < gone.sum() < len(found) - 10
    assert results == take_through(step, found, parts=1)


def test_a_text_like_none_stays_whatever_its_neighbours_are() -> None:
    draw = random.Random(0)
    lonely = [" ".join(draw.choices(WORDS, k=100)) for _ in range(50)]
    assert all(isinstance(result, Document) for result in take_through(near_duplicates.step(), documents(lonely)))


def test_the_similarity_is_estimated_as_well_as_by_datasketch() -> None:
    ours, theirs = [], []
    sketcher = Sketcher(permutations=128, words_per_shingle=3, seed=1)
    for seed in range(60):
        one, other = (text.split() for text in versions(seed=seed, originals=1, copies=1))
        sets = [{tuple(words[start : start + 3]) for start in range(len(words) - 2)} for words in (one, other)]
        true = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
        sketches = [MinHash(num_perm=128, seed=1), MinHash(num_perm=128, seed=1)]
        for sketch, runs in zip(sketches, sets, strict=True):
            sketch.update_batch([" ".join(run).encode() for run in sorted(runs)])
        theirs.append(sketches[0].jaccard(sketches[1]) - true)
        ours.append(np.mean(sketcher.sketch(one) == sketcher.sketch(other)) - true)
    assert abs(np.mean(ours)) < 0.02
    assert np.std(ours) < 1.5 * np.std(theirs) < 0.08


def test_a_long_text_is_sketched_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    words = random.Random(0).choices(WORDS, k=500)
    sketcher = Sketcher(permutations=32, words_per_shingle=3, seed=1)
    whole = sketcher.sketch(words)
    monkeypatch.setattr("alambic.stages.clean.minhash._AT_ONCE", 7)
    assert (sketcher.sketch(words) == whole).all()


def test_paragraphs_that_came_before_go_and_the_first_stays() -> None:
    notice = "Ce texte ne remplace pas l'avis d'un médecin, que l'on consulte en cas de doute."
    own = ["Le paludisme se transmet par la piqûre d'un moustique femelle infecté, surtout la nuit.", "Voir aussi"]
    texts = [f"{own[0]}\n{notice}", f"{own[1]}\n{notice.upper()}\n\nAutre ligne", notice, f"{own[1]}\n{own[1]}"]
    results = take_through(duplicate_paragraphs.step(), documents(texts))
    assert [result if isinstance(result, str) else result.text for result in results] == [
        texts[0],
        "Voir aussi\nAutre ligne",
        "nothing but paragraphs that came before",
        texts[3],  # too short to tell
    ]


def test_a_paragraph_that_a_text_repeats_stays_once() -> None:
    line = " ".join(WORDS[:12])
    (result,) = take_through(duplicate_paragraphs.step(), documents([f"{line}\nUn\n{line}"]))
    assert isinstance(result, Document) and result.text == f"{line}\nUn"


def test_a_paragraph_retold_goes_and_its_neighbours_stay() -> None:
    words = random.Random(1).choices(WORDS, k=40)
    notice, edition = " ".join(words), " ".join([*words[:38], "une", "fois"])
    other = " ".join(random.Random(2).choices(WORDS, k=40))
    texts = [f"Titre\n{notice}", f"{other}\nTitre\n{edition.upper()}\n\nFin", edition, f"Titre\n{other[:60]}"]
    results = take_through(near_duplicate_paragraphs.step(), documents(texts), parts=2)
    assert [result if isinstance(result, str) else result.text for result in results] == [
        texts[0],
        f"{other}\nTitre\nFin",
        "nothing but paragraphs like earlier ones",
        texts[3],  # too short to tell
    ]


def test_paragraphs_are_alike_where_whole_texts_would_be() -> None:
    lines = versions(seed=5)
    texts = ["\n".join(lines[start : start + 3]) for start in range(0, len(lines), 3)]
    options = {"permutations": 128, "threshold": 0.7}
    whole = take_through(near_duplicates.step(**options), documents(lines))
    expected = [
        [line for line, found in zip(lines[start : start + 3], whole[start : start + 3], strict=True) if found != GONE]
        for start in range(0, len(lines), 3)
    ]
    found = take_through(near_duplicate_paragraphs.step(**options), documents(texts))
    assert [[] if isinstance(one, str) else one.text.split("\n") for one in found] == expected


GONE = "near duplicate"


@fuzz
@given(st.lists(st.text(max_size=30), max_size=6), st.integers(1, 3))
def test_what_comes_once_comes_back_as_it_was(lines: list[str], shortest: int) -> None:
    text = "\n".join(line for line in dict.fromkeys(lines) if len(folded_words(line)) < shortest)
    (result,) = take_through(duplicate_paragraphs.step(shortest=shortest), documents([text]))
    assert isinstance(result, Document) and result.text == text
