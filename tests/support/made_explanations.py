"""Explanations of tiny models that learnt what decides, as the stage `explain` leaves them."""

import json
from random import Random

import pyarrow.parquet as pq
from toy_tasks import CASES, RECIPE, WORDS, collected, encoder_in, entities

from alambic.data.inputs import Inputs
from alambic.settings import Explain, Finetune
from alambic.settings.explain import target_of
from alambic.stages.explain.run import run
from alambic.stages.finetune.run import run as finetune

METHODS = {
    "gradient_x_input": {},
    "leave_one_out": {},
    "shapley_sampling": {"orders": 2},
    "dictionary": {},
    "nearest_examples": {"nearest": 2},
}
MEASURES = ["comprehensiveness", "sufficiency", "aopc", "deletion", "insertion", "plausibility", "infidelity"]
STABLE = ["sensitivity", "randomised_weights"]
DECIDING = {"coeur": "IX", "rein": "XIV", "hepatite": "XI"}


def texts(folder):
    """Write texts whose chapter one word decides, wherever it stands; the others say nothing of it."""
    draws, rows = Random(0), []
    for n in range(240):
        organ, chapter = [*DECIDING.items()][n % 3]
        words = draws.choices([*WORDS[:4], "avec", "risque"], k=draws.randrange(3, 9))
        words.insert(draws.randrange(len(words) + 1), organ)
        meta = {"code": f"A{n:03d}", "category": f"A{n}", "chapter": chapter, "wording": ("long", "short")[n % 2]}
        rows.append((" ".join(words), meta))
    return {"labels": [collected(folder / "labels", rows)]}


PREPARE = {"sequence_classification": texts, "token_classification": entities}


class Explanations:
    """What the stage wrote of two models, of which one has two seeds."""

    def __init__(self, folder, kind, **changes):
        self.task = CASES[kind][0]
        (folder / "data").mkdir(parents=True)
        inputs = PREPARE[kind](folder / "data")
        models, tuned = [("big", 2, 1), ("small", 1, 1), ("small", 1, 2)], []
        for name, layers, seed in models:
            base = encoder_in(folder / name, layers=layers)
            tuned.append(folder / f"{name}{seed}")
            tuned[-1].mkdir()
            settings = Finetune(
                model=name, task=self.task.as_learnt(), recipe=RECIPE.model_copy(update={"epochs": 12}), seed=seed
            )
            finetune(settings, Inputs({**inputs, "model": [base]}), tuned[-1])
        self.settings = Explain(
            methods=METHODS,
            measures={name: {} for name in [*MEASURES, *STABLE]},
            examples=12,
            resamples=200,
            finetuned=[f"{name}/t/seed{seed}" for name, _, seed in models],
            systems=[name for name, *_ in models],
            seeds=[seed for *_, seed in models],
            targets=[target_of(kind)] * 3,
            task=self.task,
            **changes,
        )
        self.inputs = Inputs({**inputs, "finetuned": tuned})
        self.output = folder / "explained"
        self.output.mkdir()
        self.facts = run(self.settings, self.inputs, self.output)
        self.written = json.loads((self.output / "explanations.json").read_text())

    def table(self, name):
        return pq.read_table(self.output / f"{name}.parquet").to_pylist()

    def measures(self, **wanted):
        return [row for row in self.written["measures"] if all(row[key] == value for key, value in wanted.items())]
