"""Vectors of new pieces, against computations that a reader can check."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from alambic.settings import Distill
from alambic.stages.distill.initial_vectors import focus, matching_pursuit, mean_of_parts
from alambic.stages.distill.initial_vectors.focus import sparsemax
from alambic.stages.distill.initial_vectors.matching_pursuit import pursue
from alambic.stages.distill.student.cooccurrence import count_pairs, piece_vectors, positive_pmi
from alambic.stages.distill.student.vocabulary import Vocabulary, new_table

RANDOM = np.random.default_rng(0)


class Known(Vocabulary):
    """Six kept pieces in an order of their own, two new ones, the second of which the text does not hold."""

    def texts(self):
        # 6 is used exactly as 2 is.
        yield from [np.array(ids) for ids in ([0, 2, 1, 0, 6, 1], [0, 6, 1, 0, 2, 1], [3, 4, 5], [4, 3, 5, 3])] * 5


KNOWN = Known(Path(), None, [[9], [8], [7], [6], [5], [4], [7, 6], [0, 1, 2]], [6, 7], 10)


def test_pairs_are_counted_as_by_hand() -> None:
    texts = [RANDOM.integers(0, 5, size) for size in (0, 1, 2, 9)]
    expected: Counter[tuple[int, int]] = Counter()
    for ids in texts:
        for place, one in enumerate(ids):
            for other in range(max(0, place - 3), min(len(ids), place + 4)):
                if other != place:
                    expected[one, ids[other]] += 1 / abs(other - place)
    found = count_pairs(texts, 5, window=3).toarray()
    assert np.allclose(found, [[expected[one, other] for other in range(5)] for one in range(5)])


def test_positive_pmi_follows_its_definition() -> None:
    counts = count_pairs([RANDOM.integers(0, 6, 40)], 6, window=2)
    joint = counts.toarray() / counts.sum()
    piece, context = joint.sum(axis=1), joint.sum(axis=0) ** 0.75
    with np.errstate(divide="ignore"):
        expected = np.maximum(np.log(joint / np.outer(piece, context / context.sum())), 0)
    assert np.allclose(positive_pmi(counts).toarray(), expected)


def test_pieces_used_alike_have_the_same_vector() -> None:
    found = piece_vectors(KNOWN.texts(), 8, width=4, window=2)
    assert found[2] @ found[6] == pytest.approx(1, abs=1e-6)
    assert found[2] @ found[3] < 0.5
    assert not found[7].any()


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    scores = RANDOM.normal(size=(5, 7))
    found = sparsemax(scores)
    assert np.allclose(found.sum(axis=1), 1) and (found >= 0).all()
    for row, point in zip(scores, found, strict=True):
        low, high = row.min() - 1, row.max()
        for _ in range(80):  # the threshold by bisection
            middle = (low + high) / 2
            low, high = (middle, high) if np.maximum(row - middle, 0).sum() > 1 else (low, middle)
        assert np.allclose(point, np.maximum(row - low, 0))


def test_the_pursuit_takes_what_explains_the_rest_best_again_and_again() -> None:
    atoms = RANDOM.normal(size=(12, 6))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    wanted = RANDOM.normal(size=6)
    chosen: list[int] = []
    rest = wanted
    for _ in range(3):
        chosen.append(int(np.abs(atoms @ rest).argmax()))
        weights = np.linalg.lstsq(atoms[chosen].T, wanted, rcond=None)[0]
        rest = wanted - weights @ atoms[chosen]
    expected = np.zeros(12)
    expected[chosen] = weights
    assert np.allclose(pursue(atoms, wanted, most=3).toarray()[0], expected)


def test_kept_pieces_keep_their_vectors_and_parts_are_averaged() -> None:
    old = torch.randn(10, 3)
    table = new_table(old, KNOWN, mean_of_parts.combine(KNOWN))
    assert torch.equal(table[:6], old[[9, 8, 7, 6, 5, 4]])
    assert torch.allclose(table[6], (old[7] + old[6]) / 2) and torch.allclose(table[7], old[:3].mean(dim=0))


@pytest.mark.parametrize("method", [focus, matching_pursuit])
def test_a_piece_used_like_a_kept_one_starts_there_and_an_unseen_one_from_its_parts(method) -> None:
    old = torch.randn(10, 3)
    table = new_table(old, KNOWN, method.combine(KNOWN, width=4, window=2))
    assert torch.equal(table[:6], old[[9, 8, 7, 6, 5, 4]])
    assert torch.cosine_similarity(table[6], old[7], dim=0) > 0.7
    assert torch.allclose(table[7], old[:3].mean(dim=0))


def test_one_method_is_chosen_alone_or_with_options() -> None:
    common = {"teacher": "t", "tokenizer": "t", "corpus": "c", "objectives": {"cross_entropy": {}}}
    chosen = Distill.model_validate({**common, "initial_vectors": {"focus": {"width": 50}}})
    assert chosen.initial_vectors == {"focus": {"width": 50, "window": 5}}
    assert Distill.model_validate(common).initial_vectors == {"mean_of_parts": {}}
    for wrong, said in (
        ("fokus", "did you mean 'focus'"),
        ({}, "expected one method"),
        ({"focus": {"widt": 1}}, "width"),
    ):
        with pytest.raises(ValidationError, match=said):
            Distill.model_validate({**common, "initial_vectors": wrong})
