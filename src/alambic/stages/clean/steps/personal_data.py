"""Replace what points at a person by the kind of thing that it is: <NOM>, <TELEPHONE>, <NIR>...

Masked are the text and every other column; a column whose name is that of a personal field (nom, telephone, nir...) is
masked whole. Offsets of annotations follow the text. An identifier or an address (`id`, `url`) that points at a person
becomes a pseudonym. `changed-*` and `dropped-*` hold masked documents only.
What is found and what is missed: docs/explanation/personal-data.md.
"""

from typing import Literal

from alambic.stages.clean.personal.masking import PersonalData


def step(
    *,
    keep: list[
        Literal[
            "NOM",
            "ADRESSE",
            "TELEPHONE",
            "COURRIEL",
            "NIR",
            "RPPS",
            "FINESS",
            "IDENTIFIANT",
            "DATE_NAISSANCE",
            "IBAN",
            "IP",
            "URL",
        ]
    ] = [],  # noqa: B006
    columns: list[str] = [],  # noqa: B006
    personal_columns: Literal["mask", "drop"] = "mask",
    identifiers: Literal["personal", "all"] = "personal",
    originals: bool = False,
) -> PersonalData:
    """Make the step; the kinds in `keep` stay as they are.

    `columns` names further columns to mask whole; `personal_columns: drop` leaves such columns out. `identifiers: all`
    gives every document a pseudonym, for sources whose identifiers are those of patients. `originals` keeps changed
    documents as they were in the folder `.originals`, which its owner alone can read.
    """
    return PersonalData(
        keep=list(keep),
        columns=columns,
        drop_columns=personal_columns == "drop",
        all_identifiers=identifiers == "all",
        originals=originals,
    )
