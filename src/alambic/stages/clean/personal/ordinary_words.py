"""Words that stand where a name could, and are none: without case and accents. What they end with tells others."""

import re
from functools import lru_cache

from alambic.stages.clean.personal.characters import fold
from alambic.stages.clean.personal.given_names import GIVEN_NAMES
from alambic.stages.clean.personal.medicines import is_medicine

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
    opere operee dre drs dres mmes mlles prs mm biologiste infirmier infirmiere
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
# Of anatomy: M. is short for muscle.
ANATOMY = """
    pectoral pectoraux pectoralis deltoide deltoides deltoideus trapeze trapezes trapezius sartorius biceps
    triceps quadriceps ischio-jambier ischio-jambiers ischio-jambiere masseter masseters psoas psoas-iliaque
    iliaque iliacus soleaire soleus temporal temporaux temporalis gastrocnemien gastrocnemiens gastrocnemius
    oblique obliques obliquus transverse transverses transversus rectus levator tensor tenseur flexor
    flechisseur flechisseurs extensor extenseur extenseurs pronator pronateur supinator supinateur abductor
    abducteur abducteurs adductor adducteur adducteurs gluteus fessier fessiers gluteal serratus dentele
    dorsal dorsaux latissimus rhomboide rhomboides rhomboideus teres rond supra-epineux infra-epineux sus-
    epineux sous-epineux epineux supraspinatus infraspinatus subscapulaire sous-scapulaire subscapularis
    coracobrachial coraco-brachial coracobrachialis brachial brachialis brachio-radial brachioradialis
    palmaire palmaris anconeus ancone lombrical lombricaux lumbricales interosseux interossei vaste vastus
    gracile gracilis semi-tendineux semi-membraneux semitendinosus semimembranosus plantaire plantaris tibial
    tibiaux tibialis peronier peroniers fibulaire fibulaires peroneus fibularis poplite popliteus buccinateur
    buccinator orbiculaire orbicularis zygomatique zygomaticus frontal frontalis platysma digastrique
    digastricus mylo-hyoidien genio-hyoidien stylo-hyoidien sterno-hyoidien sterno-cleido-mastoidien
    sternocleidomastoidien sternocleidomastoideus scalene scalenes scalenus splenius semispinalis multifide
    multifidus erector erecteur iliocostalis longissimus spinalis quadratus carre piriforme piriformis
    pyramidal obturateur obturator jumeau jumeaux gemellus diaphragme diaphragma sphincter detrusor cremaster
    stapedius stapedien crural pterygoidien pterygoideus occipital intercostal intercostaux hypothenar thenar
    femur tibia perone fibula humerus radius cubitus ulna rotule patella clavicule omoplate scapula sternum
    vertebre vertebres sacrum coccyx metacarpe metatarse calcaneum astragale carpe tarse carotide carotides
    jugulaire femoral femorale poplitee pancreas vesicule thyroide surrenale surrenales hypophyse duodenum
    jejunum ileon colon caecum sigmoide estomac oesophage trachee bronche bronches plevre pericarde myocarde
    endocarde ventricule oreillette vessie uretere uretre vagin testicule testicules menisque ligament tendon
    cerveau cervelet moelle hypochondre epigastre hypogastre bilateraux lateraux anterieurs posterieurs
    superieurs inferieurs droitier droitiere gaucher gauchere
    """
# Of germs: their genus, and epithets.
GERMS = """
    escherichia staphylococcus streptococcus enterococcus klebsiella pseudomonas acinetobacter proteus
    serratia enterobacter citrobacter salmonella shigella campylobacter helicobacter haemophilus neisseria
    moraxella mycobacterium mycoplasma legionella listeria clostridium clostridioides bacteroides candida
    aspergillus cryptococcus pneumocystis toxoplasma plasmodium leishmania trypanosoma chlamydia treponema
    borrelia bartonella coxiella rickettsia brucella bordetella nocardia actinomyces fusobacterium prevotella
    corynebacterium microsporum malassezia trichophyton luteus haemolytica aureus epidermidis coli falciparum
    albicans fumigatus difficile pyogenes faecalis faecium aeruginosa
    """
# Names of diseases and signs that are hardly ever a patient's.
EPONYMS = """
    crohn basedow parkinson alzheimer hodgkin waldenstrom kahler addison cushing behcet takayasu kawasaki
    biermer whipple verneuil lapeyronie buerger huntington creutzfeldt lyme chagas castleman willebrand 
    niemann-pick hirschsprung scheuermann babinski lasegue glasgow gleason trendelenburg valsalva kernig
    brudzinski romberg trousseau chvostek guillain-barre sjogren recklinghausen steinert friedreich wernicke
    korsakoff meniere kaposi bechterew vaquez charcot-marie-tooth rendu-osler claude-bernard-horner brown-
    sequard stevens-johnson lyell quincke fallot barrett mallory-weiss zollinger-ellison budd-chiari
    """
# Of the heads of columns and of forms.
LABELS = """
    dci posologie posologies dosage dosages voie forme formes presentation valeur valeurs resultat resultats
    norme normes unite libelle intitule fonction grade statut diagnostic diagnostics pathologie maladie
    molecule substance medicament medicaments produit specialite germe antibiotique laboratoire labo fabricant
    lot indication indications frequence quantite commentaire commentaires remarque remarques observation
    observations description categorie specialites etablissement uf ufs groupe reponse question item total
    moyenne effectif pourcentage debut duree oui non telephone portable domicile medecins patients nature
    numero libelles reference gene variable definition symbole abreviation
    """
SENTENCE_WORDS = frozenset(SENTENCE.split())
LABEL_WORDS = frozenset(LABELS.split())
# Words that are names of families more often after a title.
_NAMES_FIRST = frozenset(
    ["masse", "carre", "jumeau", "rond", "couturier", "barrett", "trousseau", "vaste"]
)  # of families, rather
_ANATOMICAL = frozenset(f"{ANATOMY} {GERMS} {EPONYMS} lombes fascia".split()) - _NAMES_FIRST
MEDICAL_WORDS = (
    (frozenset(MEDICINE.split()) | _ANATOMICAL)
    - _NAMES_FIRST
    - {
        "petit",
        "legere",
        "leger",
        "gros",
        "claire",
        "clair",
        "sale",
        "basse",
    }
)
# Words of medicine by themselves, and names of families.
SURNAMES_TOO = frozenset(
    """
    masse long longue droit sec franc haut ferme gauche dur pic bande main mains lame plaie pas bas normal
    ancien connu rate cou pied asa haute petit gros leger sale basse claire clair jumeau carre rond couturier
    vaste trousseau frontal barrett mesure niveau coude actif proteus dorsal temporal franche falk wolff
    willmar scholl theiss
    """.split()  # noqa: SIM905
)
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


@lru_cache(1 << 15)
def is_ordinary(word: str) -> bool:
    """Tell whether a word is one of the language or of medicine, by lists and by how it ends."""
    plain = fold(word)
    if plain in SENTENCE_WORDS or plain in MEDICAL_WORDS:
        return True
    if plain in LABEL_WORDS or is_medicine(plain) or plain.split("-")[0] in _ANATOMICAL - GIVEN_NAMES:
        return True
    return plain not in GIVEN_NAMES and len(plain) > 5 and bool(_ENDINGS.search(plain))


@lru_cache(1 << 15)
def is_of_medicine(word: str) -> bool:
    """Tell whether a word alone is a medicine, a germ, a part of the body, a finding, and no surname."""
    plain = fold(word)
    if plain in GIVEN_NAMES or plain in SURNAMES_TOO:
        return False
    return (
        plain in MEDICAL_WORDS
        or is_medicine(plain)
        or plain.split("-")[0] in _ANATOMICAL
        or (len(plain) > 8 and bool(_ENDINGS.search(plain)))
    )


def is_of_anatomy(word: str) -> bool:
    """Tell a part of the body, a germ or an eponym."""
    return fold(word) in _ANATOMICAL


def is_label(word: str) -> bool:
    """Tell whether a word is one of the head of a column or of a form."""
    return fold(word).strip("()°.*_ ") in LABEL_WORDS or is_sentence_word(word)


def is_given_name(word: str) -> bool:
    """Tell whether a word, or its first part, is a given name: "Jean-Pierre"."""
    return fold(word.replace("\u2010", "-").replace("\u2011", "-").split("-")[0]) in GIVEN_NAMES
