"""Causes that French certificates name most often, in the words in which they are written: an assumption, not a count.

The order within each role stands for frequency, as a Zipf-like draw takes it. It follows what is commonly known of
French mortality (tumours and diseases of the circulation lead, then dementia, respiratory diseases, falls), not a file
of certificates. Wordings are written for this project; the labels of the classification come besides, from its table.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["terminal", "intermediate", "initial", "contributory"]


@dataclass(frozen=True)
class Cause:
    """A code, how certificates write it, whom it can befall (1 male, 2 female), and at which ages."""

    code: str
    wordings: tuple[str, ...]
    sex: str = ""
    ages: tuple[int, int] = (30, 104)


def _cause(code: str, wordings: str, sex: str = "", ages: tuple[int, int] = (30, 104)) -> Cause:
    return Cause(code, tuple(wordings.split("|")), sex, ages)


OLD, ANY = (65, 104), (0, 104)

FREQUENT: dict[Role, tuple[Cause, ...]] = {
    "terminal": (
        _cause("R092", "arrêt cardiorespiratoire|arrêt cardio-respiratoire|ACR|arrêt respiratoire", ages=ANY),
        _cause("J960", "insuffisance respiratoire aiguë|détresse respiratoire aiguë|IRA|SDRA", ages=ANY),
        _cause("I469", "arrêt cardiaque|arrêt cardio-circulatoire|asystolie", ages=ANY),
        _cause("R688", "défaillance multiviscérale|DMV|syndrome de défaillance multiviscérale|SDMV", ages=ANY),
        _cause("A419", "choc septique|sepsis sévère|septicémie|état septique", ages=ANY),
        _cause("R570", "choc cardiogénique|état de choc cardiogénique", ages=ANY),
        _cause("R402", "coma|coma profond|état comateux", ages=ANY),
        _cause("J969", "insuffisance respiratoire|détresse respiratoire|décompensation respiratoire"),
        _cause("R571", "choc hémorragique|choc hypovolémique", ages=ANY),
        _cause("R960", "mort subite|décès brutal", ages=ANY),
    ),
    "intermediate": (
        _cause("I509", "insuffisance cardiaque|décompensation cardiaque|défaillance cardiaque|IC"),
        _cause("J189", "pneumopathie|pneumonie|infection pulmonaire|pneumopathie infectieuse", ages=ANY),
        _cause("J690", "pneumopathie d'inhalation|pneumopathie de déglutition|inhalation bronchique", ages=ANY),
        _cause("R64", "cachexie|altération de l'état général|AEG|état cachectique"),
        _cause("N179", "insuffisance rénale aiguë|IRA anurique|anurie", ages=ANY),
        _cause("C787", "métastases hépatiques|métastase du foie|localisations secondaires hépatiques"),
        _cause("J81", "oedème aigu du poumon|OAP|oedème pulmonaire"),
        _cause("I269", "embolie pulmonaire|EP|embolie pulmonaire massive", ages=(18, 104)),
        _cause("C780", "métastases pulmonaires|métastase pulmonaire"),
        _cause("C795", "métastases osseuses|métastase osseuse"),
        _cause("C793", "métastases cérébrales|métastase cérébrale"),
        _cause("E86", "déshydratation|déshydratation sévère", ages=ANY),
        _cause("C786", "carcinose péritonéale|métastases péritonéales"),
        _cause("J180", "bronchopneumopathie|broncho-pneumopathie"),
        _cause("N390", "infection urinaire|pyélonéphrite obstructive infectée"),
        _cause("K922", "hémorragie digestive|hémorragie digestive haute"),
        _cause("E46", "dénutrition|malnutrition|dénutrition sévère"),
        _cause("K729", "insuffisance hépatique|encéphalopathie hépatique"),
        _cause("K566", "occlusion intestinale|syndrome occlusif"),
        _cause("I850", "rupture de varices oesophagiennes|hémorragie par rupture de VO"),
        _cause("G931", "encéphalopathie anoxique|anoxie cérébrale", ages=ANY),
        _cause("K650", "péritonite|péritonite stercorale"),
        _cause("J90", "épanchement pleural|pleurésie"),
    ),
    "initial": (
        _cause("C349", "cancer bronchique|cancer du poumon|néoplasie pulmonaire|carcinome bronchique|K bronchique"),
        _cause("I219", "infarctus du myocarde|IDM|infarctus myocardique|SCA", ages=(35, 104)),
        _cause("F03", "démence|démence sénile|syndrome démentiel", ages=OLD),
        _cause("I64", "accident vasculaire cérébral|AVC|accident vasculaire cérébral massif", ages=(40, 104)),
        _cause("G309", "maladie d'Alzheimer|démence d'Alzheimer|Alzheimer", ages=OLD),
        _cause("I259", "cardiopathie ischémique|cardiopathie ischémique chronique", ages=(45, 104)),
        _cause("C509", "cancer du sein|néoplasie mammaire|carcinome mammaire|K sein", sex="2"),
        _cause("U071", "COVID-19|infection à SARS-CoV-2|pneumopathie à COVID 19|infection COVID", ages=(18, 104)),
        _cause("C189", "cancer du côlon|cancer colique|adénocarcinome colique", ages=(40, 104)),
        _cause("J449", "BPCO|bronchopneumopathie chronique obstructive|broncho-pneumopathie chronique obstructive"),
        _cause("C61", "cancer de la prostate|cancer prostatique|adénocarcinome prostatique", sex="1", ages=(50, 104)),
        _cause("C259", "cancer du pancréas|adénocarcinome pancréatique|néoplasie pancréatique"),
        _cause("I619", "hémorragie cérébrale|hématome intracérébral|AVC hémorragique|hémorragie intracérébrale"),
        _cause("I639", "AVC ischémique|infarctus cérébral|accident vasculaire ischémique"),
        _cause("G20", "maladie de Parkinson|Parkinson", ages=OLD),
        _cause("K703", "cirrhose alcoolique|cirrhose éthylique|cirrhose OH", ages=(35, 90)),
        _cause("I420", "cardiomyopathie dilatée|CMD|cardiopathie dilatée"),
        _cause("C229", "cancer du foie|cancer hépatique", ages=(40, 104)),
        _cause("C220", "carcinome hépatocellulaire|hépatocarcinome|CHC", ages=(40, 104)),
        _cause("I350", "rétrécissement aortique|sténose aortique|RAC serré", ages=OLD),
        _cause("C809", "cancer généralisé|néoplasie métastatique|cancer métastatique"),
        _cause("C679", "cancer de la vessie|tumeur de vessie|carcinome urothélial", ages=(45, 104)),
        _cause("C169", "cancer de l'estomac|cancer gastrique|adénocarcinome gastrique"),
        _cause("C719", "tumeur cérébrale|glioblastome|tumeur cérébrale maligne", ages=ANY),
        _cause("C56", "cancer de l'ovaire|cancer ovarien|néoplasie ovarienne", sex="2"),
        _cause("C159", "cancer de l'oesophage|carcinome oesophagien"),
        _cause("N189", "insuffisance rénale chronique|IRC|insuffisance rénale terminale"),
        _cause("C859", "lymphome|lymphome malin non hodgkinien|LMNH", ages=ANY),
        _cause("C64", "cancer du rein|carcinome rénal|adénocarcinome rénal"),
        _cause("C900", "myélome multiple|myélome", ages=(50, 104)),
        _cause("J841", "fibrose pulmonaire|fibrose pulmonaire idiopathique", ages=(45, 104)),
        _cause("R54", "sénilité|grand âge|vieillesse", ages=(85, 104)),
        _cause("I739", "artériopathie oblitérante des membres inférieurs|AOMI|artérite", ages=(55, 104)),
        _cause("C439", "mélanome|mélanome malin métastatique"),
        _cause("C920", "leucémie aiguë myéloïde|LAM", ages=ANY),
        _cause("C20", "cancer du rectum|adénocarcinome du rectum"),
        _cause("D469", "myélodysplasie|syndrome myélodysplasique", ages=OLD),
        _cause("K550", "ischémie mésentérique|infarctus mésentérique", ages=(50, 104)),
        _cause("G403", "épilepsie généralisée|comitialité", ages=ANY),
        _cause("B24", "infection VIH|SIDA", ages=(25, 85)),
        _cause("Q249", "cardiopathie congénitale|malformation cardiaque congénitale", ages=(0, 30)),
        _cause("P072", "prématurité extrême|grande prématurité", ages=(0, 0)),
        _cause("P220", "maladie des membranes hyalines|détresse respiratoire du nouveau-né", ages=(0, 0)),
        _cause("P219", "asphyxie périnatale|anoxie néonatale", ages=(0, 0)),
        _cause("O721", "hémorragie de la délivrance|hémorragie du post-partum", sex="2", ages=(16, 48)),
        _cause("O881", "embolie amniotique", sex="2", ages=(16, 48)),
    ),
    "contributory": (
        _cause("I10", "HTA|hypertension artérielle|hypertension"),
        _cause("E149", "diabète|diabète sucré"),
        _cause("I489", "fibrillation auriculaire|FA|ACFA|arythmie complète par fibrillation auriculaire", ages=OLD),
        _cause("E119", "diabète de type 2|diabète non insulinodépendant|DNID|DT2"),
        _cause("I509", "insuffisance cardiaque chronique|IC chronique"),
        _cause("F102", "éthylisme chronique|alcoolisme chronique|intoxication éthylique chronique", ages=(30, 85)),
        _cause("F179", "tabagisme|tabagisme actif", ages=(30, 90)),
        _cause("E669", "obésité|obésité morbide", ages=(20, 90)),
        _cause("L899", "escarres|escarre sacrée", ages=OLD),
        _cause("I829", "thrombose veineuse|phlébite"),
        _cause("F329", "dépression|syndrome dépressif", ages=(18, 104)),
        _cause("E039", "hypothyroïdie"),
        _cause("N40", "hypertrophie bénigne de la prostate|adénome de prostate|HBP", sex="1", ages=(55, 104)),
        _cause("D649", "anémie|anémie sévère"),
        _cause("I709", "athérome|athérosclérose", ages=OLD),
    ),
}

# External causes, each with injuries that it leaves.
EXTERNAL: tuple[tuple[Cause, tuple[Cause, ...]], ...] = (
    (
        _cause("W199", "chute|chute de sa hauteur|chute à domicile", ages=OLD),
        (
            _cause("S720", "fracture du col du fémur|fracture du col fémoral|FESF"),
            _cause("S065", "hématome sous-dural|HSD|hématome sous dural aigu"),
            _cause("S069", "traumatisme crânien|TC grave"),
        ),
    ),
    (
        _cause("X709", "suicide par pendaison|pendaison|autolyse par pendaison", ages=(15, 95)),
        (_cause("T71", "asphyxie|asphyxie mécanique"),),
    ),
    (
        _cause("V892", "accident de la voie publique|AVP|accident de la circulation", ages=(3, 95)),
        (_cause("T07", "polytraumatisme|polytraumatisme grave"), _cause("S069", "traumatisme crânien grave")),
    ),
    (
        _cause("X749", "suicide par arme à feu|autolyse par arme à feu", sex="1", ages=(16, 95)),
        (_cause("S069", "plaie crânienne par balle|traumatisme crânien par arme à feu"),),
    ),
    (
        _cause("W189", "chute avec traumatisme", ages=OLD),
        (_cause("S720", "fracture fémorale|fracture du col"),),
    ),
)

# What often lies between an underlying cause of a chapter and death, by code; others take any intermediate cause.
USUAL: dict[str, tuple[str, ...]] = {
    "II": ("C787", "C780", "C795", "C793", "R64", "C786", "J189", "I269", "E46", "K566", "J90"),
    "V": ("J690", "J189", "R64", "E86", "E46"),
    "VI": ("J690", "J189", "R64", "E46", "G931"),
    "IX": ("I509", "J81", "J690", "I269", "N179"),
    "X": ("J189", "J180", "I509"),
    "XI": ("K729", "I850", "K922", "K650", "N179"),
    "XIV": ("J81", "I509", "N390", "N179"),
    "XX": ("J189", "I269", "J690"),
}
