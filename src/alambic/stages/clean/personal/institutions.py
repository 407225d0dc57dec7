"""What bears the name of a person and is none: a hospital, a street, a disease, a sign, a score."""

import re

_INSTITUTION = re.compile(
    r"(?i:h[ôo]pital|clinique|chr?u?|chru|centre|institut|fondation|universit[ée]|laboratoires?|labo|maladie"
    r"|syndrome|signe|loi|score|classification|"
    r"classe|stade|grade|type|méthode|critères?|indice|index|test|manœuvre|triade|échelle|facteur|cellules?"
    r"|corps|canal|ligament|nerf|plexus|tumeur|sarcome|lymphome|anémie|purpura|phénomène|"
    r"ehpad|résidence|groupe|site|bâtiment|pavillon|fracture|opération|technique|rue|place|avenue|boulevard"
    r"|école|lycée|faculté|prix|société|sté)"
    r"(?:[ \u00a0](?:hospitalier|universitaire|gériatrique|privée?|régional)){0,3}(?:[ \u00a0-](?:de|du|des"
    r"|d['’]|la|le|l['’])){0,3}[ \u00a0'’-]?$"
)


def after_institution(text: str, place: int) -> bool:
    """Tell whether such a word stands before a place of a text."""
    return bool(_INSTITUTION.search(text[max(0, place - 50) : place]))
