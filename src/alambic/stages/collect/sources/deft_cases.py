"""The clinical cases of DEFT 2019 and DEFT 2021: texts annotated with entities, and with the patient's profile.

The folder is `DEFT2021-cas-cliniques` as the organisers give it: `DEFT-cas-cliniques/*.txt` with their `.ann` in brat's
format, `distribution-corpus.txt`, which says of each text in which part of which challenge it is, and
`evaluations/ref-train-deft2021.txt` and `ref-test-deft2021.txt`, the profiles. `edition: 2019` annotates age, gender,
outcome and origin; 2021 thirteen types in 275 texts. `task: profiles` gives the axes of MeSH's chapter C of a patient
(column `specialities`, joined by `|`), and no entities. Annotations are in the metadata; `split`: `train` and `dev` as
DrBenchmark drew them from the training texts, which are `train_texts` as a whole, and `test`.

Licence and conditions: the user agreement of the challenge (https://deft.lisn.upsaclay.fr/2021/).
To cite: Grabar et al. 2019, Recherche et extraction d'information dans des cas cliniques, DEFT 2019, 7-16; Grouin,
Grabar and Illouz 2021, Classification de cas cliniques et évaluation automatique de réponses d'étudiants, DEFT 2021.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import files_below, pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.plugins import Place
from alambic.stages.collect.annotated import decoded
from alambic.stages.collect.published_parts import part_of_file
from alambic.stages.collect.single_files import file_in
from alambic.stages.collect.tables import read_text

LICENCE = "LicenseRef-DEFT"
REMEDY = "ask the organisers for the data (https://deft.lisn.upsaclay.fr/2021/), and put their folder there"
DISTRIBUTION = "distribution-corpus.txt"
COLUMNS = {2019: 1, 2021: 3}  # of the distribution, from 0
ENTITIES = {
    2019: ("age", "genre", "issue", "origine"),
    2021: (
        "anatomie", "date", "dose", "duree", "examen", "frequence", "mode", "moment", "pathologie", "sosy",
        "substance", "traitement", "valeur",
    ),
}  # fmt: skip
CUTS = {(2019, "entities"): 0.7096, (2021, "entities"): 0.73, (2021, "profiles"): 0.7096}


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    edition: Literal[2019, 2021],
    split: Literal["train", "dev", "train_texts", "test"],
    task: Literal["entities", "profiles"] = "entities",
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-DEFT",
) -> Iterator[Document]:
    """Yield one document per clinical case."""
    if (edition, task) not in CUTS:
        raise UserError(f"deft_cases: the profiles are those of 2021, and edition is {edition}")
    folder = pinned_folder(path, digest)
    side = "test" if split == "test" else "train"
    names = _names(file_in(folder, DISTRIBUTION, REMEDY), f"{side} {edition}", COLUMNS[edition], rejections)
    files = {Path(name).name: found for name, found in files_below(folder).items()}
    profiles = _profiles(file_in(folder, f"ref-{side}-deft2021.txt", REMEDY)) if task == "profiles" else {}
    for name in part_of_file(names, split, CUTS[edition, task]):
        stem = name.removesuffix(".txt")
        text, marks = files.get(name), files.get(f"{stem}.ann")
        if text is None or marks is None:
            rejections.add(name, f"{DISTRIBUTION} names it, and the folder lacks its .txt or its .ann")
            continue
        content = decoded(text.read_bytes(), marks.read_bytes(), name, rejections)
        if content is None:
            continue
        if task == "profiles" and f"{stem}.ann" not in profiles:
            rejections.add(name, "no profile in the files of `evaluations`")
            continue
        metadata = (
            {"specialities": "|".join(profiles[f"{stem}.ann"])}
            if task == "profiles"
            else {"annotations": only(content[1], ENTITIES[edition])}
        )
        yield Document(stem, content[0], "deft_cases", "", licence, metadata={**metadata, "document": stem})


def only(annotations: str, labels: Sequence[str]) -> str:
    """Keep the entities of brat's format that have one of `labels`, and nothing about the others."""
    return "".join(
        f"{line}\n"
        for line in annotations.split("\n")
        if line.startswith("T") and line.split("\t")[1].partition(" ")[0] in labels
    )


def _names(file: Path, wanted: str, column: int, rejections: Rejections) -> list[str]:
    """List the texts of a part, in the order of the distribution: name, 2019, 2020, 2021, between tabs."""
    names = []
    for number, line in enumerate(read_text(file, file.name).split("\n"), 1):
        cells = line.strip().split("\t")
        if len(cells) != 4:
            if line.strip() and ".txt" in cells[0]:
                rejections.add(f"{file.name}:{number}", f"{len(cells)} columns, expected 4", line)
            continue
        if cells[column] == wanted:
            names.append(cells[0])
    if not names:
        raise UserError(f"{file} has no text of '{wanted}' in column {column + 1}: {REMEDY}")
    return names


def _profiles(file: Path) -> dict[str, list[str]]:
    """Read the axes of each text, in the order of the file, each once: name.ann, axis, mention, between tabs."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in read_text(file, file.name).split("\n"):
        cells = line.strip().split("\t")
        if len(cells) == 3:
            found[cells[0]][cells[1]] = None
    return {name: list(axes) for name, axes in found.items()}
