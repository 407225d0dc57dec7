"""What many documents repeat goes, what is theirs stays."""

from pathlib import Path

from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st
from one_step import take_through

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Clean
from alambic.stages.clean.run import run
from alambic.stages.clean.steps.boilerplate import step

NOTICE = "Veuillez lire attentivement cette notice. "


def document(number: int, text: str) -> Document:
    return Document(str(number), text, "leaflets", "", "CC0-1.0")


def test_repeated_sentences_go_from_every_document_and_the_rest_stays(tmp_path: Path):
    (tmp_path / "source").mkdir(), (tmp_path / "out").mkdir()
    own = [f"Le médicament numéro {n} traite la maladie numéro {n}." for n in range(30)]
    texts = [
        f"{NOTICE if n % 2 else NOTICE.upper()}{one}\nVoir rubrique 4.\nNe pas avaler." for n, one in enumerate(own)
    ]
    documents = [document(n, text) for n, text in enumerate([*texts, NOTICE, "Ne pas avaler. Jamais de la vie."])]
    write_documents(documents, tmp_path / "source")
    settings = Clean(sources=["s"], steps={"boilerplate": {}}, held_out=0.0)
    facts = run(settings, Inputs(sources=[tmp_path / "source"]), tmp_path / "out")
    kept = [one.text for one in read_documents(tmp_path / "out", part="train")]
    assert kept == [*own, "Jamais de la vie."]
    dropped = facts["funnel"]["leaflets"]["dropped"]
    assert dropped == {"boilerplate: nothing but what many documents repeat": 1}


@fuzz
@given(st.text(max_size=80))
def test_what_is_not_repeated_comes_back_as_it_was(text: str):
    (result,) = take_through(step(), [document(1, text)])
    assert isinstance(result, Document) and result.text == text


def test_a_sentence_counts_once_a_document():
    found = [document(1, NOTICE * 5), document(2, NOTICE), document(3, "Toux.")]
    assert take_through(step(most_documents=2), found) == found
    gone = take_through(step(most_documents=1), found)
    assert gone == ["nothing but what many documents repeat"] * 2 + found[2:]
