"""Exports of annotation tools: what each holds is read, and what cannot be is refused with its reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.stages.collect.annotation_exports.record import Mark, NotUnderstood
from alambic.stages.collect.annotation_exports.span_lists import READERS

TEXT = "Une fièvre sous paracétamol."
FEVER, DRUG = Mark(4, 10, "DISO"), Mark(16, 27, "CHEM")
GOOD: dict[str, list[Any]] = {
    "doccano": [
        {"id": 3, "text": TEXT, "label": [[16, 27, "CHEM"], [4, 10, "DISO"]]},
        {"id": 3, "data": TEXT, "labels": [[4, 10, "DISO"], [16, 27, "CHEM"]]},
        {
            "id": 3,
            "text": TEXT,
            "relations": [],
            "entities": [
                {"id": 1, "label": "DISO", "start_offset": 4, "end_offset": 10},
                {"id": 2, "label": "CHEM", "start_offset": 16, "end_offset": 27},
            ],
        },
    ],
    "prodigy": [
        {
            "id": 3,
            "text": TEXT,
            "answer": "accept",
            "tokens": [],
            "spans": [
                {"start": 4, "end": 10, "label": "DISO", "token_start": 1},
                {"start": 16, "end": 27, "label": "CHEM", "text": "paracétamol"},
            ],
        },
    ],
    "spacy": [
        [TEXT, {"entities": [[4, 10, "DISO"], [16, 27, "CHEM"]], "id": 3}],
        {
            "id": 3,
            "text": TEXT,
            "ents": [{"start": 4, "end": 10, "label": "DISO"}, {"start": 16, "end": 27, "label": "CHEM"}],
        },
    ],
    "label_studio": [
        {
            "id": 3,
            "data": {"text": TEXT, "hospital": "A"},
            "annotations": [
                {"was_cancelled": True, "result": []},
                {
                    "ground_truth": True,
                    "result": [
                        {
                            "type": "labels",
                            "to_name": "text",
                            "value": {"start": 4, "end": 10, "text": "fièvre", "labels": ["DISO"]},
                        },
                        {"type": "labels", "to_name": "text", "value": {"start": 16, "end": 27, "labels": ["CHEM"]}},
                        {"type": "choices", "value": {"choices": ["urgent"]}},
                    ],
                },
                {"result": []},
            ],
        },
        {
            "id": 3,
            "text": TEXT,
            "annotator": 1,
            "label": [
                {"start": 4, "end": 10, "text": "fièvre", "labels": ["DISO"]},
                {"start": 16, "end": 27, "text": "paracétamol", "labels": ["CHEM"]},
            ],
        },
    ],
}


@pytest.mark.parametrize(("format_", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_text_is_read_with_its_marks(format_: str, value: Any):
    record = READERS[format_](value)
    assert (record.text, record.marks, record.id) == (TEXT, (FEVER, DRUG), "3")


def test_other_fields_are_metadata():
    assert READERS["label_studio"](GOOD["label_studio"][0]).metadata == {"hospital": "A"}
    assert READERS["doccano"]({"text": "a b", "label": [], "patient": "7"}).metadata == {"patient": "7"}


def test_offsets_of_a_browser_count_a_sign_beyond_the_first_plane_twice():
    text = "🩺 fièvre"
    value = {
        "data": {"text": text},
        "annotations": [{"result": [{"value": {"start": 3, "end": 9, "text": "fièvre", "labels": ["DISO"]}}]}],
    }
    assert READERS["label_studio"](value).marks == (Mark(2, 8, "DISO"),)


@pytest.mark.parametrize(
    ("format_", "value", "reason"),
    [
        ("doccano", {"text": TEXT}, "no `label`"),
        ("doccano", {"text": "", "label": []}, "`text` is empty"),
        ("doccano", {"text": TEXT, "label": [[4, 99, "DISO"]]}, "not in its text of 28 characters"),
        ("doccano", {"text": TEXT, "label": [[10, 4, "DISO"]]}, "is not in its text"),
        ("doccano", {"text": TEXT, "label": [["4", 10, "DISO"]]}, "two whole numbers"),
        ("doccano", {"text": TEXT, "label": [[4, 10, ""]]}, "expected a name"),
        ("doccano", {"text": TEXT, "label": [[4, 10]]}, "expected [start, end, label]"),
        ("prodigy", {"text": TEXT, "answer": "reject"}, "its answer is 'reject'"),
        ("prodigy", {"text": TEXT, "spans": [{"start": 4, "end": 10, "label": "DISO", "text": "toux"}]}, "not 'toux'"),
        ("spacy", [TEXT], "expected an object"),
        ("label_studio", {"data": {"text": TEXT}, "annotations": []}, "nobody completed"),
        (
            "label_studio",
            {
                "data": {"text": TEXT},
                "annotations": [{"result": [{"value": {"start": 4, "end": 10, "labels": ["A", "B"]}}]}],
            },
            "expected one",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(format_: str, value: Any, reason: str):
    with pytest.raises(NotUnderstood) as caught:
        READERS[format_](value)
    assert reason in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 40) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "label",
                    "labels",
                    "entities",
                    "spans",
                    "start",
                    "end",
                    "data",
                    "value",
                    "annotations",
                    "result",
                    "answer",
                    "id",
                    "meta",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.sampled_from(sorted(READERS)), JSON)
def test_any_json_is_read_or_refused(format_: str, value: Any):
    try:
        record = READERS[format_](value)
    except NotUnderstood as error:
        assert str(error)
    else:
        assert all(0 <= mark.start < mark.end <= len(record.text) for mark in record.marks)
