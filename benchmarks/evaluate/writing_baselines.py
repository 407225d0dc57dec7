"""What needs no model is worth at writing: the dictionary of wordings, and first sentences beside authors' summaries.

python benchmarks/evaluate/writing_baselines.py [--abstracts train.tsv dev.tsv] [--texts 2000]

Collects icd10_fr and atc_drugs. `--abstracts` are files of MORFITT: of each abstract with a labelled conclusion, the
conclusion and the first sentence are scored without a reference; what is found in the conclusions is what authors do,
and what the lists, the numbers and the rule of denials get wrong.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from alambic.data.documents import Document, write_documents
from alambic.stages.collect.sources import atc_drugs, icd10_fr
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.statistics.bootstrap import digest_of, interval, resample, sum_by_unit
from alambic.tasks.baseline import fit_baseline
from alambic.tasks.datasets import normalised_wordings, summaries
from alambic.tasks.examples import Example, TaskData

RESAMPLES = 1000
OF_WORDINGS = ("exact_match", "written_exact_match", "chrf", "code_recovered")
OF_SUMMARIES = (
    *("rouge_l", "chrf", "entities_kept", "entities_invented", "drugs_invented", "numbers_invented"),
    *("negations_contradicted", "copied_share", "longest_copied_share", "empty_share"),
)


def scored(metric: str, examples: Sequence[Example], texts: Sequence[str], data: TaskData) -> str:
    """Give a value and its interval as a cell."""
    module = import_module(f"alambic.stages.evaluate.metrics.{metric}")
    sources = Sources(examples, data.train, label_texts=data.label_texts)
    further = (sources,) if getattr(module, "READS", "answers") == "sources" else ()
    score = module.score([example.gold for example in examples], texts, *further)
    units = [example.unit for example in examples]
    digest = digest_of([example.id for example in examples], units)
    counts = [sum_by_unit(score.counts, units)]
    low, high = interval(resample(counts, module.combine, resamples=RESAMPLES, digest=digest)[0], confidence=0.95)
    return f"{score.value:.3f} [{low:.3f}, {high:.3f}]"


def table(
    metrics: Sequence[str], systems: dict[str, Sequence[str]], examples: Sequence[Example], data: TaskData
) -> None:
    """Print a row per system."""
    print("| | " + " | ".join(metrics) + " |\n|" + "---|" * (len(metrics) + 1))
    for name, texts in systems.items():
        print(
            f"| {name} | " + " | ".join(scored(metric, examples, texts, data) for metric in metrics) + " |", flush=True
        )


def collected(folder: Path, documents: Iterable[Document]) -> Path:
    """Write documents as a collected source has them."""
    folder.mkdir()
    write_documents(documents, folder)
    return folder


def abstracts(files: Sequence[Path]) -> Iterable[Document]:
    """Read MORFITT's files."""
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                yield Document(row["identifier"], row["abstract"].strip(), "morfitt", "", "CC-BY-SA-4.0")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abstracts", nargs="*", type=Path, default=[])
    parser.add_argument("--texts", type=int, default=2000, help="test wordings")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        icd10 = collected(Path(place) / "icd10", icd10_fr.fetch())
        data = normalised_wordings.load(icd10, test_limit=arguments.texts)
        examples, started = data.test["test"], time.process_time()
        dictionary = fit_baseline("wording_dictionary", data.train).predict(examples)
        seconds = time.process_time() - started
        print(f"{len(data.train)} pairs to learn from, {len(examples)} to score; the dictionary takes {seconds:.1f} s")
        wordings = {"the abbreviated label": [e.text for e in examples], "the dictionary": [str(t) for t in dictionary]}
        table(OF_WORDINGS, wordings, examples, data)
        if arguments.abstracts:
            texts = collected(Path(place) / "abstracts", abstracts(arguments.abstracts))
            drugs = collected(Path(place) / "drugs", atc_drugs.fetch())
            data = summaries.load(texts, drugs, icd10, summary="conclusion", test_share=0.5)
            examples = [*data.train, *data.test["test"]]
            print(f"{len(examples)} abstracts with a conclusion; left out: {data.facts}")
            first = [str(text) for text in fit_baseline("first_sentence", []).predict(examples)]
            written = {"the authors' conclusion": [str(e.gold) for e in examples], "the first sentence": first}
            table(OF_SUMMARIES, written, examples, data)


if __name__ == "__main__":
    main()
