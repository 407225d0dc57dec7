"""Tagged words, one a line, in the schemes and with the columns that people have."""

import pytest

from alambic.stages.collect.annotation_exports.conll import Refused, Sentence, entities, read_sentences, to_record
from alambic.stages.collect.annotation_exports.record import Mark


@pytest.mark.parametrize(
    "tags",
    [
        ["B-X", "I-X", "O", "B-Y", "B-Y"],  # IOB2
        ["I-X", "I-X", "O", "I-Y", "B-Y"],  # IOB1
        ["B-X", "E-X", "O", "S-Y", "S-Y"],  # BIOES
        ["B-X", "L-X", "O", "U-Y", "U-Y"],  # BILOU
    ],
)
def test_the_schemes_give_the_same_entities(tags: list[str]):
    assert entities(tags) == [(0, 1, "X"), (3, 3, "Y"), (4, 4, "Y")]


def test_two_entities_of_one_label_in_a_row_are_two():
    assert entities(["B-X", "E-X", "B-X", "I-X", "E-X"]) == [(0, 1, "X"), (2, 4, "X")]
    assert entities(["I-X", "I-Y"]) == [(0, 0, "X"), (1, 1, "Y")]


def test_sentences_documents_and_comments():
    lines = [
        "-DOCSTART- -X- O",
        "",
        "# id = 1",
        "Une N O",
        "fièvre N B-DISO",
        "",
        "Rien P O",
        "",
        "-DOCSTART- O",
        "",
        "Fin N O",
    ]
    sentences = list(read_sentences(lines))
    assert sentences == [
        Sentence(4, ("Une", "fièvre"), ("O", "B-DISO"), starts_document=True),
        Sentence(7, ("Rien",), ("O",)),
        Sentence(11, ("Fin",), ("O",), starts_document=True),
    ]


def test_columns_and_delimiter():
    lines = ["1\tacide folique\tB-CHEM\tx"]
    (sentence,) = read_sentences(lines, delimiter="\t", word_column=1, tag_column=2)
    assert isinstance(sentence, Sentence)
    assert to_record(sentence).marks == (Mark(0, 13, "CHEM"),)


def test_a_line_that_is_not_understood_costs_its_sentence_and_no_other():
    lines = ["Une O", "fièvre", "forte B-DISO", "", "toux Disease", "", "Bien O"]
    read = list(read_sentences(lines))
    assert [(r.line, r.reason) for r in read if isinstance(r, Refused)] == [
        (2, "one column: expected a word and its tag"),
        (1, "its sentence has a line that was not understood"),
        (5, "the tag 'Disease': expected O, or B-, I-, E- or S- and a label"),
    ]
    assert [s.words for s in read if isinstance(s, Sentence)] == [("Bien",)]


def test_words_are_joined_with_blanks_and_entities_marked():
    record = to_record(Sentence(1, ("l'", "acide", "folique"), ("O", "B-CHEM", "I-CHEM")))
    assert (record.text, record.marks) == ("l' acide folique", (Mark(3, 16, "CHEM"),))
