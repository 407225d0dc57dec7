"""A calibration of certificates with all that it was made from, in little: collected lines, models, answers.

Every artifact is made by its stage's own code. Some lines are coded at random, so that there are errors to be found.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from writers import CODES, LABELS, tiny_encoder

from alambic.data.artifact import complete, list_files
from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.settings import Calibrate, Finetune, Predict, Recipe, Task
from alambic.stages.calibrate import run as calibrating
from alambic.stages.finetune import run as finetuning
from alambic.stages.predict import run as predicting

YEARS = ("2018", "2019", "2020")
CERTIFICATES = 1500
WRONG = 0.02  # of the lines
DATA = {"certificates": "certificates", "labels": "labels"}
TASK = Task(
    task="death_certificates",
    data=DATA,
    train_years=["2018"],
    calibration_years=["2019"],
    test_years=["2020"],
    head="label_retrieval",
)
RECIPE = Recipe(batch_size=32, epochs=8, learning_rate=5e-3, max_length=32)


def lines_of(count: int, *, seed: int, years: tuple[str, ...] = YEARS) -> list[dict[str, str]]:
    """Make certificates of one or two lines, few of them with two causes; `codes` are JSON, as collected."""
    draws = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        for line in range(1, 2 + int(draws.integers(2))):
            codes = [str(code) for code in draws.choice(_causes(number), 1 + int(draws.random() < 0.1), replace=False)]
            text = " + ".join(CODES[code][int(draws.random() < 0.7)] for code in codes)
            if draws.random() < WRONG:
                codes = [str(draws.choice(LABELS))]
            rows.append(
                {
                    "certificate": f"{seed}{number:04d}",
                    "line": str(line),
                    "year": years[number % len(years)],
                    "sex": str(1 + number % 2),
                    "text": text,
                    "codes": json.dumps([{"code": code} for code in codes]),
                }
            )
    return rows


def _causes(number: int) -> list[str]:
    """Give the codes among which those of a certificate are: rarely one of the last chapter."""
    return [code for code in LABELS if number % 11 == 0 or not code.startswith("N")]


def clef(rows: list[dict[str, str]], file: Path) -> Path:
    """Write lines as a campaign's CausesBrutes file, with a column that nobody knows."""
    cells = [";".join([row["certificate"], row["year"], row["line"], row["text"], "", "", "x"]) for row in rows]
    file.write_text("\n".join(["DocID;YearCoded;LineID;RawText;IntType;IntValue;Own", *cells]) + "\n", encoding="utf-8")
    return file


class Made:
    """A folder `artifacts`, to which artifacts are added by name."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "artifacts"

    def add(
        self,
        name: str,
        fill: Callable[[Path], Any],
        *,
        settings: Any = None,
        inputs: dict[str, list[Path]] | None = None,
    ) -> Path:
        """Have a folder filled, and write its manifest."""
        stage, _, item = name.partition("/")
        fingerprint = sha256(name.encode()).hexdigest()
        folder = self.root / stage / item / fingerprint[:16]
        folder.mkdir(parents=True)
        fill(folder)
        of = {
            role: [Manifest.read(each / "manifest.json").fingerprint for each in some]
            for role, some in (inputs or {}).items()
        }
        given = {} if settings is None else settings.model_dump(mode="json")
        complete(folder, Manifest(stage, item, fingerprint, given, {}, {}, of, files=list_files(folder)))
        return folder


def make_all(folder: Path) -> Path:
    """Make a dictionary and two seeds of a tiny encoder, their answers, and two calibrations; give the folder."""
    made = Made(folder)
    data = _collect(made)
    base = tiny_encoder(folder / "base")
    tuned = []
    for seed in (1, 2):
        settings = Finetune(model="encoder", task=TASK, recipe=RECIPE, seed=seed)
        inputs = {**data, "model": [base]}
        tuned.append(
            made.add(
                f"finetune/encoder/codes/seed{seed}",
                lambda output, s=settings, i=inputs: finetuning.run(s, Inputs(i), output),
                settings=settings,
                inputs=data,
            )
        )
    names = [f"encoder/codes/seed{seed}" for seed in (1, 2)]
    answers = {
        "encoder": _predict(
            made, "encoder", Predict(finetuned=names, seeds=[1, 2], task=TASK), {**data, "finetuned": tuned}
        ),
        "dictionary": _predict(made, "dictionary", Predict(task=TASK), data),
    }
    for name, systems in (("all", ["encoder", "dictionary"]), ("dictionary", ["dictionary"])):
        of = [answers[system] for system in systems]
        settings = Calibrate(
            predictions=[f"{system}/codes" for system in systems],
            systems=systems,
            task=TASK,
            alphas=[0.02, 0.1, 0.2],
            groups="chapter",
            resamples=10,
        )
        made.add(
            f"calibrate/{name}",
            lambda output, s=settings, i={**data, "predictions": of}: calibrating.run(s, Inputs(i), output),
            settings=settings,
            inputs={**data, "predictions": of},
        )
    return made.root


def _predict(made: Made, name: str, settings: Predict, inputs: dict[str, list[Path]]) -> Path:
    return made.add(
        f"predict/{name}/codes",
        lambda output: predicting.run(settings, Inputs(inputs), output),
        settings=settings,
        inputs=inputs,
    )


def _collect(made: Made) -> dict[str, list[Path]]:
    certificates = (
        Document(
            f"{row['certificate']}/{row['line']}", row["text"], "made", "", "CC0-1.0", metadata={**row, "text": ""}
        )
        for row in lines_of(CERTIFICATES, seed=1)
    )
    labels = (
        Document(f"{code}/{wording}", text, "made", "", "CC0-1.0", metadata={"code": code, "wording": wording})
        for code, texts in CODES.items()
        for wording, text in zip(("long", "short"), texts, strict=True)
    )
    return {
        "certificates": [made.add("collect/certificates", lambda folder: write_documents(certificates, folder))],
        "labels": [made.add("collect/labels", lambda folder: write_documents(labels, folder))],
    }
