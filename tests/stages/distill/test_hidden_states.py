"""Teacher and student are compared where both have a boundary, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.models.token_offsets import trimmed_ends
from alambic.stages.distill.examples.hidden_states import Spread, StoredVectors, align
from alambic.stages.distill.examples.sequences import Sequence, SequenceCollator, _sequence
from alambic.stages.distill.pooling import teacher_means

ends = st.lists(st.integers(1, 60), min_size=1, max_size=30, unique=True).map(sorted).map(np.array)


def stored(ends: list[int], width: int = 2) -> StoredVectors:
    states = np.arange(len(ends) * width, dtype=np.int8).reshape(len(ends), width)
    return StoredVectors(np.array(ends), states, np.ones(len(ends), np.float16))


@given(ends, ends)
def test_segments_end_where_both_end(teacher, student):
    of_teacher, of_student, count = align(teacher, student)
    for found, places in ((of_teacher, teacher), (of_student, student)):
        last = [places[found == segment].max() for segment in range(count)]
        assert last == sorted(set(teacher) & set(student))
        assert all(found[np.array(places) > max(set(teacher) & set(student), default=0)] == -1)


@given(ends)
def test_the_same_tokens_are_each_a_segment(places):
    of_teacher, of_student, count = align(places, places)
    assert list(of_teacher) == list(of_student) == list(range(count))


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        ("la toux", [[0, 2], [2, 7]], [2, 7]),
        ("la toux", [[0, 3], [3, 7]], [2, 7]),
        ("la toux ", [[0, 2], [3, 7], [7, 8]], [2, 7, 7]),
    ],
)
def test_a_space_belongs_to_neither_side(text, offsets, expected):
    assert list(trimmed_ends(text, np.array(offsets))) == expected


def sequence(teacher_segments, states):
    nothing = np.zeros(1, int)
    scales = np.full(len(teacher_segments), 0.5, np.float16)
    return Sequence(nothing, nothing, nothing, np.array(teacher_segments, int), states, scales)


def test_means_are_over_the_tokens_of_a_segment():
    states = np.arange(8, dtype=np.int8).reshape(4, 2)
    said = [sequence([0, 0, 1], states[:3]), sequence([], states[:0]), sequence([0], states[3:])]
    found = teacher_means(SequenceCollator(pad=0)(said))
    assert (2 * found).tolist() == [[[1, 2], [4, 5]], [[0, 0], [0, 0]], [[6, 7], [0, 0]]]


@given(st.lists(st.lists(st.floats(-9, 9), min_size=3, max_size=3), min_size=2, max_size=20), st.integers(1, 19))
def test_variance_of_what_passes_by(rows, cut):
    values, spread = np.array(rows), Spread(3)
    for part in (values[:cut], values[cut:]):
        spread.add(part)
    assert spread.variance() == pytest.approx(values.var(axis=0).sum(), abs=1e-6)


def test_a_window_takes_only_what_it_shows():
    """The second window of a text hears nothing of the first one's tokens."""
    text = "aa bb cc dd"
    signal = stored([2, 5, 8, 11])
    ids, special = np.array([0, 7, 8, 2]), np.array([True, False, False, True])
    first = _sequence(text, ids, np.array([[0, 0], [0, 2], [3, 5], [0, 0]]), special, signal)
    second = _sequence(text, ids, np.array([[0, 0], [6, 8], [9, 11], [0, 0]]), special, signal)
    assert first.teacher_segments.tolist() == [0, 1] and first.states.tolist() == signal.states[:2].tolist()
    assert second.teacher_segments.tolist() == [0, 1] and second.states.tolist() == signal.states[2:].tolist()
    assert second.segments.tolist() == [-1, 0, 1, -1]
