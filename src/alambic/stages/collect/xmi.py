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
    (root,) = read_elements(BytesIO(content), "the XMI file", "XMI")
    for element in root:
        if local(element) == "Sofa" and text is None:
            text = element.get("sofaString")
        features[local(element)].append({name.rpartition("}")[2]: value for name, value in element.attrib.items()})
    if text is None:
        raise UserError("it has no text (no Sofa with a sofaString)")
    places = _characters(text)
    for annotation in (one for of_type in features.values() for one in of_type if "begin" in one):
        try:
            annotation |= {name: str(places[int(annotation[name])]) for name in DESCRIBED}
        except (KeyError, ValueError) as error:
            raise UserError(f"an annotation lies outside the text, or within a sign: {annotation}") from error
    return AnnotatedText(text, dict(features))


def as_brat(found: AnnotatedText, types: Sequence[str], *, concept: str) -> str:
    """Write the annotations of `types` in brat's standoff format, with the feature `concept` as a note."""
    lines = []
    ordered = [(one, kind) for kind in types for one in found.features.get(kind, [])]
    for number, (one, kind) in enumerate(sorted(ordered, key=lambda pair: int(pair[0]["begin"])), 1):
        start, end = int(one["begin"]), int(one["end"])
        mention = " ".join(found.text[start:end].split())
        lines.append(f"T{number}\t{kind} {start} {end}\t{mention}\n")
        if one.get(concept):
            lines.append(f"#{number}\tAnnotatorNotes T{number}\t{one[concept]}\n")
    return "".join(lines)


def _characters(text: str) -> dict[int, int]:
    """Map offsets in units of UTF-16 to offsets in characters, the text's end included."""
    units = accumulate((1 + (ord(sign) > 0xFFFF) for sign in text), initial=0)
    return {unit: place for place, unit in enumerate(units)}
