"""Words that are denied, and words that only look so, in sentences as hospitals write them."""

import pytest

from alambic.tasks.negation import denied_words
from alambic.tasks.words import folded_words, word_offsets


@pytest.mark.parametrize(
    ("text", "denied", "affirmed"),
    [
        ("Pas de fièvre, de toux ni de dyspnée. Diabète connu.", "fievre toux dyspnee", "diabete connu"),
        ("Le bilan n'a pas montré d'insuffisance veineuse mais une thrombose.", "insuffisance veineuse", "thrombose"),
        ("Absence d'asthme, diabète traité par insuline.", "asthme", "diabete insuline"),
        ("Une embolie pulmonaire a été éliminée.", "embolie pulmonaire", ""),
        ("Un AVC a été éliminé ; hypertension.", "avc", "hypertension"),
        ("Le scanner élimine une embolie.", "embolie", "scanner"),
        ("Le scanner n'élimine pas une embolie.", "", "embolie scanner"),
        ("Une pneumopathie ne peut être exclue : pas exclue.", "", ""),
        ("Hémocultures négatives, pneumopathie.", "hemocultures", "pneumopathie"),
        ("Il n'a plus de fièvre.", "fievre", ""),
        ("Il a plus de fièvre que de toux.", "", "fievre toux"),
        ("C'est sans doute une grippe, non seulement un rhume.", "", "grippe rhume"),
        ("Insuffisance rénale, sans précision", "", "insuffisance renale precision"),
        ("Aucune allergie. Asthme.", "allergie", "asthme"),
        ("Patient sans fièvre avec une toux.", "fievre", "toux patient"),
        ("Une embolie n'a pas été éliminée devant une fièvre.", "", "embolie fievre"),
        ("L'embolie n'est pas formellement exclue.", "", "embolie"),
        ("Une embolie ne peut être exclue.", "", "embolie"),
        ("Un AVC n'a pas été exclu, une embolie exclue.", "embolie", "avc"),
        ("Il n'a pas de toux, une embolie a été exclue.", "toux embolie", ""),
        ("Embolie non exclue.", "", "embolie"),
        ("Diabète : non. Fièvre : 0, toux : oui", "diabete fievre", "toux"),
        ("Diabète : non précisé. Digoxine : 0,25 mg. Digoxine : 0.5 mg", "", "diabete digoxine"),
        ("Fièvre non retrouvée, toux.", "fievre", "toux"),
        ("La toux a disparu. La fièvre n'a pas disparu.", "toux", "fievre"),
        ("La sténose n'est pas présente.", "stenose", ""),
        ("Le diagnostic d'embolie n'est pas retenu ; grippe.", "embolie", "grippe"),
        ("PAS D’ŒDÈME.", "oedeme", ""),
        ("", "", ""),
    ],
)
def test_a_cue_denies_its_clause(text, denied, affirmed):
    folded = folded_words(text, word_offsets(text))
    found = {folded[place] for place in denied_words(folded)}
    assert set(denied.split()) <= found
    assert not set(affirmed.split()) & found
