"""French names of drugs, brands and substances, by their ATC code: a lexicon more than a text.

Holds: 1,968 ATC codes with 5,789 names, brands in capitals, substances in lower case without accents, as EDS-NLP
distributes them.

Licence and conditions: BSD-3-Clause (EDS-NLP, Assistance Publique - Hôpitaux de Paris); the ATC codes are the WHO
Collaborating Centre for Drug Statistics Methodology's: not for commercial use without its agreement.
To cite: EDS-NLP, doi:10.5281/zenodo.6424993; WHO Collaborating Centre, ATC/DDD Index.
"""

import json
from collections.abc import Iterator

from alambic.data.documents import Document
from alambic.data.downloads import from_index
from alambic.stages.collect.archives import read_member

WHEEL = "edsnlp-0.23.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "f4cd512825957967eaf0a42129312c318b05a3f7e989cb518efb55bd6df3d1f5"
MEMBER = "edsnlp/resources/drugs.json"
MEMBER_SHA256 = "5c34d8cda6c3dc4357bee5a6b08e14c5aed731a373ed5eb333f5c3fda5e77221"


def fetch(*, licence: str = "BSD-3-Clause AND LicenseRef-WHO-ATC") -> Iterator[Document]:
    """Yield one document per code and name; a name that has two codes comes twice."""
    content = read_member(from_index("edsnlp", WHEEL, WHEEL_SHA256), MEMBER, MEMBER_SHA256)
    for code, names in sorted(json.loads(content).items()):
        for name in sorted(set(names)):
            yield Document(
                id=f"{code}/{name}",
                text=name,
                source="atc_drugs",
                url=f"https://pypi.org/project/edsnlp/0.23.0/#{MEMBER}",
                licence=licence,
                metadata={"atc": code},
            )
