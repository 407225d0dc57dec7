"""Teacher and student are compared where both have a boundary, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.distill.sequences import _sequence
from alambic.distill.signal import Stored, align, segment_means
from alambic.offsets import trimmed_ends

ends = st.lists(st.integers(1, 60), min_size=1, max_size=30, unique=True).map(sorted).map(np.array)


def stored(ends: list[int], width: int = 2) -> Stored:
    states = np.arange(len(ends) * width, dtype=np.int8).reshape(len(ends), width)
    return Stored(np.array(ends), states, np.ones(len(ends), np.float16))


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


def test_means_are_over_the_tokens_of_a_segment():
    found = segment_means([(stored([2, 4, 9]), np.array([0, 0, 1]))], 2, width=2)
    assert found.tolist() == [[1.0, 2.0], [4.0, 5.0]]


def test_a_window_takes_only_what_it_shows():
    """The second window of a text hears nothing of the first one's tokens."""
    text = "aa bb cc dd"
    signal = stored([2, 5, 8, 11])
    ids, special = np.array([0, 7, 8, 2]), np.array([True, False, False, True])
    first = _sequence(text, ids, np.array([[0, 0], [0, 2], [3, 5], [0, 0]]), special, signal)
    second = _sequence(text, ids, np.array([[0, 0], [6, 8], [9, 11], [0, 0]]), special, signal)
    assert first.teacher_segments.tolist() == [0, 1, -1, -1]
    assert second.teacher_segments.tolist() == [-1, -1, 0, 1]
    assert second.segments.tolist() == [-1, 0, 1, -1]
