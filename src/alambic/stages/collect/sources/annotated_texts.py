"""Texts with marked spans, in the files that annotation tools export, and in CoNLL files.

`format`: `doccano`, `prodigy`, `spacy` and `label_studio` are JSON, one text a line or one list of texts in a file.
`conll` has a word and its tag (IOB1, IOB2 or BIOES) a line; each sentence is a text, and its words are joined with
blanks. `path` is a file or a folder. Annotations travel as brat's standoff, in the metadata; a text that cannot be
read is rejected with its reason. Licence and conditions: what the experiment says. To cite: what the experiment says.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import files_below, pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.annotation_exports.files import as_document, read_conll, read_json

DELIMITERS = {"blank": None, "tab": "\t", "comma": ",", "semicolon": ";"}


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    format: Literal["conll", "doccano", "label_studio", "prodigy", "spacy"],
    name: Annotated[str, Field(min_length=1)] = "annotated_texts",
    delimiter: Literal["blank", "tab", "comma", "semicolon"] = "blank",
    word_column: int = 0,
    tag_column: int = -1,
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield a document per text, in the order of the files' names. Delimiter and columns are those of `conll`."""
    for relative, file in files_below(pinned_folder(path, digest)).items():
        records = (
            read_conll(
                file,
                relative,
                rejections,
                encoding=encoding,
                delimiter=DELIMITERS[delimiter],
                word_column=word_column,
                tag_column=tag_column,
            )
            if format == "conll"
            else read_json(file, relative, rejections, form=format, encoding=encoding)
        )
        for place, record in records:
            rejections.at(place)
            yield as_document(place, record, source=name, licence=licence, language=language)
