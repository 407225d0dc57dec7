"""What a document holds besides its text: a column whose name is that of a personal field, and nested values."""

import json
import re
from collections.abc import Callable
from typing import Any

from alambic.stages.clean.personal.characters import fold, words

# By the words of a column's name.
_FIELDS = {
    "NOM": "nom noms prenom prenoms name names firstname lastname surname givenname familyname fullname "
    "patronyme medecin docteur praticien "
    "interne chirurgien conjoint epoux epouse signataire nomprenom nomusage nomnaissance identite initiales",
    "TELEPHONE": "telephone telephones tel phone mobile portable fax gsm numtel",
    "ADRESSE": "adresse adresses address rue street voie ville city commune codepostal cp postcode zip "
    "zipcode domicile town village "
    "quartier lieunaissance birthplace",
    "COURRIEL": "email mail courriel emails mel",
    "DATE_NAISSANCE": "naissance ddn dob birthdate birth datenaissance birthday",
    "NIR": "nir nss ssn secu ins inss insc",
    "RPPS": "rpps adeli",
    "FINESS": "finess",
    "IDENTIFIANT": "ipp iep nda nip matricule passeport passport mrn idpatient patientid numdossier",
    "IBAN": "iban rib bic",
    "IP": "ip ipaddress",
}
_KIND_OF = {word: kind for kind, text in _FIELDS.items() for word in text.split()}
# With one of these, `nom` and `name` are no person's, and `ville` no patient's.
_THINGS = words(
    "medicament medicaments commercial produit drug file fichier filename document maladie "
    "disease specialite substance label column colonne "
    "source dataset test examen examens display brand generic code codes laboratoire molecule dci atc "
    "scientifique acte service "
    "etablissement hopital hospital gene variable table corpus part layer host class category licence license "
    "model nombre"
)
_PERSONS = words("patient patiente malade assure beneficiaire")
_NUMBERS = words("id identifiant num numero no dossier nb n ref")
MOST_NESTED = 50
Change = Callable[[str], str]


def kind_of_column(name: str) -> str:
    """Give the kind of data that a column holds by its name, or an empty text: "nom_patient" -> "NOM"."""
    split = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    parts = [word for word in re.split(r"[^a-z0-9]+", fold(split)) if word]
    kinds = [_KIND_OF[word] for word in parts if word in _KIND_OF]
    joined = "".join(parts)
    if joined in _KIND_OF:
        return _KIND_OF[joined]
    if (
        len(parts) > 1
        and "naissance" in parts
        and not {"lieu", "ville", "commune"}.intersection(parts)
        and "nom" not in parts
    ):
        return "DATE_NAISSANCE"
    if kinds and not _THINGS.intersection(parts):
        return kinds[0]
    if _PERSONS.intersection(parts) and (len(parts) == 1 or _NUMBERS.intersection(parts)):
        return "IDENTIFIANT"
    return ""


def changed_values(value: Any, change: Change, column: Callable[[str, Any], Any], depth: int = 0) -> Any:
    """Change all texts of a nested value; `column` changes what stands under a name, or leaves it (Ellipsis).

    A text that is JSON is changed inside, and a text that nothing changes stays letter by letter.
    """
    if depth > MOST_NESTED:
        return (
            change(json.dumps(value, ensure_ascii=True, default=str)) if not isinstance(value, str) else change(value)
        )
    if isinstance(value, str):
        nested = _as_json(value)
        if nested is None:
            return change(value)
        after = changed_values(nested, change, column, depth + 1)
        return value if after == nested else as_json_text(after)
    if isinstance(value, dict):
        after_all: dict[str, Any] = {}
        for name, inner in value.items():
            special = column(str(name), inner)
            after = changed_values(inner, change, column, depth + 1) if special is ... else special
            after_all[_new_name(change(str(name)), after_all)] = after
        return after_all
    if isinstance(value, list | tuple):
        return [changed_values(inner, change, column, depth + 1) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        after = change(str(value))
        return value if after == str(value) else after
    return value


def texts_under(value: Any) -> list[str]:
    """List the texts and numbers of a nested value."""
    if isinstance(value, str) and (nested := _as_json(value)) is not None:
        value = nested
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_under(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in texts_under(inner)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _new_name(name: str, taken: dict[str, Any]) -> str:
    number = 2
    new = name
    while new in taken:
        new, number = f"{name} {number}", number + 1
    return new


def _as_json(value: str) -> Any:
    """Read a list or an object; None where the text is none."""
    if value[:1] not in "[{" or not value or value.rstrip()[-1:] not in ("]", "}"):
        return None
    try:
        nested = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return nested if _depth_is_bounded(value) else None


def _depth_is_bounded(value: str) -> bool:
    return value.count("[") + value.count("{") < 100_000


def as_json_text(nested: Any) -> str:
    """Write nested values as JSON that can be encoded."""
    text = json.dumps(nested, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a half of a sign, that JSON wrote apart
        return json.dumps(nested, ensure_ascii=True)
    return text
