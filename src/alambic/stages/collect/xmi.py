"""A text and what is annotated in it, out of an XMI file of UIMA, as WebAnno and INCEpTION export them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate

from alambic.errors import UserError
from alambic.stages.collect.elements import local, read_elements

Features = dict[str, str]
DESCRIBED = ("begin", "end")


@dataclass(frozen=True)
class AnnotatedText:
    """A text; its annotations by type, in the order of the file, offsets counted in characters of the text."""

    text: str
    features: dict[str, list[Features]]


def read_xmi(content: bytes) -> AnnotatedText:
    """Read the first view; UserError where there is no text, or where an annotation lies outside it.

    UIMA counts offsets in units of UTF-16, two for a sign such as an emoji; here every sign counts one.
    """
    features: defaultdict[str, list[Features]] = defaultdict(list)
    text = None
    roots = list(read_elements(BytesIO(content), "the XMI file", "XMI"))
    if len(roots) != 1:
        raise UserError(f"it has {len(roots)} elements XMI, expected one")
    root = roots[0]
    for element in root:
        if local(element) == "Sofa" and text is None:
            text = element.get("sofaString")
        features[local(element)].append({name.rpartition("}")[2]: value for name, value in element.attrib.items()})
    if text is None:
        raise UserError("it has no text (no Sofa with a sofaString)")
    places = _characters(text)
    annotations = (feature for of_type in features.values() for feature in of_type if "begin" in feature)
    for annotation in annotations:
        try:
            annotation |= {name: str(places[int(annotation[name])]) for name in DESCRIBED}
        except (KeyError, ValueError) as error:
            raise UserError(f"an annotation lies outside the text, or within a sign: {annotation}") from error
    return AnnotatedText(text, dict(features))


def as_brat(annotated: AnnotatedText, types: Sequence[str], *, concept: str) -> str:
    """Write the annotations of `types` in brat's standoff format, with the feature `concept` as a note."""
    lines = []
    ordered = [(annotation, kind) for kind in types for annotation in annotated.features.get(kind, [])]
    for number, (annotation, kind) in enumerate(sorted(ordered, key=lambda pair: int(pair[0]["begin"])), 1):
        start, end = int(annotation["begin"]), int(annotation["end"])
        mention = " ".join(annotated.text[start:end].split())
        lines.append(f"T{number}\t{kind} {start} {end}\t{mention}\n")
        if annotation.get(concept):
            lines.append(f"#{number}\tAnnotatorNotes T{number}\t{annotation[concept]}\n")
    return "".join(lines)


def _characters(text: str) -> dict[int, int]:
    """Map offsets in units of UTF-16 to offsets in characters, the text's end included."""
    units = accumulate((1 + (ord(sign) > 0xFFFF) for sign in text), initial=0)
    return {unit: index for index, unit in enumerate(units)}
