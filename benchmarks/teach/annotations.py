"""How good a causal teacher's labels are: python benchmarks/teach/annotations.py LABELS TEACHER [--each 15].

LABELS is a collected icd10_fr (artifacts/collect/...), TEACHER a causal model's folder; where it is not there, SmolLM2
is brought into it. As many full wordings of each of six chapters are annotated in each way of scoring; a model that
knows nothing is right in one of six.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from scipy.stats import binomtest

from alambic.data.documents import Document, read_documents
from alambic.stages.teach.signals.annotations import capture
from alambic.tasks.sampling import draw

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from smollm2 import fetch_smollm2

CHAPTERS = {
    "I": "une infection",
    "II": "une tumeur",
    "IX": "une maladie du cœur ou des vaisseaux",
    "X": "une maladie respiratoire",
    "XI": "une maladie digestive",
    "XIII": "une maladie des os ou des muscles",
}
PROMPT = "Diagnostic : {text}\nC'est"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--each", type=int, default=15)
    given = parser.parse_args()
    documents = chosen(given.labels, given.each)
    print(f"{len(documents)} wordings\n")
    print("| by | right | 95 % | labels given | ms of processor a text |\n|---|---|---|---|---|")
    for by in ("sum", "characters", "prior"):
        annotate = capture(fetch_smollm2(given.teacher), labels=CHAPTERS, prompt=PROMPT, by=by)
        begun = time.process_time()
        table = annotate(documents)
        spent = 1000 * (time.process_time() - begun) / len(documents)
        names = json.loads(table.schema.metadata[b"labels"])
        said = [names[max(range(len(names)), key=row["scores"].__getitem__)] for row in table.to_pylist()]
        right = sum(one == document.metadata["chapter"] for one, document in zip(said, documents, strict=True))
        found = binomtest(right, len(documents)).proportion_ci(method="wilson")
        share = right / len(documents)
        print(
            f"| {by} | {share:.3f} | [{found.low:.3f}, {found.high:.3f}] | {len(set(said))} | {spent:.0f} |", flush=True
        )


def chosen(labels: Path, each: int) -> list[Document]:
    """Draw as many full wordings of each chapter, by the hash of their ids."""
    long = [document for document in read_documents(labels) if document.metadata["wording"] == "long"]
    drawn = sorted(long, key=lambda document: draw(0, document.id))
    of = {chapter: [one for one in drawn if one.metadata["chapter"] == chapter][:each] for chapter in CHAPTERS}
    return [document for some in of.values() for document in some]


if __name__ == "__main__":
    main()
