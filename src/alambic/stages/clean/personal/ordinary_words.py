"""Words that stand where a name could, and are none: without case and accents. What they end with tells others."""

import re

from alambic.stages.clean.personal.characters import fold
from alambic.stages.clean.personal.given_names import GIVEN_NAMES

# Of a sentence: they begin one after "M." or "Mme." as well as anywhere else.
SENTENCE = """
    a absence absent absents afin age agee agees ages ainsi alors apres arret arrivee atcd attention au aucun
    aucune aussi autre aux avant avec avis bilan bon bonjour bonne ce cela ces cet cette ceci chaque cher chere
    chers chez ci comme compte conclusion conduite contexte courrier dans date de depuis des dernier derniere
    devant donc dont dossier du elle elles en enfant entree envoi est et etat evolution examen examens expres
    fait femme garcon fille fils fin histoire homme hospitalise il ils interne ipp iep ddn je jour journee la le
    les leur leurs lettre lors lui ma mais malgre medecin mes merci mon motif ne nee nom noms non notre note
    nous objet on ont or ou oui par pas patient patiente patients pere mere pour prenom prenoms pres puis qui
    quand que resultat resultats retour sa sans score se sejour selon sera service ses si signe signes soit son
    sont sortie sous suite suivi suivie sur surveillance synthese tel telephone tout toute tous tres traitement
    type un une unite urgence urgences vers veuillez vient voir vos votre vous vu vue y x z adresse ville sexe
    code chambre lit madame monsieur mademoiselle docteur professeur directeur directrice president presidente
    maitre chef praticien confrere consoeur collegue equipe secretariat hopital clinique cabinet centre pole
    ehpad chu chr chru ch janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    lundi mardi mercredi jeudi vendredi samedi dimanche nombreux plusieurs certains certaine chaque quelques
    prochain prochaine premier premiere deuxieme seconde second troisieme ici la-bas hier demain aujourd'hui
    cordialement confraternellement nc inconnu inconnue neant anonyme confidentiel naissance jeune usage marital
    famille lieu prelevement identifiant nir rpps adeli finess mutuelle profession nationalite situation poids
    taille imc ta fc spo2 temperature conscient consciente mr mme mlle dr pr tel fax mail email courriel cedex
    france rue avenue boulevard place allee chemin impasse quai route residence correspondant destinataire
    expediteur prescripteur operateur chirurgien anesthesiste radiologue cardiologue assure signature copie cc
    objet ref reference validation edite imprime page n no num numero ne mort decede decedee vivant vivante
    opere operee
    """
# Of medicine: after an abbreviation that is also a title (M., PR, Dr), or after a role.
MEDICINE = """
    tuberculosis bovis leprae avium kansasii ulcerans marinum xenopi chelonae fortuitum abscessus catarrhalis
    pneumoniae hominis genitalium furfur canis intracellulare chimaera simiae gordonae szulgai malmoense
    haemophilum africanum microti smegmatis gypseum audouinii morganii mirabilis restricta globosa sympodialis
    nonliquefaciens lacunata osloensis fermentans penetrans arthritidis scrofulaceum mucogenicum terrae
    flavescens immunogenum massiliense bolletii canettii lepromatosis normal normale normales normaux souple
    souples stable stables regulier reguliere reguliers allonge allongee allonges court courte raccourci
    raccourcie indolore indolores ferme fermes dur dure dures sensible sensibles augmente augmentee gros grosse
    petit petite volumineux volumineuse libre libres clair claire claires propre propres sale sales sec seche
    seches droit droite gauche bilateral bilaterale anterieur anterieure posterieur posterieure superieur
    superieure inferieur inferieure lateral laterale medial mediale interne externe proximal proximale distal
    distale bas basse haut haute seropositif seropositive seronegatif seronegative positif positive negatif
    negative actif active inactif inactive nul nulle severe moderee modere legere leger aigu aigue aigues
    chronique chroniques ancien ancienne recent recente connu connue connus present presente presents presence
    possible probable suspect suspecte evident evidente franc franche ecg irm tdm scanner radio radiographie
    echographie echo doppler eeg emg fibro coloscopie biopsie cytologie qrs qt st pr onde segment espace
    intervalle rythme sinusal sinusale frequence bav axe bloc hta avc idm aomi bpco dnid did diabete asthme
    cancer tumeur infarctus angor embolie phlebite oedeme epilepsie migraine hepatite cirrhose ulcere toux
    fievre dyspnee douleur douleurs nausees vomissements cephalees vertiges asthenie oedemes ictere malaise
    pneumopathie drain drainage redon lame sonde plaie cicatrice pansement fils agrafes ablation lesion nodule
    kyste masse thrombose fracture entorse luxation hernie prothese prostate rectum uterus ovaire sein foie rate
    rein reins coeur poumon poumons cerveau abdomen thorax bassin rachis genou hanche epaule coude poignet
    cheville main mains pied pieds tete cou larynx pharynx nez oreille oreilles oeil yeux peau muqueuse
    muqueuses os muscle artere veine aorte leucocytes hematies plaquettes lymphocytes globules cellules elements
    germes colonies bacteries unites euros patients cas femmes hommes enfants habitants personnes sujets copies
    tours pas ui ug ufc gb gr pnn vgm crp hb ferritine dose doses iga igg igm ige kappa lambda bence proteine
    proteines protides albumine pic bande monoclonal monoclonale kenacort doliprane dafalgan efferalgan
    voltarene lasix lovenox kardegic plavix augmentin clamoxyl rocephine xarelto eliquis previscan coumadine
    tahor crestor metformine glucophage diamicron januvia lantus novorapid humalog levothyrox insuline heparine
    morphine cortancyl solupred solumedrol medrol prednisone methotrexate aspirine aspegic ibuprofene profenid
    spasfon inexium mopral omeprazole pantoprazole ventoline seretide symbicort spiriva bisoprolol ramipril
    amlor furosemide aldactone triatec coversyl haldol loxapac tercian risperdal xanax lexomil temesta stilnox
    imovane tramadol contramal acupan lamaline izalgi skenan oxycodone oxycontin actiskenan durogesic neurontin
    lyrica depakine keppra tegretol rivotril valium hypnovel propofol ketamine atropine adrenaline noradrenaline
    vaccin vaccins depot reddy's falk willmar theiss scholl wolff asa bmi dfg clairance creatinine uree sodium
    potassium calcium glycemie hba1c tsh bnp troponine ddimeres inr tp tca oms ecog nyha apgar glasgow karnofsky
    katz mms mmse eva en fevg ttt hdm mdv rcp hdj ssr soins suites lp prn iv im sc per os cp gel inj amp gouttes
    matin midi soir nuit coucher apyretique eupneique orientee oriente covid sars vih vhb vhc hpv mesure mesures
    longueur niveau valeur duree heure heures semaine semaines mois an ans long longue
    """
SENTENCE_WORDS = frozenset(SENTENCE.split())
MEDICAL_WORDS = frozenset(MEDICINE.split()) - {"petit", "legere", "leger", "gros", "claire", "clair", "sale", "basse"}
_ENDINGS = re.compile(
    r"(?:[tsx]ions?|ismes?|logies?|logiques?|graphies?|grammes?|scopies?|scopiques?|tomies?|ectomies?|emies?|uries?|"
    r"algies?|pathies?|plegies?|therapies?|penies?|rragies?|cytes?|cytaires?|coques?|bacteries?|ements?|ites?|"
    r"atif|atifs|ative|atives|oides?|genes?|genique|trophies?|plasies?|plasique|pneiques?|pyretiques?|emiques?|eiques?|"
    r"aliser?|isees?|ises?|euses?|ables?|ibles?|iques?|uleux|uleuse|ifs?|ives?|oses?|omes?|ulaires?|phylaxie|"
    r"mycine|cilline|azole|prazole|sartan|olol|statine|mab|tinib|xaban|parine|cycline|floxacine)$"
)


def is_sentence_word(word: str) -> bool:
    """Tell whether a word stands in any sentence."""
    return fold(word) in SENTENCE_WORDS


def is_ordinary(word: str) -> bool:
    """Tell whether a word is one of the language or of medicine, by lists and by how it ends."""
    plain = fold(word)
    if plain in SENTENCE_WORDS or plain in MEDICAL_WORDS:
        return True
    return plain not in GIVEN_NAMES and len(plain) > 5 and bool(_ENDINGS.search(plain))


def is_given_name(word: str) -> bool:
    """Tell whether a word, or its first part, is a given name: "Jean-Pierre"."""
    return fold(word.replace("\u2010", "-").replace("\u2011", "-").split("-")[0]) in GIVEN_NAMES
