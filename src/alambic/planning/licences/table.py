"""The terms of each licence, once: SPDX identifiers, and LicenseRef-... for terms that SPDX does not know.

Doubts are settled for the stricter reading: what is trained on a text counts as made from it, and numbers of a model
under non-commercial terms bind what learns from them. Who has other terms in writing declares them in the experiment.
"""

from alambic.settings.terms import Terms

_FREE = Terms(commercial=True)
_NONE_ASKED = Terms(commercial=True, attribution=False)
_NC = Terms(commercial=False, outputs="bound")
_ND = Terms(commercial=True, adaptation=False, outputs="bound")
_NC_ND = Terms(commercial=False, adaptation=False, outputs="bound")
_ASK = Terms(commercial=False, redistribution=False, adaptation=False, outputs="forbidden")


def _share_alike(*licences: str, commercial: bool = True) -> Terms:
    return Terms(commercial=commercial, share_alike=list(licences), outputs="free" if commercial else "bound")


def _llama(*, outputs: str) -> Terms:
    bound = "what learns from it is named Llama..., says Built with Llama and stays under its licence and use policy"
    note = bound if outputs == "bound" else "its outputs may improve no other model"
    return Terms.model_validate({"commercial": True, "restricted": True, "outputs": outputs, "note": note})


_VERSIONS = ("2.0", "2.5", "3.0", "4.0")
_WHO_TEXT = "the source is named, codes and labels are not changed"

TABLE: dict[str, Terms] = {
    **dict.fromkeys(("CC0-1.0", "PDDL-1.0", "Unlicense", "0BSD", "MIT-0", "LicenseRef-public-domain"), _NONE_ASKED),
    **dict.fromkeys(("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "PSF-2.0", "MPL-2.0"), _FREE),
    **dict.fromkeys(("etalab-2.0", "OGL-UK-3.0", "ODC-By-1.0", "CECILL-B", "CECILL-C", "ECL-2.0"), _FREE),
    **{f"CC-BY-{version}": _FREE for version in _VERSIONS},
    **{f"CC-BY-NC-{version}": _NC for version in _VERSIONS},
    **{f"CC-BY-ND-{version}": _ND for version in _VERSIONS},
    **{f"CC-BY-NC-ND-{version}": _NC_ND for version in _VERSIONS},
    "CC-BY-3.0-IGO": _FREE,
    "CC-BY-NC-3.0-IGO": _NC,
    "CC-BY-ND-3.0-IGO": _ND,
    "CC-BY-NC-ND-3.0-IGO": _NC_ND,
    "CC-BY-SA-2.0": _share_alike("CC-BY-SA-2.0", "CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0"),
    "CC-BY-SA-2.5": _share_alike("CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0"),
    "CC-BY-SA-3.0": _share_alike("CC-BY-SA-3.0", "CC-BY-SA-4.0"),
    "CC-BY-SA-4.0": _share_alike("CC-BY-SA-4.0", "GPL-3.0-only", "GPL-3.0-or-later"),
    "CC-BY-NC-SA-3.0": _share_alike("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", commercial=False),
    "CC-BY-NC-SA-4.0": _share_alike("CC-BY-NC-SA-4.0", commercial=False),
    "CC-BY-NC-SA-3.0-IGO": _share_alike("CC-BY-NC-SA-3.0-IGO", commercial=False),
    "GFDL-1.1-or-later": _share_alike("GFDL-1.1-or-later", "GFDL-1.2-or-later", "GFDL-1.3-or-later"),
    "GFDL-1.2-or-later": _share_alike("GFDL-1.2-or-later", "GFDL-1.3-or-later"),
    "GFDL-1.3-or-later": _share_alike("GFDL-1.3-or-later"),
    "GFDL-1.3-only": _share_alike("GFDL-1.3-only"),
    "GPL-2.0-only": _share_alike("GPL-2.0-only"),
    "GPL-2.0-or-later": _share_alike("GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later"),
    "GPL-3.0-only": _share_alike("GPL-3.0-only"),
    "GPL-3.0-or-later": _share_alike("GPL-3.0-only", "GPL-3.0-or-later"),
    "AGPL-3.0-only": _share_alike("AGPL-3.0-only"),
    "ODbL-1.0": _share_alike("ODbL-1.0"),
    "CECILL-2.1": _share_alike("CECILL-2.1", "GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later"),
    "LicenseRef-Gemma": Terms(
        commercial=True,
        restricted=True,
        outputs="bound",
        note="a model trained to behave alike by its outputs is a Model Derivative, under the same terms and policy",
    ),
    "LicenseRef-Llama-2": _llama(outputs="forbidden"),
    "LicenseRef-Llama-3": _llama(outputs="forbidden"),
    "LicenseRef-Llama-3.1": _llama(outputs="bound"),
    "LicenseRef-Llama-3.2": _llama(outputs="bound"),
    "LicenseRef-Llama-3.3": _llama(outputs="bound"),
    "LicenseRef-OpenRAIL": Terms(commercial=True, restricted=True, outputs="bound", note="its use policy is passed on"),
    "LicenseRef-Mistral-Research": _NC,
    "LicenseRef-WHO-ATIH-ICD-10": _NC_ND.model_copy(update={"note": _WHO_TEXT}),
    "LicenseRef-WHO-ICD-11": _ND.model_copy(update={"note": f"CC BY-ND 3.0 IGO: {_WHO_TEXT}"}),
    "LicenseRef-WHO-ATC": _NC.model_copy(update={"note": "commercial use by agreement with the WHO Centre"}),
    "LicenseRef-ANSM": Terms(commercial=True, note="public information of an agency; terms of reuse are not stated"),
    "LicenseRef-BDPM": Terms(
        commercial=True, note="public information; the Licence Ouverte according to others who use it"
    ),
    "LicenseRef-HAL-abstract": _NC.model_copy(
        update={"note": "abstracts are their authors'; terms of reuse are not stated"}
    ),
    "LicenseRef-user-agreement": _ASK.model_copy(update={"note": "as the agreement that was signed says"}),
    "LicenseRef-all-rights-reserved": _ASK,
}

# What hubs and data sets call them.
ALIASES: dict[str, str] = {
    "gemma": "LicenseRef-Gemma",
    "llama2": "LicenseRef-Llama-2",
    "llama3": "LicenseRef-Llama-3",
    "llama3.1": "LicenseRef-Llama-3.1",
    "llama3.2": "LicenseRef-Llama-3.2",
    "llama3.3": "LicenseRef-Llama-3.3",
    "openrail": "LicenseRef-OpenRAIL",
    "cc-by-nc": "CC-BY-NC-4.0",
    "gfdl": "GFDL-1.3-or-later",
    "gfdl-1.3": "GFDL-1.3-or-later",
    "gpl-3.0": "GPL-3.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "odbl": "ODbL-1.0",
    "licence-ouverte-2.0": "etalab-2.0",
    "cecill-c": "CECILL-C",
}
