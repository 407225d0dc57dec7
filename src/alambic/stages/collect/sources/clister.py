"""CLISTER: pairs of sentences of French clinical cases, with their similarity from 0 to 5.

The folder holds what the authors give to who has the agreement of CAS: `train.csv` and `test.csv` (columns id_1, id_2
and sim, between tabs), `id_to_sentence_train.json` and `id_to_sentence_test.json`. Holds 1,000 pairs: the text is the
first sentence, the column `second` the other one, `score` their similarity; `document` is the case of the first.
`split`: `train` and `dev` as DrBenchmark drew them from the training file, which is `train_file` as a whole; `test`.

Licence and conditions: that of CAS, a data user agreement (https://gitlab.inria.fr/codeine/clister).
To cite: Hiebel et al. 2022, CLISTER: A Corpus for Semantic Textual Similarity in French Clinical Narratives, LREC 2022.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.published_parts import part_of_file
from alambic.stages.collect.single_files import file_in
from alambic.stages.collect.tables import read_rows, read_text
from alambic.stages.collect.values import as_whole_text

LICENCE = "LicenseRef-CAS-ESSAI-DUA"
CUT = 0.8333
REMEDY = "ask the authors for CLISTER (https://gitlab.inria.fr/codeine/clister), and put its files there"


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    split: Literal["train", "dev", "train_file", "test"],
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-CAS-ESSAI-DUA",
) -> Iterator[Document]:
    """Yield one document per pair."""
    folder = pinned_folder(path, digest)
    file = "test" if split == "test" else "train"
    table = file_in(folder, f"{file}.csv", REMEDY)
    sentences = file_in(folder, f"id_to_sentence_{file}.json", REMEDY)
    texts = loads(read_text(sentences, sentences.name))
    rows = list(enumerate(read_rows(table, table.name, delimiter="tab", rejections=rejections), 1))
    for number, row in part_of_file(rows, split, CUT):
        place = f"{table.name}:{number + 1}"
        try:
            document = _document(row, texts, f"{file}/{number}", licence)
        except (KeyError, ValueError, TypeError) as error:
            rejections.add(place, f"no pair of sentences ({error!r:.200})", str(row))
            continue
        rejections.at(place)
        yield document


def _document(row: dict[str, Any], texts: dict[str, str], name: str, licence: str) -> Document:
    sentences = ["_".join(as_whole_text(row[column], "utf-8").split("_")[:2]) for column in ("id_1", "id_2")]
    first, second = (as_whole_text(texts[sentence], "utf-8").strip() for sentence in sentences)
    if not first or not second:
        raise ValueError("an empty sentence")
    score = float(row["sim"])
    metadata = {"second": second, "score": str(score), "document": sentences[0].split("_")[0]}
    return Document(name, first, "clister", "", licence, metadata=metadata)
