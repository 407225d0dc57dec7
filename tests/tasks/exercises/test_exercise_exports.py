"""Files for Moodle and for spreadsheets: read back by readers that follow the formats, the exercises are the same."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.tasks.exercises.csv_table import write_csv
from alambic.tasks.exercises.exercise import Answer, MultipleChoice, OpenQuestion, one_line
from alambic.tasks.exercises.gift import write_gift
from alambic.tasks.exercises.moodle_xml import write_moodle_xml

SIGNS = r"a{b}~c=d#e:f\g->h %50%[html]<b>&amp;]]>\n*\*//$CATEGORY: é « » ’"
HARD = MultipleChoice(
    question=f"[plain]{SIGNS}",
    answers=(
        Answer(text=f"%50%{SIGNS}", right=False),
        Answer(text=f"[html]{SIGNS}", right=True),
        Answer(text="=", right=False),
    ),
)
SEVERAL = MultipleChoice(
    question="Lesquels ?",
    answers=tuple(Answer(text=f"%{n}%", right=n < 3) for n in range(5)),
)
SHORT = OpenQuestion(question="Combien ?", accepted=("5 * 2", "%100% \\*", "T"))
PAIR = OpenQuestion(question="Quoi ?", accepted=("a -> b",))
LONG = OpenQuestion(question="Pourquoi ?", accepted=("Parce que " * 10 + "voilà",))
ALL = [("1 : un", HARD), ("2", SEVERAL), ("3", SHORT), ("4", PAIR), ("5", LONG)]
PLACEHOLDERS = {"\\:": "\1", "\\#": "\2", "\\=": "\3", "\\{": "\4", "\\}": "\5", "\\~": "\6", "\\\\": "\7"}


def read_gift(text: str) -> list[dict]:
    """Read GIFT as its documentation has it: escapes first, then the name, the answers in braces, weights, formats."""
    return [_gift_question(block) for block in re.split(r"\n\s*\n", text) if not block.startswith("$CATEGORY")]


def _gift_question(block: str) -> dict:
    comments = [line.removeprefix("// ") for line in block.splitlines() if line.startswith("//")]
    block = "\n".join(line for line in block.splitlines() if not line.startswith("//"))
    text = re.sub(r"\\[:#={}~\\]", lambda match: PLACEHOLDERS[match.group()], block.strip())
    name, text = re.fullmatch(r"::(.*?)::(.*)", text, re.DOTALL).groups()
    question, inside = re.fullmatch(r"([^{]*)\{([^}]*)\}", text, re.DOTALL).groups()
    inside, _, feedback = inside.partition("####")
    found = {
        "name": _gift_text(name, formats=False),
        "question": _gift_text(question),
        "feedback": _gift_text(feedback),
        "comments": comments,
    }
    inside = inside.strip()
    assert "->" not in inside or "~" in inside, "a pair to be matched"
    marks = [part.strip() for part in re.split(r"(?=[~=])", inside) if part.strip()]
    answers = []
    for part in marks:
        weight = re.match(r"%-*[0-9]{1,2}\.?[0-9]*%", part[1:]) if part[0] == "~" or "~" not in inside else None
        share = float(weight.group()[1:-1]) if weight else 100.0 if part[0] == "=" else 0.0
        answers.append((_gift_text(part[1 + (weight.end() if weight else 0) :]), share))
    return {**found, "answers": answers, "single": "~" not in inside or any(part[0] == "=" for part in marks)}


def _gift_text(text: str, *, formats: bool = True) -> str:
    text = text.strip()
    if formats and (match := re.match(r"\[(html|plain|moodle|markdown)\]", text)):
        text = text[match.end() :]
    for escaped, placeholder in PLACEHOLDERS.items():
        text = text.replace(placeholder, escaped[1])
    return text.strip()


def read_moodle(text: str) -> list[dict]:
    found = []
    for question in ElementTree.fromstring(text.encode()).iter("question"):
        if question.get("type") == "category":
            continue
        assert question.find("questiontext").get("format") == "plain_text"
        found.append(
            {
                "type": question.get("type"),
                "name": question.findtext("name/text"),
                "question": question.findtext("questiontext/text"),
                "answers": [(each.findtext("text"), float(each.get("fraction"))) for each in question.iter("answer")],
                "single": question.findtext("single"),
                "graded_by": question.findtext("graderinfo/text"),
            }
        )
    return found


def test_gift_is_read_back():
    hard, several, short, pair, long = read_gift(write_gift(ALL, category="Pharmacie/1"))
    assert (hard["name"], hard["question"], hard["single"]) == ("1 : un", HARD.question, True)
    assert hard["answers"] == [(a.text, 100.0 * a.right) for a in HARD.answers]
    assert not several["single"]
    assert several["answers"] == [(f"%{n}%", pytest.approx(100 / 3 if n < 3 else -50, abs=1e-4)) for n in range(5)]
    assert short["answers"] == [("5 \\* 2", 100), ("%100% \\\\*", 100), ("T", 100)], "an asterisk is one, not anything"
    for essay, of in ((pair, PAIR), (long, LONG)):
        assert essay["answers"] == [] and essay["feedback"] == "" and essay["comments"] == [of.accepted[0]]


def test_moodle_xml_is_read_back():
    hard, several, short, pair, long = read_moodle(write_moodle_xml(ALL, category="Pharmacie/1"))
    assert (hard["type"], hard["name"], hard["question"]) == ("multichoice", "1 : un", HARD.question)
    assert hard["answers"] == [(a.text, 100.0 * a.right) for a in HARD.answers] and hard["single"] == "true"
    assert [share for _, share in several["answers"]] == [33.33333, 33.33333, 33.33333, -50, -50]
    assert several["single"] == "false"
    assert short["type"] == "shortanswer" and short["answers"][0] == ("5 \\* 2", 100)
    assert (long["type"], long["graded_by"]) == ("essay", LONG.accepted[0]) and pair["type"] == "essay"


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)"])
def test_no_cell_of_the_table_is_a_formula(text):
    exercise = MultipleChoice(question=text, answers=(Answer(text=text, right=True), Answer(text="b", right=False)))
    _, row = csv.reader(write_csv([(text, exercise)]).splitlines())
    assert row == [f"'{text}", "multiple_choice", f"'{text}", "a", f"'{text}", "b"]


def test_a_category_with_a_slash_is_one_category():
    category = ElementTree.fromstring(write_moodle_xml(ALL, category="A/B").encode()).findtext(".//category/text")
    assert category == "$course$/top/A//B" and write_gift(ALL, category="A/B").startswith(f"$CATEGORY: {category}\n\n")


TEXTS = st.text(st.sampled_from("ab é{}~=#:\\%5[]<>&*'\"/$-"), min_size=1, max_size=20).map(one_line).filter(bool)


@given(TEXTS, st.lists(TEXTS, min_size=2, max_size=5, unique_by=str.casefold), st.integers(1, 4))
def test_any_question_is_read_back_from_both(question, texts, right):
    exercise = MultipleChoice(
        question=question,
        answers=tuple(Answer(text=text, right=n < min(right, len(texts) - 1)) for n, text in enumerate(texts)),
    )
    for (found,) in (read_gift(write_gift([("n", exercise)])), read_moodle(write_moodle_xml([("n", exercise)]))):
        assert found["question"] == question
        assert [text for text, _ in found["answers"]] == texts
        assert [share > 0 for _, share in found["answers"]] == [answer.right for answer in exercise.answers]


@pytest.mark.parametrize("right", range(1, 10))
def test_right_answers_make_the_whole_mark_and_all_ticked_make_nothing(right):
    answers = tuple(Answer(text=str(n), right=n < right) for n in range(10))
    (found,) = read_moodle(write_moodle_xml([("n", MultipleChoice(question="a", answers=answers))]))
    shares = [share for _, share in found["answers"]]
    assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=1e-4)
    assert right == 1 or sum(shares) == pytest.approx(0, abs=1e-4)


def test_the_table_has_a_column_for_each_answer():
    rows = list(csv.DictReader(io.StringIO(write_csv(ALL))))
    assert [row["right"] for row in rows] == ["b", "a|b|c", "a|b|c", "a", "a"]
    assert rows[0]["answer_a"] == HARD.answers[0].text and rows[0]["answer_e"] == "" and rows[1]["answer_e"] == "%4%"
    assert [row["kind"] for row in rows] == ["multiple_choice", "multiple_choice", "open", "open", "open"]
