"""Which learning rate each model is fine-tuned at, chosen on texts set apart from the training part.

python benchmarks/finetune/learning_rates.py EXPERIMENT [--rates 1e-4 5e-4] [--tasks icd_chapter] [--models e5]
    [--epochs 8]

Of all models but those of `finetune.task_distillation`. A fifth of the training texts, by the hash of their code or
document, is not trained on but scored; test texts are not read. The experiment's artifacts up to its students must be
there. One seed, the experiment's own batch, and its own epochs unless others are given.
"""

import argparse
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings import Recipe, Task
from alambic.settings.experiment_file import load_experiment
from alambic.stages.finetune.examples import GoldExamples
from alambic.stages.finetune.run import ModelWithHead
from alambic.tasks.examples import TaskData
from alambic.tasks.head import load_head
from alambic.tasks.loading import load_task
from alambic.tasks.sampling import draw
from alambic.training.loop import train

SET_APART, SEED = 0.2, 1


def main() -> None:
    """Print a table: a row per task and model, a column per rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    parser.add_argument("--rates", type=float, nargs="+", default=[5e-5, 1e-4, 2e-4, 5e-4])
    parser.add_argument("--tasks", nargs="+")
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--epochs", type=int)
    given = parser.parse_args()
    plan = Plan(load_experiment(given.experiment))
    finetune = plan.experiment.finetune
    assert finetune is not None
    header = [f"{rate:g}" for rate in given.rates]
    print("| task | metric | model | " + " | ".join(header) + " | the experiment's |")
    print("|---" * (len(header) + 4) + "|")
    for task in given.tasks or plan.experiment.tasks:
        for model in given.models or [one for one in finetune.models if one not in finetune.task_distillation]:
            made = plan[f"finetune/{model}/{task}/seed{finetune.seeds[0]}"]
            settings: Task = made.settings.task
            inputs = Inputs({role: [one.folder for one in found] for role, found in made.inputs.items()})
            data = apart(load_task(settings, inputs))
            recipe = plan.experiment.recipe_of(settings, model)
            recipe = recipe.model_copy(update={"epochs": given.epochs or recipe.epochs})
            scores = [
                score(data, inputs.one("model"), settings, recipe.model_copy(update={"learning_rate": rate}))
                for rate in given.rates
            ]
            shown = " | ".join(f"{value:.3f}" for value in scores)
            print(f"| {task} | {settings.metrics[0]} | {model} | {shown} | {recipe.learning_rate:g} |", flush=True)


def apart(data: TaskData) -> TaskData:
    """Set a share of the training texts apart, in place of the test texts; wordings of one code stay together."""
    chosen = {one.id for one in data.train if draw("apart", one.id.split("/")[0]) < SET_APART}
    train_part = [one for one in data.train if one.id not in chosen]
    return replace(data, train=train_part, test={"apart": [one for one in data.train if one.id in chosen]})


def score(data: TaskData, model: Path, task: Task, recipe: Recipe) -> float:
    """Fine-tune on one part, and score the other by the task's first metric."""
    head = load_head(data.head, data.labels)
    tokenizer, classifier = head.open_preprocessor(model), head.new_model(model, seed=SEED)
    classifier.get_input_embeddings().requires_grad_(recipe.train_embeddings)
    length = head.longest_input(classifier, recipe.max_length)
    gold, collate = GoldExamples(head, tokenizer, data, max_length=length), head.collator(tokenizer)
    learner = ModelWithHead(classifier, head)
    with tempfile.TemporaryDirectory() as folder:
        train(learner, gold, collate, recipe, seed=SEED, output=Path(folder), lengths=gold.lengths)
    (examples,) = data.test.values()
    predictions = head.predict(classifier, tokenizer, examples, max_length=length)
    answers = [prediction.answer for prediction in predictions]
    metric = import_module(f"alambic.stages.evaluate.metrics.{task.metrics[0]}")
    return float(metric.score([example.gold for example in examples], answers).value)


if __name__ == "__main__":
    main()
