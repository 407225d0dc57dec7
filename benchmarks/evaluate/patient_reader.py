"""How often the reader of sex and age is right, on clinical cases that one person read.

python benchmarks/evaluate/patient_reader.py cases.jsonl.gz

The cases are those of E3C (CC BY-NC), a JSON object a line with `id` and `text`; `patient_reader.csv` has what the
opening of 100 of them tells, to a reader who saw what the program had read. They were drawn after the rules were
written from another hundred; the rule for initials ("A.Z. 23 ans") came after. An empty label: the opening tells it
not, or the text is about several patients.
"""

import argparse
import csv
import gzip
import json
from pathlib import Path

from alambic.tasks.patient import read_patient

LABELS = Path(__file__).with_suffix(".csv")


def main() -> None:
    """Print precision and recall of each attribute, and each case that was read otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    with gzip.open(parser.parse_args().cases, "rt", encoding="utf-8") as stream:
        texts = {row["id"]: row["text"] for row in map(json.loads, stream)}
    with LABELS.open(encoding="utf-8", newline="") as stream:
        labels = list(csv.DictReader(stream))
    for attribute in ("sex", "age_class"):
        rows = [
            (row["id"], row[attribute], read_patient(texts[row["id"]]).as_attributes()[attribute]) for row in labels
        ]
        extracted = [each for each in rows if each[2]]
        correct = [each for each in extracted if each[1] == each[2]]
        labelled = [each for each in rows if each[1]]
        print(f"{attribute}: precision {len(correct)}/{len(extracted)}, recall {len(correct)}/{len(labelled)}")
        for name, expected, predicted in rows:
            if expected != predicted:
                print(f"  {name}: '{expected}' read as '{predicted}'")


if __name__ == "__main__":
    main()
