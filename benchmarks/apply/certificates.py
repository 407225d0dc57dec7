"""What it takes to code a year of death certificates: processor time of one thread, by system.

python benchmarks/apply/certificates.py ARTIFACT... [--calibration ITEM] [--certificates 3000] [--explain]
python benchmarks/apply/certificates.py --wordings 300000

Each ARTIFACT is what `apply` takes: finetune/encoder/TASK/seed1, predict/dictionary/TASK. With --calibration they are
systems of it, and the time is that of decisions too. The file is a year of synthetic certificates, two or three lines
each, of which as many come again as in the years of that source; real ones repeat more. Counted apart are what is done
once (opening, learning the dictionary), what a process does that codes, and what the first process alone does: reading
the file twice, deciding, writing. Hours are those of 650,000 certificates on eight cores: the greater of an eighth of
all, and of what one process alone does. Encoders are also measured with linear layers of eight bits (torch's dynamic
quantisation); the last column says how many lines keep their codes. With --wordings it is measured what it takes to
compare a text with that many training texts, made of the words of the table.
"""

import argparse
import csv
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import torch

from alambic.commands.apply.certificates import run, systems
from alambic.commands.apply.certificates.coder import Coder
from alambic.data.certificate_files import CLEF, SEPARATOR
from alambic.data.documents import Document
from alambic.data.rejected import Rejections
from alambic.runtime.processor import cpu_flags, cpu_name
from alambic.stages.calibrate.nearest_wordings import NearestWordings
from alambic.stages.collect.sources import icd10_fr, synthetic_certificates
from alambic.tasks.words import fold

YEAR, CORES = 650_000, 8
NEW = 400  # texts that are compared with training texts
YEARS = 6  # of the source: the last one has wordings that the first ones have not
COLUMNS = ("certificate", "year", "line", "text", "interval_type", "interval")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", nargs="*")
    parser.add_argument("--wordings", type=int, default=0)
    parser.add_argument("--calibration", default="")
    parser.add_argument("--certificates", type=int, default=3000)
    parser.add_argument("--explain", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.wordings:
        compare(given.wordings)
    if given.artifacts:
        code(given)


def code(given: argparse.Namespace) -> None:
    """Print what each system takes."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "year.csv"
        lines, texts = write_year(file, given.certificates)
        print(f"{given.certificates} certificates, {lines} lines, {texts} texts that differ")
        print(f"one thread of {cpu_name()} ({', '.join(cpu_flags())})\n")
        print("| | ms of a core per certificate | coding, per text | the first process alone | hours | same codes |")
        print("|---|---|---|---|---|---|")
        for artifact in given.artifacts:
            how = run.Coding({}, calibration=given.calibration, explain=given.explain, threads=1)
            codes = report(artifact, file, how, given.certificates, texts)
            if artifact.startswith("finetune") and not given.calibration:
                with patch.object(systems, "Answerer", eight_bits):
                    report(artifact, file, how, given.certificates, texts, name=f"{artifact}, int8", before=codes)


def compare(number: int) -> None:
    """Print what comparing new texts with many training texts takes."""
    labels = [document.text.split() for document in icd10_fr.fetch(Rejections(), external_causes=1_000_000)]
    draws = Random(0)
    training = [_made(labels, draws) for _ in range(number)]
    started = time.process_time()
    wordings = NearestWordings(training)
    print(f"{len(wordings.wordings)} training wordings, learnt in {time.process_time() - started:.1f} s")
    texts = [text for text in (_made(labels, draws) for _ in range(NEW)) if fold(text) not in wordings.places]
    for name, ask in (("nearest", wordings.similarity), ("most alike", partial(wordings.most_alike, number=3))):
        started = time.process_time()
        ask(texts)
        print(f"{name}: {1000 * (time.process_time() - started) / len(texts):.1f} ms per new text")


def _made(labels: list[list[str]], draws: Random) -> str:
    """Put parts of two labels together."""
    first, second = draws.choice(labels), draws.choice(labels)
    return " ".join(first[: draws.randint(2, 6)] + second[: draws.randint(0, 3)])


def write_year(file: Path, certificates: int) -> tuple[int, int]:
    """Write a year that no model learnt from; count its lines, and the texts that differ."""
    made = synthetic_certificates.fetch(certificates=certificates, years=YEARS, seed=1)
    documents = (document for document in made if document.date == str(2018 + YEARS - 1))
    texts: list[str] = []
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write(SEPARATOR.join(CLEF[column] for column in COLUMNS) + "\n")
        for document in documents:
            texts.append(document.text.strip())
            stream.write(SEPARATOR.join(_cells(document)) + "\n")
    return len(texts), len(set(texts))


def _cells(document: Document) -> Iterator[str]:
    for column in COLUMNS:
        yield document.text.replace(SEPARATOR, ",") if column == "text" else document.metadata.get(column, "")


def report(
    artifact: str,
    file: Path,
    how: run.Coding,
    certificates: int,
    texts: int,
    *,
    name: str = "",
    before: list[str] | None = None,
) -> list[str]:
    """Code the file, and print what it took; give the codes of each line."""
    seconds = {"opening": 0.0, "coding": 0.0}
    output = file.with_name("out.csv")
    prepare = systems.Chosen.prepare

    def prepared(self: systems.Chosen, **options: Any) -> Callable[[], Coder]:
        with _timed(seconds, "opening"):
            make = prepare(self, **options)
        return lambda: _opened(make, seconds)

    started = time.process_time()
    with (
        patch.object(systems.Chosen, "prepare", prepared),
        patch.object(run, "choose_systems", _wrapped(run.choose_systems, seconds, "opening")),
        patch.object(Coder, "code", _wrapped(Coder.code, seconds, "coding")),
        patch.object(Coder, "explain", _wrapped(Coder.explain, seconds, "coding")),
    ):
        run.code_certificates(artifact, file, how, output=output)
    whole = time.process_time() - started - seconds["opening"]
    alone = whole - seconds["coding"]
    per = 1000 / certificates
    hours = YEAR / certificates * max(whole / CORES, alone) / 3600
    codes = codes_of(output)
    same = "" if before is None else f"{sum(map(str.__eq__, codes, before)) / len(codes):.1%}"
    print(
        f"| {name or artifact} | {whole * per:.1f} | {1000 * seconds['coding'] / texts:.1f} | {alone * per:.2f} | "
        f"{hours:.2f} | {same} |",
        flush=True,
    )
    return codes


def _opened(make: Callable[[], Coder], seconds: dict[str, float]) -> Coder:
    """Open the systems, and have them code a first batch: what is done once is not of a certificate."""
    with _timed(seconds, "opening"):
        coder = make()
        Coder.code.unmeasured(coder, ["insuffisance cardiaque", "AVC"])  # type: ignore[attr-defined]
    return coder


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.process_time()
    yield
    seconds[name] += time.process_time() - started


def _wrapped(function: Callable[..., Any], seconds: dict[str, float], name: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        with _timed(seconds, name):
            return function(*arguments, **options)

    wrapped.unmeasured = function  # type: ignore[attr-defined]
    return wrapped


def codes_of(output: Path) -> list[str]:
    """Read the codes of each line."""
    with output.open(encoding="utf-8", newline="") as stream:
        return [row["codes"] for row in csv.DictReader(stream, delimiter=SEPARATOR)]


def eight_bits(folder: Path, **options: Any) -> Any:
    """Open a model whose linear layers have weights of eight bits."""
    from alambic.commands.apply.answers import Answerer

    answerer = Answerer(folder, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that another package will do it
        answerer.model = torch.ao.quantization.quantize_dynamic(answerer.model, {torch.nn.Linear}, torch.qint8)
    return answerer


if __name__ == "__main__":
    main()
