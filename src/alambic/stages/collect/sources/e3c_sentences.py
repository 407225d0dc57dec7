"""E3C, sentence by sentence, with the parts that DrBenchmark drew.

Holds, of release 2.0.0 in French: the sentences of `layer1` (81 cases annotated by hand), of `layer2` (168 cases
annotated by programs) or of `layer2_validated`. Clinical entities are learnt from layer 2 (`train`, `dev`) and scored
on the whole of layer 1 (`all`); times and events are learnt and scored on layer 1 (`train`, `dev`, `test`). DrBenchmark
reads the files in the order of its file system, here they are in that of their names: so many sentences are in each
part, not the same ones. An entity that goes on in another sentence is cut. Annotations are in the metadata, in brat's
format.

Licence and conditions: CC BY-NC for the corpus (its README); each text has its own, mostly CC BY 4.0.
Revision: the sha256 of the archive, as of the source `e3c`.
To cite: Magnini et al. 2020, The E3C Project: Collection and Annotation of a Multilingual Corpus of Clinical Cases,
CLiC-it 2020; and the authors of each text.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.archive_members import read_members
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.published_parts import IN_THREE, part
from alambic.stages.collect.xmi import AnnotatedText, Features, as_brat, read_xmi

LICENCE = "CC-BY-NC-4.0"
PLACES = {
    "layer1": "*data_annotation/French/layer1/*.xml",
    "layer2": "*data_annotation/French/layer2/*.xml",
    "layer2_validated": "*data_validation/French/layer2/*.xml",
}
CUTS = {"layer1": IN_THREE, "layer2": (0.8738,), "layer2_validated": (0.8738,)}  # layer 2 has no test part


def fetch(
    rejections: Rejections = STRICT,
    *,
    layer: Literal["layer1", "layer2", "layer2_validated"],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    split: Literal["all", "train", "dev", "test"] = "all",
    url: Annotated[
        str, Field(pattern=r"^https?://")
    ] = "https://github.com/hltfbk/E3C-Corpus/archive/refs/tags/v2.0.0.zip",
    entities: list[str] = ["CLINENTITY"],  # noqa: B006
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-NC-4.0",
) -> Iterator[Document]:
    """Yield one document per sentence, annotated with `entities` (EVENT, ACTOR, BODYPART, TIMEX3, RML...)."""
    if split == "test" and len(CUTS[layer]) == 1:
        raise UserError(f"e3c_sentences: {layer} has no test part: score on layer1, split all")
    archive = bring(url, sha256)
    found: list[tuple[str, Document]] = []
    for member, content in sorted(read_members(archive, PLACES[layer])):
        place = f"{archive.name}/{member}"
        try:
            sentences = list(_sentences(read_xmi(content), f"{layer}/{PurePosixPath(member).stem}", entities))
        except UserError as error:
            rejections.add(place, f"no annotated text of E3C ({error!s:.200}): is it release 2.0.0?")
            continue
        about = {"source": "e3c_sentences", "url": url, "licence": licence}
        found += [(place, Document(id=name, text=text, metadata=m, **about)) for name, text, m in sentences]
    for place, document in part(found, split, CUTS[layer]):
        if reason := unusable(document.text):
            rejections.add(place, reason, document.text)
            continue
        rejections.at(place)
        yield document


def _sentences(annotated: AnnotatedText, name: str, kinds: list[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield each sentence: its name, its text, and its metadata, with the parts of entities that lie in it."""
    for number, sentence in enumerate(annotated.features.get("Sentence", [])):
        begin, end = int(sentence["begin"]), int(sentence["end"])
        inside: dict[str, list[Features]] = {}
        for kind in kinds:
            cut = [_cut(entity, begin, end) for entity in annotated.features.get(kind, [])]
            inside[kind] = [entity for entity in cut if int(entity["begin"]) < int(entity["end"])]
        part_of = AnnotatedText(annotated.text[begin:end], inside)
        annotations = as_brat(part_of, kinds, concept="entityID")
        yield f"{name}/{number}", part_of.text, {"document": name, "annotations": annotations}


def _cut(entity: Features, begin: int, end: int) -> Features:
    places = {edge: min(max(int(entity[edge]), begin), end) - begin for edge in ("begin", "end")}
    return {**entity, **{edge: str(place) for edge, place in places.items()}}
