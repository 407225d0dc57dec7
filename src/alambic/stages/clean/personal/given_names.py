"""Given names that are frequent in France, without case and accents: a capitalised word beside one is a surname."""

GIVEN_NAMES = frozenset(
    """
    aaron abdallah abdel abdelkader abdelkrim abdelaziz abdellah abdou abel abdoulaye achille adam adama adel
    adele adeline adelaide adrien adrienne adrian agathe agnes ahmed aicha aime aimee aissa aissatou alain alan
    alban albane albert alberte albertine alex alexandra alexandre alexandrine alexia alexis alfred ali alice
    alicia aline alison alix alphonse alphonsine amadou amandine amaury ambre ambroise amel amelie amina aminata
    amine amir amira ana anais anastasia anatole andre andrea andree ange angela angele angelina angeline
    angelique anissa anita anna annabelle anne annette annick annie anouk anthony antoine antoinette antonin
    antonio antony apolline ariane aristide arlette armand armande armelle arnaud arsene arthur assia astrid
    aude audrey auguste augustin augustine aurelia aurelie aurelien aurore axel axelle ayoub aziz baptiste
    barbara barnabe bastien baudouin beatrice benedicte benjamin benoit benoite berengere bernadette bernard
    bernardette berthe bertrand bilal blaise blanche blandine boris boubacar brahim brice brigitte bruno camille
    capucine carla carlos carmen carole carine caroline catherine cecile cecilia cedric celeste celestin
    celestine celia celina celine cesar chantal charlene charles charline charlotte cherif chloe christel
    christelle christian christiane christine christophe claire clara clarisse claude claudette claudia claudie
    claudine clemence clement clementine clotilde colette colin coline constance constantin coralie corentin
    corinne corinna cristina cyril cyrille cyrielle cyprien damien daniel daniela daniele danielle danny dany
    daphne david deborah delphine denis denise desire desiree diane didier dimitri djamel djibril dominique
    donatien dorothee dylan eddy edgar edith edmond edmonde edouard edwige eleonore elea elena eliane elias elie
    eliette eline elisa elisabeth elise ella elliot eloi eloise elodie elsa emeline emeric emile emilie emilien
    emilienne emma emmanuel emmanuelle emmy enzo eric erica erika ernest ernestine erwan esteban estelle esther
    ethan etienne etiennette eugene eugenie eva evan eve evelyne ezequiel fabien fabienne fabrice fanny fantine
    farid farida fatiha fatima fatou fatoumata faustine felicie felicite felix ferdinand fernand fernande
    fernando firmin flavie flavien fleur flora flore florence florent florentin florian florine fouad franck
    francesca francesco francine francis francisco francois francoise frank fred frederic frederique gabin
    gabriel gabriela gabrielle gael gaelle gaetan gaetane gaspard gaston gautier genevieve geoffrey geoffroy
    george georges georgette gerald geraldine gerard gerardine germain germaine ghislain ghislaine gilbert
    gilberte gilles gina ginette gisele giulia gladys gontran gonzague grace gregoire gregory guilhem guillaume
    guillemette gustave guy gwenaelle gwendoline habib hafida hakim hamid hamza hanna hannah hans harold hassan
    hatem hector helena helene henri henriette herve hicham hippolyte honore honorine hortense houria hubert
    hugo hugues huguette humbert hyacinthe ibrahim ibrahima ida idriss ignace igor ilan ilyes imane ines ingrid
    irene iris irma isaac isabelle isidore ismael issa ivan jacob jacqueline jacques jade jamel jamila jan jane
    janine jasmine jawad jean jeanne jeannette jeannine jennifer jeremie jeremy jerome jessica jessy joachim
    joan joao joel joelle joffrey johan johanna john johnny jonas jonathan jordan jose josee joseph josephe
    josephine josette josiane josselin josue jules julia julian juliana julie julien julienne juliette juline
    justin justine kader kamel karim karima karine katia kelly kenza kevin khadija khaled laetitia lahcen lamia
    lara laura laure laureline laurence laurene laurent laurette laurie laurine lea leandre leila lena leo leon
    leona leonard leonie leonore leopold leopoldine liam liliane lilian lilou lina linda line lionel lisa lise
    lisette loic lola lorenzo lorraine lou louane louis louisa louise louisette louka luc luca lucas lucette
    lucie lucien lucienne lucile lucille ludivine ludovic luis luka lydia lydie lyes macha madeleine madeline
    mael maeva maelle maelys magali magalie maggy mahamadou mahaut mahmoud maite malick malik malika mallory
    malo mamadou manon manuel manuela marc marceau marcel marcelin marceline marcelle marco marcus margaux
    margot margerite marguerite maria mariam mariama marianne marie marielle marilyn marin marina marine mario
    marion marius marjorie marlene marthe martial martin martine marvin maryline maryse maryvonne massimo mateo
    mathias mathieu mathilde mathis mathurin mathys matteo matthias matthieu maud maurice mauricette max maxence
    maxime maximilien maya medhi mehdi melanie melina melissa melodie melvin mercedes merwan michael michel
    michele micheline michelle miguel mickael mila milan mireille miriam mohamed mohammed moise monica monique
    morgan morgane mouhamed moussa mouna mourad muriel murielle mustapha myriam mylene nabil nadege nadia nadine
    nadir naima najat nancy naomie narcisse nassim natacha natalia nathalie nathan nathanael nawel nelly nestor
    nicolas nicole nina ninon noa noah noe noel noelie noelle noemie nolan nora norbert nordine nour octave
    octavie odette odile olga olive oliver olivia olivier omar ophelie orlane oscar oumar oumou ousmane pablo
    pamela paola paolo pascal pascale pascaline patrice patricia patrick paul paula paule paulette paulin
    pauline pedro penelope perrine peter philibert philippe philippine philomene pierre pierrette pierrick
    priscilla prosper quentin rachel rachid rachida rafael raissa ramon raoul raphael raphaelle raymond raymonde
    rebecca regine regis reine remi remy renaud rene renee reynald ricardo richard rita robert roberte roberto
    robin roch rodolphe rodrigo rodrigue roger roland rolande romain romane romeo romuald rosa rosalie rose
    roseline rosine roxane ruben ryan sabine sabrina sacha said salah salim salima salome salma salvatore
    samantha sami samia samir samira samuel samy sandra sandrine sandy sara sarah sasha saskia sebastien sekou
    selim selma serena serge sergio severin severine sidonie sidney silvia simeon simon simone sixtine slimane
    sofia sofiane solange solene soline sonia sophie souad soufiane souleymane stanislas stella stephane
    stephanie steve steven sue suzanne suzette suzie suzy sybille sylvain sylvaine sylvestre sylvette sylviane
    sylvie tanguy tania tatiana tess teddy telma teo thea theo theodore theophile theotime therese thibaud
    thibault thibaut thierry thomas tiago timeo timothee timothe titouan tom tony toufik tristan ugo ulysse
    urbain ursula valentin valentine valerie valery vanessa vera veronique vicky victor victoire victoria
    victorine vincent vincente violaine violette virgile virginie vivian viviane vivien vladimir walid walter
    wassim wendy wilfried wilfrid william willy xavier yacine yael yan yanis yann yannick yannis yasmina yasmine
    yassine yoann yohan yohann yolande youcef younes youssef youssouf ysee yvan yves yvette yvon yvonne zacharie
    zakaria zelie zoe zohra zineb zora
    """.split()  # noqa: SIM905
)
# Of these, some are also words or names of places: they say nothing at the head of a sentence or in capitals.
AMBIGUOUS = frozenset(
    """
    aime aimee ambre ange blanche blaise boris camille capucine celeste claire constance clement
    clementine desire
    desiree fleur flora flore florence france grace germain germaine honore iris jade jasmine juste
    laure line lise lou
    marc marine marin martial max narcisse noel normal octave olive paul pierre prosper reine rose
    sandy sue tom valentine
    victoire violette sacha urbain colin robin roch firmin felicite charlotte line renaud vincent
    ambroise said sidney
    george mercedes gaston hippolyte jordan adelaide lorraine victoria san milan virginie alexandrie
    magali elisa thea
    """.split()  # noqa: SIM905
)
