"""How long `apply` takes beside the pipeline of transformers: the same model, the same texts, one core, in one process.

python benchmarks/apply/against_pipeline.py MODEL FILE [--texts 400] [--rounds 5]

MODEL is a fine-tuned model (artifacts/finetune/...), FILE holds texts as `apply` reads them (.txt: a text a line).
Texts that come twice are left out, as `apply` would answer them once, and so are those beyond one window, which the
pipeline does not read whole. All take turns; times are the processor's, of answering alone: models are open, and a
first batch is not timed. The pipeline is asked in its own way, one text at a time, and in batches; `apply` by torch, by
ONNX Runtime, and by its int8 form. The last column says how many of the texts have the answer that the pipeline gives.
"""

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import pipeline

from alambic.commands.apply.answers import Answerer, find_model
from alambic.commands.apply.texts import Reading, files_of, read_texts
from alambic.data.documents import Document
from alambic.data.rejected import Rejections
from alambic.models.onnx_export import export
from alambic.models.opening import open_config
from alambic.runtime.processor import cpu_flags, cpu_name
from alambic.stages.speed.in_turn import take_turns
from alambic.tasks.head import READS, saved_head

BATCHES = (1, 8, 32)  # of the pipeline
ENGINES = ("torch", "onnx", "int8")
WORD = re.compile(r"\w+|[^\w\s]")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("file")
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "model"
        shutil.copytree(find_model(given.model), folder)
        head = saved_head(folder)
        export(head.open_model(folder), folder)
        documents = texts(given.file, folder, given.texts)
        models: dict[str, Callable[[], Any]] = {
            f"pipeline, batches of {size}": partial(Pipeline, folder, size) for size in BATCHES
        }
        models |= {f"apply, {engine}": partial(Applied, folder, engine) for engine in ENGINES}
        seconds = take_turns(models, documents, rounds=given.rounds)  # type: ignore[arg-type]
        answers = {name: opened().predict(documents) for name, opened in models.items()}
    report(documents, seconds, answers)


def report(documents: Sequence[Document], seconds: dict[str, list[float]], answers: dict[str, list[Any]]) -> None:
    """Print words per second of each, with the slowest and the quickest round, and ratios within rounds."""
    words = [len(document.text.split()) for document in documents]
    print(
        f"{len(documents)} texts of {median(words):.0f} words in the median, {max(words)} at most; {sum(words)} words"
    )
    print(f"one thread of {cpu_name()} ({', '.join(cpu_flags())}); {len(next(iter(seconds.values())))} rounds\n")
    first, best = (
        f"pipeline, batches of {BATCHES[0]}",
        min((name for name in seconds if name.startswith("pipeline")), key=lambda name: median(seconds[name])),
    )
    print(f"| | words/s | times `{first}` | times `{best}` | same answers |")
    print("|---|---|---|---|---|")
    for name, spent in seconds.items():
        ratios = [
            spread([a / b for a, b in zip(seconds[other], spent, strict=True)], "{:.2f}") for other in (first, best)
        ]
        same = sum(one == other for one, other in zip(answers[first], answers[name], strict=True)) / len(documents)
        speed = spread([sum(words) / each for each in spent], "{:.0f}")
        print(f"| {name} | {speed} | {ratios[0]} | {ratios[1]} | {same:.1%} |")


def spread(values: Iterable[float], form: str) -> str:
    """Write the median, and in brackets the least and the most."""
    ordered = sorted(values)
    least, most = form.format(ordered[0]), form.format(ordered[-1])
    return f"{form.format(median(ordered))} [{least}, {most}]"


def texts(name: str, folder: Path, most: int) -> list[Document]:
    """Read different texts of one window each."""
    head = saved_head(folder)
    tokenizer = head.open_preprocessor(folder)
    seen: set[str] = set()

    def wanted(document: Document) -> bool:
        new = document.text not in seen and 3 <= len(tokenizer(document.text).input_ids) <= tokenizer.model_max_length
        seen.add(document.text)
        return new

    read = read_texts(files_of([name]), Reading(by_line=True), Rejections(most=1.0))
    return list(islice(filter(wanted, read), most))


class Applied:
    """`apply`, without its files."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.answerer = Answerer(folder, engine=engine)

    def predict(self, documents: Sequence[Document]) -> list[Any]:
        """Answer each text; what an earlier round answered is forgotten."""
        self.answerer.remembered.clear()
        return [_plain(answer) for _, answer in self.answerer.answer_all(documents)]


def _plain(answer: dict[str, Any]) -> list[Any]:
    if "labels" in answer:
        return sorted(each["label"] for each in answer["labels"])
    return [(each["start"], each["end"], each["label"]) for each in answer["entities"]]


class Pipeline:
    """The pipeline, as the card of a fine-tuned model says that it is called."""

    def __init__(self, folder: Path, size: int) -> None:
        reads = dict(open_config(folder).to_dict()[READS])
        self.task, self.size, self.threshold = reads["pipeline"], size, reads.get("threshold")
        told = ("pipeline", "text", "unicode", "max_length", "overlap", "threshold")
        self.options = {name: value for name, value in reads.items() if name not in told}
        self.pipe = pipeline(self.task, str(folder), device="cpu")

    def predict(self, documents: Sequence[Document]) -> list[Any]:
        """Answer each text."""
        given = self.pipe([document.text for document in documents], batch_size=self.size, **self.options)
        return [self._answer(document.text, answer) for document, answer in zip(documents, given, strict=True)]

    def _answer(self, text: str, answer: Any) -> list[Any]:
        if self.task == "token-classification":
            words = [word.span() for word in WORD.finditer(text)]
            entities = []
            for entity in answer:
                touched = [(a, b) for a, b in words if a < entity["end"] and b > entity["start"]]
                if touched:
                    entities.append((touched[0][0], touched[-1][1], entity["entity_group"]))
            return entities
        if self.threshold is None:
            return [answer["label"]]
        return sorted(each["label"] for each in answer if each["score"] > self.threshold) or [answer[0]["label"]]


if __name__ == "__main__":
    main()
