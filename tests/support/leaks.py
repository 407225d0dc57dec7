"""Test texts that are planted in corpora, and what they are planted in."""

CASE = (
    "Une patiente de 72 ans, hypertendue, est adressée aux urgences de l'hôpital pour une douleur thoracique apparue "
    "brutalement au cœur de la nuit, accompagnée de sueurs et de nausées. L'électrocardiogramme montre un sus-décalage "
    "du segment ST dans le territoire antérieur, et la troponine est dosée à 1 250 ng/L. Elle reçoit 300 mg d'aspirine "
    "puis bénéficie d'une angioplastie de l'artère interventriculaire antérieure, sans complication notable."
)
TITLE = "Évaluation du traitement chirurgical précoce des hernies discales lombaires chez le sujet âgé"  # 13 words
LABEL = "Fièvre typhoïde, sans précision"
FILLER = (
    "Le service accueille chaque année plusieurs centaines de malades venus de toute la région. Les consultations ont "
    "lieu le mardi et le jeudi matin, sur rendez-vous, au deuxième étage du bâtiment principal. "
)
# As one who retells a case: a word in ten or so is another, and one clause is new.
RETOLD = (
    "Une femme de 72 ans, hypertendue, est adressée aux urgences de l'hôpital pour une douleur thoracique survenue "
    "brutalement au cœur de la nuit, accompagnée de sueurs et de vomissements. L'électrocardiogramme montre un "
    "sus-décalage du segment ST dans le territoire latéral, et la troponine est dosée à 1 250 ng/L. Elle reçoit 250 mg "
    "d'aspirine puis bénéficie d'une angioplastie de l'artère interventriculaire antérieure, avec un bon résultat."
)
# Hardly a run of eight words is left where every ninth is another.
REWRITTEN = " ".join("autrement" if place % 9 == 8 else word for place, word in enumerate(CASE.split()))
