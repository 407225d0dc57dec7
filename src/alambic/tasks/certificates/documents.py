"""Lines of certificates as collected documents have them: their codes, and what is known of the person."""

import json
from collections.abc import Sequence

from alambic.data.documents import Document
from alambic.data.icd10 import chapter_of, plain
from alambic.errors import UserError
from alambic.tasks.patient import FEMALE, MALE, age_class

SEXES = {"1": MALE, "m": MALE, "h": MALE, "male": MALE, "2": FEMALE, "f": FEMALE, "female": FEMALE}


def is_coded(document: Document) -> bool:
    """Tell whether somebody coded the certificate of a line; the line itself may have got no code."""
    return "codes" in document.metadata


def certificate_of(document: Document) -> str:
    """Give the certificate of a line; UserError where it has none."""
    certificate = document.metadata.get("certificate", "")
    if not certificate or not document.metadata.get("line"):
        raise UserError(
            f"death_certificates: document {document.id} is no line of a certificate: expected a collected "
            "death_certificates or synthetic_certificates"
        )
    return certificate


def codes_of(document: Document, *, longest: int) -> tuple[str, ...]:
    """Give the codes of a line in the order of their rank, cut to `longest` characters, each once."""
    try:
        codes = [plain(entry["code"])[:longest] for entry in json.loads(document.metadata["codes"])]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"death_certificates: document {document.id}: codes: {document.metadata.get('codes', '')!r:.80}: expected "
            'a JSON list such as [{"code": "I219", "text": "..."}]'
        ) from error
    return tuple(dict.fromkeys(codes))


def attributes_of_line(document: Document, codes: Sequence[str], *, seen: bool) -> dict[str, str]:
    """Name what scores are told apart by; what is not known is left out.

    `wording` is what the document says, or else whether its text is among those of training.
    """
    known = document.metadata
    attributes = {
        "year": known.get("year", ""),
        "sex": SEXES.get(known.get("sex", "").lower(), ""),
        "age_class": _age_class(known.get("age", "")),
        "chapter": chapter_of(codes[0]) if codes else "",
        "wording": known.get("wording") or ("seen" if seen else "unseen"),
        "typing_errors": known.get("typing_errors", ""),
    }
    return {name: value for name, value in attributes.items() if value}


def _age_class(age: str) -> str:
    try:
        return age_class(float(age.replace(",", ".")))
    except ValueError:
        return ""


def standard_text(document: Document) -> str:
    """Give the standard texts of the codes of a line, in their order; empty where one of them has none."""
    texts = [str(entry.get("text", "")).strip() for entry in json.loads(document.metadata["codes"])]
    return ", ".join(dict.fromkeys(texts)) if all(texts) else ""
