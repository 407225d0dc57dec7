"""Medicines: names of brands and substances, and how names of substances end. No given name and no frequent surname.

The list is made of that of EDS-NLP (edsnlp/resources/drugs.json, Assistance Publique - Hôpitaux de Paris, BSD
licence): the first words of names.
"""

import re

from alambic.stages.clean.personal.characters import fold
from alambic.stages.clean.personal.given_names import GIVEN_NAMES

_SUBSTANCE = re.compile(
    r"[a-z]{3,20}(?:"
    r"amide|amine|astine|azide|azine|azoles?|barbital|caine|camide|carbine|ciclib|cilline|citabine|codone|"
    r"conazole|cortisone|curium|curonium|cycline|dipine|dronate|esterol|estrel|etidine|fenac|fylline|"
    r"gliflozine|gliptine|glutide|grastim|idine|ilone|imus|iptan|itine|ivir|lukast|mabe?|methasone|mycine|"
    r"navir|nazine|nidazole|nolone|olol|olone|onium|opium|oprazole|orphine|osine|oxacine|oxetine|oxine|"
    r"oxone|pamil|pamine?|parine|pine|platine|poetine|pramine|prazole|pressine|pril|prilate|profene|prost|"
    r"purine|reline|relix|rubicine|sartan|semide|setron|solone|sone|statine|stigmine|sulfamide|tadine|"
    r"taxel|tegravir|tepa|terol|thiazide|tidine|tinib|tiopine|trexate|triptan|uracile|urone|vastatine|vir|"
    r"virine|xaban|zepam|zolam|zolid|zosine"
    r")|[a-z]{8,20}ines?|[a-z]{7,20}(?:ide|ate|ium|ase)s?"
)
_MEDICINES = frozenset(
    """
    abasaglar abatacept abboticine abelcet abilify abiraterone abraxane abstral abufene acadione acariens acarizax
    accofil accusol acenocoumarol acetate acides acidrine acitretine aclasta aclotine acorspray actifed actilyse
    actisoufre activelle activox actonel actosolv actrapid actron actynox acuilix acuitel acular adalate adancor
    adapalene adartrel adasuve adcetris adcirca adempas adenoscan adenuric adenyl adepal adixon adoport adrafinil
    adreview adrigyl adrovance adtralza advagraf advate advil advilcaps advilgel advilmed adviltab adynovi aerius
    aerrane aetoxisclerol afinitor aflibercept afstyla aftagel agiolax agrastat agrippal agyrax aimovig airomir ajovy
    akineton aklief akynzeo alairgix alanyl albunorm aldara aldirek aldomet aldurazyme aldyzine alepsal alevetabs
    alfacalcidol alfalastin alfatil alfentanil algesal algicalm alginate algisedal algodol algotropyl alimta aliskiren
    alizem alkeran alkonatrem allergiflash allergocomod allergodil allopurinol almide almitrine almogran alodont alopexy
    alostil alpagelle alphagan alpress alprolix alprostadil alteis alteplase altizide aluminium alunbrig alverine
    alvesco alyostal amarance amarel ambrisentan ambroxol ametycine amgevita amides amifostine amikacine amiloride
    aminomix aminoplasmal aminostab aminoven amiodarone amlor ammonaps ammoniums amodex amorolfine ampecyclal amsacrine
    amsalyo amukine amycor amylmetacresol anafranil anakinra anandron anapen anastrozole anausin ancotil andractim
    androcur androgel androtardyl anesderm anethole anexate angeliq angiocis angiox angusta antadys antalcalm antalnox
    antalyre antarene antasol antiacides antibio antidotes antihypertenseurs antiinfectieux antiinflammatoires anxemil
    apaisylgel aparoxal aphilan aphtoral apidra apokinon apranax apremilast aprepitant aprokam aprotinine aprovel
    aptivus apurone aquarest aracytine aranesp arcalion arcoxia arestal arganova argatroban arginine arginotri aricept
    aridol arimidex arixtra arkogelules arnican arolac aromasine aromasol arphos artane artelac artemether artenimol
    arthrocine arthrodont articadent artinibsa artirem artisial artiss artotec arzerra asasantine ascabiol ascofer
    ascorbate asfotase asmabec asmanex asmasal asmelor aspirine aspro asproflash atacand atarax atepadene athymil atimos
    atosiban atovaquone atriance atripla atrovent aturgyl atuxane aubagio auxitrans avadene avamys avanafil avastin
    avaxim avibon avlocardyl avodart avonex axeler axepim azactam azantac azarga azilect aztreonam azyter azzalure
    bacicoline baclocur baclofene bacterix bactrim bactroban balcoga balsamorhinol balsolene baraclude baritekal basdene
    baypress beagyne bebegel becilan beclojet beclospin beclospray beconase becotide becozyme bedelix befizal beflavine
    belanette belara belivair belustine bemedrex bemfola benefix benemide benepali benerva benlysta benzathine benzoate
    benzoyle bepanthen bepridil berinert beriplast beromun betadine betafact betaferon betagan betaine betanol betaselen
    betaserc betatop betesil betmiga betnesol betneval betoptic bexarotene bexsero biafine bicavera bicirkan bigonist
    biktarvy bilaska binocrit biocadextro biocalyptol biocarde biocidan biodalgic biogaze bionolyte biopeg biorgasept
    biotine biotone bioxyol biperidene biperidys biphozyl bipreterax birodogyl bisacodyl biseptine bismuth bisoce
    bisolvon blackoids bocouture bolinan bonasol bondronat bontefel bonviva boostrixtetra bortezomib bosentan botox
    braftovi breakyl brevibloc brexin bricanyl bridion brintellix bristopen brivaracetam briviact bromhexine bromures
    broncalene broncathiol bronchodual bronchokod broncoclar brufen brulex buccobet buccolam buccosoin buflomedil
    bupropion burinex busilvex buspirone busulfan bydureon byetta cabometyx caddera cadens caditar caduet caelyx cafeine
    calcibronat calcidia calcifediol calciforte calcipotriol calciprat calcitriol calcos caldine calmixene calperos
    calprimum calsyn caltrate calyptol camphrice campto cancidas candazol cantalene caprelsa capsaicine capsicine captea
    captodiame carbachol carbaglu carbolevure carbomix carbophos carbosylane carbosymag cardensiel cardiocalm cardiocor
    cardiomibi cardioxane carfilzomib cariban carlytene carmustine carmyne carteol cartrex carvedilol cascara casenlax
    casodex caspofungin catacol catapressan catarstat caverject cayston cebedexacol cebemyxine cebesine cebutid cefacet
    cefaclor cefadroxil cefalexine cefaline cefalotine cefamandole cefaperos cefazoline cefepime cefixime cefotaxime
    cefotiam cefpodoxime cefradine ceftazidime ceftobiprole ceftriaxone cefuroxime celance celebrex celecoxib celectol
    celestene cellcept celltop celluvisc celocurine celsentri celsior celvapan cemaflavone cephyl cerazette cerestab
    ceretec cerezyme cernevit certican cerulyse cervageme cervarix cervoxan cetavlex cetavlon cetirizine cetornan
    cetrimide cetrotide champix chibro chlorambucil chloraminophene chloraprep chlormadinone chlorquinaldol chlorure
    cholecalciferol cholediam cholurso chondrosulf chophytol cialis cibacene cibadrex cicatryl ciclopirox cidermex
    ciella ciflox cilest ciloxadex ciloxan cimzia cinacalcet cinqaero cipralan circadin cirkan cisapride cisplatyl
    citalopram citrafleet citrate civigel cladribine claforan clairyg claradol claramid clareal clarelux clariscan
    clarityne clarix clastoban claventin cleridium cleviprex clidinium climara climaston climaxol climene climodiene
    clindafluid clinimix clinoleic cliptol clobazam clobetasol clobex clomid clomifene clopidogrel clopixol clorotekal
    clottafact coaprovel codedrill codeine codenfan codoliprane codotussyl cokenzen colchicine colchimax colecalciferol
    colistine colludol collunovar collyre colobreathe colofoam colokit colopeg colprone coltramyl combantrin combigan
    combivent combodart comirnaty compensal competact compralgyl comtan concerta condyline conebilox conestat confidex
    contalax contracne contrathion convuline coolmetec copaxone copegus coquelusedal corbilta cordarone cordipatch
    corgard coricide corotrope correctol cortancyl cortapaisyl corticotulle cortisal cortivazol corvasal cosentyx
    cosidime cosmegen cosopt cotareg coteoula cotriatec covatine coveram cozaar crestor crifene crinone crixivan
    cromabak cromedil cromofree cromoptic cromorhinol crospovidone crysvita cubicin cufence cuprior curacne curaspot
    curethyl curosurf cutacnyl cuterpes cutisan cyanokit cycladol cycleane cymbalta cymevan cynomel cyproterone cyrdanax
    cystadane cystadrops cystagon cystine cytarabine cyteal cytotec dabigatran dabrafenib dacogen dacryoserum dacryum
    dafalgancaps dafalganhop dafalgantabs daflon daivobet daivonex daklinza daktarin dalacine danatrol danazol dantrium
    dantrolene daonil dapagliflozin dasselta deanol debricalm debridat debrumyl decalogiflox decapeptyl decitabine
    decongestionnants decontractyl dectancyl dedrogyl defanyl deferasirox deferiprone defiltran defitelio deflamol
    deliproct delprim delstrigo deltyba delursan densical dentobaume depakote deprenyl depuratum derinox dermacide
    dermazol dermestril dermobacter dermocuivre dermophil dermorelle dermoval deroxat desernil desferal desflurane
    desintex desobel desomedine desonide desopop desoxycortone detensiel deticene detrusitol deturgylone dexafree
    dexagrane dexambutol dexatopia dexpanthenol dexrazoxane dextran dextrarine dextrion dextromethorphane
    dextropropoxyphene diacereine diacomit diacor diactane diafuryl diafusor dialgirex dialyse diamox dianeal diaretyl
    diarfix diaseptyl diastabol diastase diazoxide dicetel dicodin dicynone didronel dienogest diergospray
    diethylstilbestrol differine dificlir difrarel digaol digedryl dilantin dilatrane dilrene diltiazem diluant dimegan
    dimercaprol dimetane dimethyle dinacode dinitrate dinoprostone diosmil diosmine diovenor dipentum dipeptiven
    diphetrie diphterie dipiperon diprivan diprolene diprosalic diprostene dipyridamole discotrine dissolvurol
    distilbene disulfiram disulone ditropan divarius divers divina docosanol docusate dodecavit dogmatil dolenio
    dolflash dolgit doliallergie dolipranecaps dolipraneliquiz dolipraneorodoz dolipranetabs dolipranevitaminec
    dolirhume dolodent dolosoft dolstic domperidone donepezil donormyl dopaceptin dopacis dopaview dopergine dopram
    doribax doripenem dormicalm dornase dosoxygenee dostinex dotarem dovato doxapram doxium doxylis doxypalu dragees
    driptane droleptan dronedarone droperidol drospibel drospirenone dualkopt dukoral dulcilarmes dulciphak dulcolax
    duodopa duofilm duoplavin duoresp duotrav duphalac duphaston dupixent duraphat duspatalin dydrogesterone dymista
    dynamisan dynastat dynexan dysalfa dyspagon dysport ebastine ebilfumin ecalta ecazide echinacee eclaran ecobec
    edetate edicis ediston eductyl edurant efavirenz effacne effala effederm effentora efferalganmed effexor efficort
    effizinc effortil efient efudix egaten elaprase elavil eldisine elebrato electrolytes elevit elfasette elgydium
    eligard elisor ellaone elocta elonva eloxatine eltrombopag eludril elusanes elvorine emerade emgality emla emlapatch
    emtriva enantone enbrel encepur encorafenib endobuline endotelon endovela endoxan engerix enoxacine enoximone enoxor
    enstilar entacapone entalgine entecet entocort entonox entresto entyvio envarsus enzymicine eosine ephedrine epiduo
    epinitril epipen epitomax epitopic eplerenone epoprostenol eporatio eptacog eptavit equanil eqwilate erapyl erazaban
    erbitux ercefuryl erdosteine ergocalciferol eribuline erivedge erleada ertapeneme eryacne eryfluid erylik erythrogel
    esberiven esbriet escitalopram esidrex esmeron esmocard esperal espizene esters estima estracyt estradiol estrapatch
    estreva estring estriol estrofem etanercept ethambutol ethanol ethinylestradiol ethinyloestradiol ethyle ethyol
    etilefrine etioven etodolac etomidate etopophos etoposide etoricoxib etoring eucaryl eucreas eulexine eupantol
    euphon euphylline eupressyl eurartesim euraxsepti eurelix eurobiol euronac euthyral euvanol evanecia evarrest evepar
    evicel eviplera evoltra exacor exacyl excedrinil exediem exelon exemestane exenatide exforge exjade exomuc exotoux
    expectorants extavia extovyl extraneal ezetimibe ezetrol fabrazyme factane fampyra fansidar fareston farlutal
    farydak fasenra fasigyne faslodex fastenyl fasturtec favirab febuxostat fegenor felbamate feldene felixita femadexil
    femara femelis femsept fentanyl fenugrene ferinject ferriprox ferrostrane fertifol fertistartkit fervex fibrogammin
    fibrovein finacea fingolimod finhair firazyr firdapse firmagon fivasa fixical fixorinox flagyl flanid flavan
    flavoxate flebogamma flector fletagex flexea flisint flixonase flixotide flixovate flodil flogencyl flolan florgynal
    floxyfral fluanxol fluarix flucon flucortac fludara fludex fluenz fluidabak fluimucil fluisedal flumazenil
    flumequine fluocaril fluocyne fluodontyl fluogel fluorex fluoroethyl fluorure flupentixol flutiform fluvermal
    focetria folinate folinoral fomepizole foncitril fondaparinux fongamil fongileine fonlipol fonzylane foradil forene
    forlax formoair formodual forsteo fortacin fortigel fortrans fortum fortzaar forxiga fosamax fosavance foscarnet
    fosfocine fosfopharm fosrenol fostimonkit foziretic fozitec fractal fragmine frakidex framyxone fraxodi fructines
    fucithalmic fulphila fulvestrant fumafer fumarate fungizone fungster furadoine fusidate fuzeon fycompa fyremadel
    gabacet gabitril gadobutrol gadoteridol gadovist galactogil galvus gammagard gammanorm gammatetanos ganfort gaoptol
    gaosedal gardasil gardenal gastropax gastrowell gaviscon gazyvaro gcform gelaspan gelatines geldene gelofusine
    geltim gelufene geluprane gemfibrozil gemzar geneserine genotonorm gentalline gestodene gevatran gibiter gilenya
    ginkogink ginkoplant ginkor givalex givlaari givosiran glatiramer gliadel glibenese gliolan glipizide glivec
    glucagen glucagon glucantime glucidion glucidoral gluconate glucor glucovance glycerol glyceryle glycosides glydium
    gomenol gonapeptyl goudrons grafalon granions granpidam granudoxy granupas grazax guethural guronsan gutron gyalme
    gydrelle gymiso gynopura haemophilus haemopressin halaven halfan haloperidol halothane harmonet havlane havrix
    haxifal hbvaxpro heafusine helicobacter helikit helixate helmintox hemangiol hematine hemedonine hemlibra hemoclar
    hemoleven hemosol hepadial hepanephrol hepargitol heparines hepatate hepatoum hepcludex hepsera heptaminol herceptin
    herzuma hexabrix hexalyse hexaquine hexaspray hexastat hexatrione hexomedine hexvix hexyon hibidil hibiscrub
    hibitane hidonac hirucreme histapaisyl hizentra holgyeme holoclar hospasol humexlib humira humoxal huvanof hyalgan
    hycamtin hydergine hydracort hydrates hydrea hydroclonazone hydrocortancyl hydromorphone hydrosol hydroxyethylamidon
    hydroxyprogesterone hymecromone hyperhes hyperium hyqvia hytacand hytrine hyzaar iasoglio ibufetum ibupradoll ibutop
    icatibant iclusig idarac idebenone idelalisib ideolaxyl ifenprodil ifirmacombi ifirmasta ikaran ikorel ilaris
    ilomedine iluvien imbruvica imfinzi imigrane imiject imipenem imiquimod imizine immucyst immugrip imnovid imodium
    imogam imonogas imoseptyl imovax importal imraldi imukin imurel incivo inclisiran increlex incruse indiaral
    indobiotic indocid indocollyre inductos infanrix inflectra influvac ingenol inhibiteur inhixa inipepsia inipomp
    inlyta innohep innovair inofer inomax inongan inorial inosine inotyol inovelon insectes inspra instanyl instillagel
    insulatard insuman integrilin intelence intercron intercyton interferon intetrix intrait intralgis intrarosa introna
    inuline invanz invirase iobitridol iodixanol iodure iohexol iomeprol iomeron ionitan ionoven iopamidol iopamigita
    iopamiron iopromide ioversol iperten ipraalox iprafeine iressa irinotecan irrisedermyl isentress isimig iskedyl
    isobar isocard isodril isoflurane isofundine isoptine isopto isorythm isothipendyl isovol ispaghul istendo istopen
    isuprel ivabradine ivacaftor ivelip ivemend ivhebex ixiaro ixprim izeane izilox izinova jakavi jamylene janumet
    jardiance jasminelle javlor jaydess jetrea jevtana jinarc jonctum josacine josir juluca justor jyseleca kabiven
    kadcyla kaleorid kaletra kalinox kaloba kalydeco kaneuron kanjinti kanokad kaobrol kaologeais kaomuth kapanol
    karayal karnodyl kaskadil keforal kelocyanor kendix kenzen kepivance kerafilm kerlone kesimpta kessar kestin ketesse
    ketoderm ketorolac ketosteril ketotifene ketrel kevzara keytruda kidrolase kigabeq kineret kinurea kiovig kiravem
    kisqali kivexa kliogest klipal kogenate kolbam komboglyze koretic kredex krenosin kryptoscan kyleena kymriah
    kyntheum kyprolis kytril labetalol lacrifluid lacrigel lacrinorm lacrypos lacryvisc lacteol lactinette lactitol
    lamictal lamiderm lamisil lamivudine lamprene lamzede langoran lansoyl lanthanum lanvis lanzor largactil lariam
    larmabak larmes laroxyl lasilix lasix laventair laxamalt laxaron lectil ledaga leeloo legalon lemtrada lenoxe
    lepirudine leponex lepticur leptoprol leqvio lercan lercapress lescol letrozole levact levemir levetiracetam
    levidcen levitra levocarnil levodopa levofree levophta levosimendan levosolo levotonine librax lidene lierre likozam
    lincocine lindilane lioresal lipanor lipanthyl lipidem lipiodol liporosa liposic lippiza liptruzet lisuride
    lithioderm lithium livial lixiana locabiotal locacid localone locapred locatop loceryl locoid lodales lodine
    logiflox logimax logirene logroton lojuxta lolistrel lomexin lomudal lomusol lomustine lonoten lonsurf lopressor
    lopril loramyc lovapharm lovavulo lubentyl lucentis ludeal ludiomil lumalia lumbalgine lumigan lumirelax lumirem
    lutathera lutenyl luteran lutetium lutrelef luveris lymphoseek lynestrenol lynparza lyrica lysanxia lysocline
    lysodren lysopaine maalox mabelio mabthera macrogol macugen madecassol magnegita magnesie magnesium magnespasmyl
    magnevie magnevist malarone malathion malocide manganese mannitol maraviroc marsilid matrifen mavenclad maviret
    maxalt maxidex maxidrol maxilase mebeverine meclozine mediatensyl medibronc medicaments medikinet mediveine
    mednutriflex medrogestone medroxyprogesterone mefloquine megace megamag megestrol mekinist mektovi meladinine
    melatonine melaxib meliane melodia meloxicam melphalan memantine menaelle mencevax meningitec meninvact menjugate
    menopur menveo mepacyl mepsevii mequinol mercalm mercilon mercryl meronem meropenem mestacine mestinon metalyse
    metastron meteospasmyl meteoxane methadone methergin methocarbamol methoxsalene methoxy methyldopa methyle
    methylnaltrexone metoject metopirone metrocol metvixia metyrapone mexiletine miacalcic mianserine mibitec micardis
    microlax micropaque microtrast microval midodrine mifegyne mifepristone miffee miflonil miglitol miglustat migpriv
    migralgine mikelan mikicort milligynon milnacipran milrinone miltex mimpara minalfene minerva minesse minidiab
    minidril minipress minirin minolis minoxidil minulet miochole miorel miostat mirabegron mircera mirena mirvaso
    misolfa misoone misoprostol missilor mitosyl mitotane mitoxantrone mivacron mixtard mizocler mizollen modafinil
    modecate modigraf modiodal moditen modixis modopar moducren moduretic mogadon monazol monicor monoalgic monocrixo
    monoflocet monoketo mononine monosept monotramal monover monozeclar monuril mopac mopralpro moscontin motilium
    motilyo mounjaro moventig movicol moviprep movymia moxisylyte moxydar mozobil mucinum mucivital mucodrill mucofluid
    mucomyst mucoplexil mucothiol multaq multibic multicrom multienzymes multihance multilarm muphoran mupiderm
    mupirocine mutagrip mutesa myalepta myambutol mycoapaisyl mycodecyl mycohydralin mycolog mycoskin mycoster mydrane
    mydriasert mydriaticum myfortic myleran myleugyne mylotarg mynocine myocet myolastan myoplege myorelaxants myoview
    myozyme mysoline mytelase naabak naaxia nabucox nabumetone naemis naftazone naftidrofuryl naftilux naglazyme nalador
    nalbufine nalbuphine nalgesic nalmefene nalorex naloxegol nalscue naltrexone nanocis nanocoll naprosyne naproxene
    naramig naravela narcan narcozep naropeine nasacort nasalide nasonex natecal natispray natrixam natulan nausicalm
    navelbine navoban nazinette nebcine nebido nebilox necyrane nedocromil nefopam neisvac nelarabine nelmaubert
    neofordex neoral neorecormon nephromag nepressol nerisalic neulasta neuleptil neupogen neupro neuraceq neurobloc
    neurosthenol neutravera nevanac nexavar nexium nexplanon niaspan nicobion nicogum nicopass nicopatchlib nicorandil
    nicorette nicotine nidrel niflugel nifluril nilevar nimbex nimenrix nimotop nipent niquitin nisisco nitisinone
    nitrate nitriate nitriderm nitronal nivaquine nivestim nizaxid nizoral nocertone noctran noctyl nolvadex nomegestrol
    nonacog nootropyl nopron norcuron nordaz nordimet norethisterone norgalax norlevo normacol normafibe normison
    normosang norprolac norset notezine novacetol novantrone novatrex novoeight novofemme novomix novonorm novoptine
    novopulmon novoseven noxafil nozinan nplate nucala nuctalon numetah nureflex nurofen nutrineal nutrivisc nutropinaq
    nutryelt nuvaring nuvaxovid nyogel obizur ocrevus octafix octagam octalbine octanate octaplex octreoscan ocufen
    oddibil odomzo oedien oesclim oestrogel oflocet ogastoro ogivri okimus olaparib oliclinomel oligocure oligostim
    olimel olmetec olmifon olumiant olysio omacor omegaven omexel omezelis omnipaque omniscan omnitrope onbrez oncaspar
    oncovin onezyp onglyza onivyde ontruzant onytec opalgyne opatanol opdivo ophtacalm ophtasiloxane ophtim
    opioidesetamol oprymea optaflu opticron optideso optidril optiject optikinzy optilova optimizette optinesse optiray
    optrex optruma oracefal oracilline oralair oramorph oraqix orbenine ordipha orelox orencia orfadin orgalutran
    orgametril orgaran orkambi orlistat ormandyl ornithine orobupr orocal orofluco oroken oromag oromone oroperidys
    orozamudol osaflexan osigraft osmogel osseans ossopan osteocal osteocis ostepam ostram otezla otipax otrasel otylol
    ovaleap ovitrelle oxaceprol oxedrine oxeladine oxetorone oxsynia oxyboldine oxynorm oxynox oxythyol oxytocine ozalin
    ozempic ozidia ozothine ozurdex pabasun pacilia paderyl palifermin paliperidone paludrine panadol pancristole
    panfurex panfuryl pannogel panobinostat panotile panoxyl panretin pansoral pantestone pantoloc pantozol papaverine
    papclair papillomavirus paracetamol paraffine paralyoc paraminan paraterax parecoxib pargine pariet parkinane
    parlodel parodonmed paroex paxeladine paxlovid pazopanib pecfent pediaven peflacine pegaptanib pegasys peginterferon
    pegvisomant pelgraz pelmeg pemetrexed pentacarinat pentacis pentaerithrityl pentasa pentavac pentoflux pentosane
    pepcidac pepdine pepsane peptavlon peracel perampanel perfalgan perfane pergolide pergotime pergoveris periactine
    peridys perikabiven perinutriflex periolimel perjeta perleane permixon pernazene persantine pevaryl phaeva pharmatex
    pheburane phenergan phenol phenylbutazone phenytoine phlebocreme phlebosup phloroglucinol phocytan pholcodine
    pholcones phosphalugel phosphate phosphoneuros phosphore phosphosorb photofrin phoxilium physiogine physioneal
    physiotens phytacis phytemag phytomenadione phytotux picato picoprep pifeltro pilobloq pilosuryl pimethixene
    pimozide pioglitazone pipamperone pipobroman piportil pipram piracetam pirfenidone piribedil pirilene piroxicam
    pivalone pivmecillinam pizotifene plaquenil plasmalyte plasmavolume plasmion plasmohes plastenan plegisol plegridy
    plerixafor plitican plurexid pneumo polery polidocanol polydexa polygynax polysilane polystyrene ponstyl porfimer
    potactasol povidone pradaxa pralidoxime praluent pramipexole prasterone prasugrel pravadual praxbind praxilene
    praxinor prazinil praziquantel precyclan predesic predyl preminor prenoxad prepacol prepidil prepulsid prestole
    preterax preterval prevenar prevymis prezista prialt priligy primalan primene primidone primperan prinivil prinzide
    prioderm priorix prismasol pristam pritor privigen proallergodil procoralan proctolog procuta prodilantin prodinan
    profemigr progestan progesterone progestogel progiron proglicem prograf proguanil progynova prohance proinuline
    prokinyl proleukin prolia promegestone promestriene prontadol propafenone propanol propecia propess propylex
    prorhinel prospan prostine protelos protexel prothiaden protopic protoxyde provames proxalyoc prozac psylia psyllium
    pulmicort pulmobailly pulmocis pulmodexane pulmoserum pulmozyme puregon purinethol purivist pylera pyocefal pyorex
    pyostacine pyralvex pyrantel pyreflor pyrethrines qlaira quadramet quadrasa quasym questran quietiline quinimax
    quinine quitaxon quotane qutenza qvarspray rabipur racecadotril radioselectan ralopharm raloxifene raltitrexed
    raniplex rapamune rapibloc rapifen rapilysin rapiscan rasagiline rasilez ravicti raxone reactine reanutriflex
    rebetol rebif recholan recivit rectogesic rectoquotane refacto refludan refresh regadenoson regorafenib relistor
    relpax relvar remicade remifentanil reminyl remodulin removab remsima renagel renitec rennieliquo renocis renvela
    reopro reparil repatha repevax replagal requip rescueflow resikali resitune resolor respilene restorvol restrical
    retacnyl retacrit reteplase retigabine retinol revatio revaxis revinty revlimid revolade reyataz rheoflux rhinadvil
    rhinathiol rhinedrine rhinocort rhinofluimucil rhinomaxil rhinotrophyl rhinureflex rhophylac rhumagrip riamet
    riastap ribavox rifabutine rifadine rifater rifaximine rifinah rilutek riluzole rimactan rimendia rimifon ringer
    rinoclenil rinvoq riociguat riopan risordan risperdalconsta risperdaloro risperidone ritaline ritiometan rixathon
    rixubis roaccutane roactemra rocacedotril rocaltrol rocgel rockles rodogyl roferon rohypnol rolapitant romiplostim
    ropinirole rosiced rotarix rotateq rotavirus rotigotine rougeole rouvax rowasa rozacreme rozagel rubeole rubozinc
    rubraca rucaparib ruconest rudivax rutoside rybelsus rythmodan rythmol sabalis sabril saccharomyces sacolene
    saflutan saizen salagen salbumol salbutamol salvacyl samsca sandimmun sanmigran santuril sargenor savarine savene
    scandonest schoum scintimun scleremo scoburen scopoderm sebiprox sebivo secalip secnol sectral sedacollyre sedaspir
    sedermyl seebri seglor selegiline selenium selexid selexipag selgine selincro seloken selozok selsun selutrio
    senokot senophile septanest septeal septivon serecor sereprosta seresta serevent sermion seroplex seropram
    sertraline setofilm sevelamer sevikar sevoflurane sevorane sevredol sibelium siccafluid sifrol signifor siklos
    sildenafil silicones siligaz silkis silodyx silymarine simbrinza simponi simulect sinemet singulair sintrom siroctid
    sirturo sitavig skelid skiacol skinoren skyrizi slenyto smecta smofkabiven smoflipid softacort solacy solian soliris
    solispasm solmucol solubacter soludactone solupred soluprick solute soluvit somatuline somavert sonidegib sonovue
    soolantra sophidone sophtal sorafenib sorbitol soriatane sotalex sotalol sovaldi spagulax spanor spasfon spasmag
    spasmine spasmocalm spedifen spedra spifen spikevax spiolto spiroctan spirolept spironolactone spironone sporanox
    sporiline spotof spravato spregal sprycel srilane stablon stagid stalevo stamaril stamicis stavudine stediril
    stelara steovess sterculia sterdex sterilene sterlane sterogyl stimol stimulants stiripentol stivarga stomedine
    strefen strensiq strepsils streptase stresam striadyne stribild striverdi stromectol strontium structocal
    structoflex structokabiven structum subcuvia subutex succicaptal succinate sudafed sufenta sugammadex sulfamethizole
    sulfamides sulfarlem sulfate sulfuryl sulindac sulpiride sulprostone suppliven suprane suprefact surbronc surfortan
    surgam surgestone surmontil susoctocog sustiva sutent suvreza sycrest symbicort sympathyl synacthene synagis synarel
    syncortyl synedil synthol syntocinon tacalcitol tachosil tadalafil tadenan tafamidis tafinlar tagamet tahor takadol
    taketiam takhzyro takrozem talmanco taloxa taltz tamarine tamiflu tamoxifene tanakan tanatril tanganil tarceva
    tardyferon targocid targretin tasigna tasmar tavanic taxol taxotere tazarotene teatrois tecentriq tecfidera
    technescan tedralan tegafur tegeline teglutik telebrix telfast telzir temerit temgesic temodal tenordate tenoretic
    tenormine tenoxicam tensionorme tenstaten teoula tepadina teralithe tergynan terlomexin terpone testopatch
    testosterone tetralysal tetravac teveten texodil thaissept theinol theostat theralene thiamphenicol thiopental
    thiophenicol thiovalone thyrofix thyrogen thyrozol tiadenol tiadilon tiagabine tianeptine tiapridal tiapride tiberal
    ticagrelor ticarpen ticlid ticovac tidiacic tienam tigreat tilavist tilbroquinol tilcotil tildiem tillhepo timabak
    timacor timocomod timoferol timoptol tioguanine tiorfan tiorfast tiratricol tirofiban tisseel tissucol titanoral
    tivicay tixocortol tixtar tobrabact tobradex tobrex toclase tocofersolan tocolion tocopa tocopherol toctino tofranil
    tolcapone tolexine tolucombi tolura tolvaptan tomudex tonilax topaal topalgic topfena topiscab toplexil topotecan
    toprec toremifene torental torisel toujeo toviaz toxicarb toxine tracitrans tracleer tracrium tractocile tracutil
    tramisal trandate tranquital transacalm transilane transipeg transitol transvercid tranxene trasicor trasylol
    travatan trazimera tredemine trelegy tremfya trentadil treprostinil tresiba tretinoine trevicta triacefan triafemi
    tricilest tridesonit triella trientine trifarotene triflucan trihexy trileptal trimbow trimethoprime trinipatch
    trinitrine trinordiol triplixam trisenox trisequens triumeq trivastal triveram trobalt trobicine trolovol trombovar
    tronothane trophicreme trophigil trophires trospipharm trospium trosyd trulicity trusopt truvada tuaminoheptane
    tubertest tussidane tussipax tussisedal tuxium twicor twinrix twynsta tyavax tygacil typherix typhim tysabri tyverb
    ubistesin ucedane ulipristal ultibro ultiva ultraproct ultravist umatrope umuline unacim uniflox unifluid unilarm
    unipexil uptravi urapidil urbanyl uridoz urispas urokinase uromitexan urorec urosiphon ursolvan uteplex utrogestan
    uvimag vablys vaborem vadilex valdoxan valerianae valproate vaminolact vandetanib vaniqa vardenafil varicelle
    varilrix varivax varnoline varuby vascocitrol vaseline vasobral vasodilatateurs vastarel vasten vaxelis vaxigrip
    vaxzevria vectarion vectibix vectrine vedrop vegetoserum veinamitol veinotonyl velcade veletri veliten velmanase
    velmetia velphoro vemurafenib venaclar venirene venofer ventavis ventilastin vepeside veratran verrucides verrufilm
    verrulyse verrupan versatis verteporfin verzenios vesanoid vesicare veyvondi vfend viagra vialebex vibrion vibtil
    victoza victrelis vidaza vidora vigabatrin vimizim vimpat vinburnine vindesine vinflunine vintene viperfav
    viraferonpeg viramune viread virgan virlix virophta visanne visipaque viskaldix visken vismodegib vistabel vistide
    visudyne vitabact vitalogink vitaros vitarutine vitascorbol vitathion vivaglobin vivelledot vizarsin vocadys
    vogalene vogalib volibris voltaflex voltarenactigo voltarendolo voltarenophta voluven voncento vosevi votrient
    votubia vyndaqel vytorin vyxeos warfarine wegovy wellvone wilfactin wilstart wilzin wystamm wytens xadago xagrid
    xalacom xalatan xalkori xaluprine xamiol xanax xanthium xatral xelevia xeljanz xeloda xenetix xenical xeomin xeplion
    xeroquel xigduo ximepeg xofigo xolaam xolair xtandi xybilun xylocard xylocontact xylonor xylorolland xyzall ydralbum
    yellox yervoy yescarta yocoral yohimbine yondelis ysomega ytracis zaditen zalasta zaldiar zalerg zallyre zaltrap
    zalviso zamudol zanextra zanidip zanosar zaprilis zarontin zarzio zavedos zavesca zebinix zeclar zeffix zejula
    zelboraf zelitrex zentel zeposia zestoretic zestril zevalin ziagel ziagen zidovudine ziextenzo zimino zindacline
    zinforo zinnat zinplava zirabev zithromax zocor zofenil zofora zoladex zoloft zolpidem zoltum zomacton zometa
    zomigoro zondar zonegran zophren zopiclone zoryon zostavax zovirax zuclopenthixol zumalgic zutectra zydelig zykadia
    zyloric zymaduo zymafluor zypadhera zyprexa zyrtec zytiga zyvoxid
    """.split()  # noqa: SIM905
)


def is_medicine(word: str) -> bool:
    """Tell whether a word is the name of a medicine or a substance: "OZEMPIC", "adalimumab"."""
    plain = fold(word)
    if plain in GIVEN_NAMES:
        return False
    return plain in _MEDICINES or bool(_SUBSTANCE.fullmatch(plain))
