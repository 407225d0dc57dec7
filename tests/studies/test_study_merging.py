"""What comes back from participants is merged, also after a spreadsheet; what does not fit has its place and reason."""

import csv
import io
import re

import pytest
from made_studies import made_study, own_table

from alambic.studies.answers import read_tables
from alambic.studies.merging import merge, write_merged
from alambic.studies.protocol import ALONE, questions_after
from alambic.studies.records import COLUMNS


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    return made_study(tmp_path_factory.mktemp("made") / "study")


def rows_of(protocol, participant):
    """Answer as a page does: right where alone, and as the model where it answers."""
    empty = dict.fromkeys(COLUMNS, "") | {"protocol": protocol.digest, "participant": participant}
    yield empty | {"record": "about", "expertise": "novice", "consented": "1"}
    own = [shown for shown in protocol.plan if shown.participant == participant]
    for shown in own:
        item = protocol.items[shown.item]
        with_model = shown.condition != ALONE and item.kind != "attention"
        yield empty | {
            "record": "answer",
            "block": str(shown.block),
            "rank": str(shown.rank),
            "item": shown.item,
            "kind": item.kind,
            "condition": protocol.codes[shown.condition],
            "delegated": "0",
            "timed_out": "0",
            "alone_answer": item.right if with_model else "",
            "alone_seconds": "3.25" if with_model else "",
            "alone_confidence": "4",
            "advice": item.advice if with_model else "",
            "seconds": "2.50",
            "answer": item.advice if with_model else item.right,
            "language": "fr",
            "finished_at": f"2026-12-01T10:{shown.rank:02d}:00.000Z",
        }
    for block in dict.fromkeys(shown.block for shown in own if shown.block):
        condition = protocol.condition(participant, block)
        for question in questions_after(protocol.settings["questionnaire"], with_model=condition != ALONE):
            yield empty | {
                "record": "questionnaire",
                "block": str(block),
                "condition": protocol.codes[condition],
                "question": question,
                "answer": "5",
            }


def written(path, rows, *, delimiter=",", encoding="utf-8-sig", columns=COLUMNS):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def changed(of, **changes):
    """Give the rows of p001, of which the first answer to a main item is changed."""
    rows = list(rows_of(of, "p001"))
    place = next(n for n, row in enumerate(rows) if row["kind"] == "main" and row["advice"])
    rows[place] = rows[place] | changes
    return rows


def test_files_of_all_become_three_tables_with_the_names_of_the_conditions(protocol, tmp_path):
    files = [written(tmp_path / f"{name}.csv", rows_of(protocol, name)) for name in protocol.participants]
    merged = merge(files, protocol)
    assert (merged.rejected, merged.repeated, merged.missing, merged.absent) == ([], 0, {}, [])
    write_merged(merged, tmp_path / "out")
    tables = read_tables(tmp_path / "out")
    assert tables == merged.tables
    assert len(tables.answers) == len(protocol.plan)
    assert {answer.condition for answer in tables.answers} == set(protocol.codes)
    for answer in tables.answers:
        shown = protocol.shown[answer.participant, answer.item]
        assert (answer.condition, answer.block, answer.rank) == (shown.condition, shown.block, shown.rank)


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"), (",", "utf-8"), (";", "utf-8")]
)
def test_what_a_spreadsheet_saved_again_is_read(protocol, tmp_path, delimiter, encoding):
    rows = [
        {name: value.replace(".", ",") if name.endswith("seconds") else value for name, value in row.items()}
        for row in rows_of(protocol, "p001")
    ]
    path = written(tmp_path / "a.csv", rows, delimiter=delimiter, encoding=encoding, columns=COLUMNS[::-1])
    merged = merge([path], protocol)
    assert merged.rejected == [] and len(merged.tables.answers) == len(protocol.plan) // 4
    assert {answer.seconds for answer in merged.tables.answers} == {2.5}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"protocol": "0" * 16}, "protocol '0000000000000000': the study's is"),
        ({"participant": "p999"}, "participant 'p999': no page was made"),
        ({"participant": "Jeanne"}, "participant 'Jeanne'"),
        ({"record": "answers"}, "record 'answers': expected about, answer, questionnaire"),
        ({"item": "i9999"}, "item 'i9999': p001 was not shown it"),
        ({"rank": "77"}, "rank '77': expected"),
        ({"block": "9"}, "block '9': expected"),
        ({"condition": "advice"}, "condition 'advice': expected 'c"),
        ({"kind": "practice"}, "kind 'practice': expected 'main'"),
        ({"answer": "C"}, "answer 'C': expected one of A, B"),
        ({"alone_answer": "="}, "alone_answer '=': expected one of A, B"),
        ({"answer": ""}, "answer '', delegated 0: expected the one or the other"),
        ({"delegated": "1"}, "delegated 1: expected the one or the other"),
        ({"delegated": "yes"}, "delegated 'yes': expected 0 or 1"),
        ({"seconds": "-1"}, "seconds '-1': expected seconds"),
        ({"seconds": "nan"}, "seconds 'nan': expected seconds"),
        ({"seconds": "1e999"}, "seconds '1e999': expected seconds"),
        ({"alone_confidence": "6"}, "alone_confidence '6': expected 1 to 5"),
        ({"finished_at": "hier"}, "finished_at 'hier': expected a moment"),
        ({"language": "de"}, "language 'de': expected fr or en"),
    ],
)
def test_a_row_that_does_not_fit_is_set_aside_with_its_place_and_the_rest_is_taken(protocol, tmp_path, changes, reason):
    rows, before = changed(protocol, **changes), rows_of(protocol, "p001")
    number = next(n for n, (row, old) in enumerate(zip(rows, before, strict=True)) if row != old)
    path = written(tmp_path / "p001.csv", rows)
    merged = merge([path], protocol)
    wrong = merged.rejected[0]
    assert len(merged.rejected) == 1 and (wrong.file, wrong.row) == (str(path), number + 2)
    assert wrong.reason.startswith(reason) or reason in wrong.reason
    assert merged.missing == {"p001": 1}
    assert len(merged.tables.answers) == len(protocol.plan) // 4 - 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "8"}, "answer '8' to .*: expected 1 to 7"),
        ({"question": "mood"}, "question 'mood': it is not asked after block"),
        ({"block": "0"}, "block '0': p001 has none"),
        ({"block": "²"}, "block '²': p001 has none"),
        ({"condition": "c9"}, "condition 'c9': expected"),
    ],
)
def test_a_reply_that_does_not_fit_is_set_aside(protocol, tmp_path, changes, reason):
    rows = list(rows_of(protocol, "p001"))
    rows[-1] = rows[-1] | changes
    (wrong,) = merge([written(tmp_path / "a.csv", rows)], protocol).rejected
    assert wrong.row == len(rows) + 1 and re.match(reason, wrong.reason)


def test_the_same_file_twice_counts_once(protocol, tmp_path):
    paths = [written(tmp_path / name, rows_of(protocol, "p001")) for name in ("a.csv", "b.csv")]
    merged = merge(paths, protocol)
    assert merged.rejected == [] and merged.repeated == len(list(rows_of(protocol, "p001")))
    assert len(merged.tables.answers) == len(protocol.plan) // 4


def test_of_two_answers_to_one_item_the_first_in_time_stands_whichever_file_is_read_first(protocol, tmp_path):
    later = {"answer": "A", "finished_at": "2026-12-02T10:00:00Z"}
    first = written(tmp_path / "first.csv", changed(protocol, answer="B"))
    second = written(tmp_path / "second.csv", changed(protocol, **later))
    for order in ([first, second], [second, first]):
        merged = merge(order, protocol)
        (wrong,) = merged.rejected
        assert wrong.file == str(second) and f"other than {first}, row " in wrong.reason
        assert sum(answer.finished_at == later["finished_at"] for answer in merged.tables.answers) == 0


def test_an_item_twice_in_one_file_is_taken_once(protocol, tmp_path):
    rows = changed(protocol, answer="B")
    twice = next(row for row in rows if row["kind"] == "main" and row["advice"])
    path = written(tmp_path / "a.csv", [*rows, twice | {"answer": "A", "finished_at": "2027-01-01T00:00:00Z"}])
    (wrong,) = merge([path], protocol).rejected
    assert wrong.row == len(rows) + 2


@pytest.mark.parametrize("consented", ["0", None])
def test_without_consent_no_answer_is_in_a_table(protocol, tmp_path, consented):
    about, *rest = rows_of(protocol, "p001")
    rows = rest if consented is None else [about | {"consented": consented}, *rest]
    merged = merge([written(tmp_path / "a.csv", rows)], protocol)
    assert merged.tables.answers == [] and merged.tables.questionnaire == []
    assert {wrong.reason for wrong in merged.rejected} == {"no row says that this person consented"}


def test_rows_that_are_missing_are_counted_and_people_of_whom_nothing_came_named(protocol, tmp_path):
    rows = [row for row in rows_of(protocol, "p002") if row["rank"] not in ("3", "4")]
    merged = merge([written(tmp_path / "a.csv", rows)], protocol)
    assert merged.missing == {"p002": 2} and merged.absent == ["p001", "p003", "p004"] and merged.rejected == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no column 'record'"),
        (b"\x89PNG\r\n\x1a\n\x81", "is no text"),
        (b"record,protocol\nabout,1\n", "has no column 'participant'"),
        (('"' + ",".join(COLUMNS) + '"\n').encode(), "has no column 'record'"),
    ],
)
def test_a_file_that_is_none_is_set_aside_whole(protocol, tmp_path, content, reason):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    good = written(tmp_path / "p002.csv", rows_of(protocol, "p002"))
    merged = merge([path, tmp_path / "absent.csv", good], protocol)
    assert [wrong.row for wrong in merged.rejected] == [0, 0] and reason in merged.rejected[0].reason
    assert "does not exist" in merged.rejected[1].reason and len(merged.tables.answers) == len(protocol.plan) // 4


def test_a_row_that_was_cut_is_set_aside_alone(protocol, tmp_path):
    path = written(tmp_path / "a.csv", rows_of(protocol, "p001"))
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([*lines[:5], lines[5][:30], *lines[6:]]), encoding="utf-8")
    merged = merge([path], protocol)
    assert [(wrong.row, "values, expected 22" in wrong.reason) for wrong in merged.rejected] == [(6, True)]


def test_answers_that_are_written_are_taken_as_they_are(tmp_path):
    """A formula in a cell stays a text; blanks at the ends, which a spreadsheet adds, go."""
    table = own_table(tmp_path / "own", [{"id": str(n), "text": "x", "right": "vu", "advice": "vu"} for n in range(4)])
    chosen = {"kind": "read_line", "generated": None, "table": table, "conditions": ["alone"], "items": 4}
    protocol = made_study(
        tmp_path / "study", **chosen, people=1, practice=0, attention=0, confidence="drawn", ask_confidence=False
    )
    rows = [row | {"answer": " =1+1 "} if row["kind"] == "main" else row for row in rows_of(protocol, "p001")]
    rows = [row | {"alone_confidence": ""} for row in rows]
    merged = merge([written(tmp_path / "a.csv", rows)], protocol)
    assert {answer.answer for answer in merged.tables.answers} == {"=1+1"} and merged.rejected == []
