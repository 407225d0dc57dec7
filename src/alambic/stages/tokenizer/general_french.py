"""Plain French on daily topics, written for this project: what a medical tokenizer must not forget.

A module and not a text file, so that an edit changes the fingerprint of what was made with it.
"""

# Their pieces stay whatever the medical corpus says.
KEPT = """
Ce matin, nous avons pris le train de sept heures pour aller voir nos grands-parents à la campagne.
La boulangerie du quartier est fermée le lundi, mais celle de la gare reste ouverte toute la semaine.
Mon frère a réparé son vélo lui-même, car le magasin demandait beaucoup trop d'argent.
Les enfants jouent dans le jardin pendant que leur mère prépare le repas du soir.
Il a plu toute la nuit et la rivière est montée jusqu'au pied du vieux pont.
Le gouvernement a présenté hier un projet de loi sur le logement et les transports.
Pourriez-vous me dire où se trouve la mairie, s'il vous plaît ?
Elle a commencé à travailler dans une banque après ses études de droit à Lyon.
Le film que nous avons regardé hier soir était long, mais les acteurs étaient excellents.
Je ne sais pas encore si je viendrai samedi, cela dépend de mon travail.
Les prix des fruits et des légumes ont augmenté de dix pour cent depuis le mois de janvier.
Notre voisin a acheté une petite maison avec un grand terrain derrière l'église.
Il faut ajouter du sel, du poivre et une cuillère d'huile avant de mélanger la salade.
Le professeur a expliqué la leçon deux fois, pourtant plusieurs élèves n'ont pas compris.
Au printemps, les oiseaux reviennent et les arbres se couvrent de fleurs blanches.
L'équipe de France a gagné le match trois à un devant un public nombreux.
Nous cherchons quelqu'un qui puisse garder notre chat pendant les vacances d'été.
La bibliothèque municipale propose des livres, des journaux et un accès gratuit à internet.
Cet homme politique a été élu avec une faible majorité dans une région rurale.
Quand j'étais jeune, on écrivait encore des lettres à la main et on attendait la réponse longtemps.
Le bus numéro douze passe toutes les vingt minutes devant l'école primaire.
Vous devez remplir ce formulaire, le signer et le renvoyer avant la fin du mois.
Ils ont décidé de se marier en septembre dans un village au bord de la mer.
Le chien a aboyé toute la journée parce que ses maîtres étaient partis.
On dit souvent que les voyages forment la jeunesse, et c'est sans doute vrai.
La société annonce la création de cinquante emplois dans son usine du Nord.
Elle porte une robe bleue, un manteau gris et des chaussures noires.
Le musée présente jusqu'en décembre une exposition sur la peinture du dix-neuvième siècle.
Si tu avais écouté mes conseils, tu n'aurais pas perdu autant de temps.
Beaucoup de gens préfèrent aujourd'hui faire leurs achats en ligne plutôt qu'au marché.
Le facteur a laissé un paquet devant la porte sans sonner.
Nous avons besoin d'une voiture plus grande depuis la naissance de notre deuxième fille.
À midi, les employés mangent ensemble à la cantine ou dans le parc voisin.
Les travaux de la rue principale devraient être terminés avant l'hiver.
J'ai oublié mes clés au bureau, alors j'ai dû attendre mon mari devant l'immeuble.
Cette chanson me rappelle les soirées que nous passions avec nos amis à Marseille.
Le ministre de l'éducation souhaite réduire le nombre d'élèves par classe.
Il est interdit de fumer dans les lieux publics et dans les gares.
Ma tante vit seule depuis dix ans et refuse de quitter son appartement.
Le vent souffle fort ce soir, il vaut mieux fermer les fenêtres et rentrer le linge.
Le journal a publié une longue enquête sur la qualité de l'eau dans les grandes villes.
Aucun d'entre eux ne savait comment fonctionnait cette nouvelle machine à laver.
Les agriculteurs craignent une mauvaise récolte à cause de la sécheresse.
Pendant la guerre, mon grand-père avait caché une famille dans sa ferme.
Elle parle anglais, espagnol et un peu allemand, ce qui est utile dans son métier.
Le tribunal rendra sa décision dans trois semaines, selon l'avocat de la défense.
Nous sommes restés chez nous dimanche pour ranger le garage et peindre la cuisine.
Chaque année, des milliers de touristes visitent ce château construit par un roi.
Il y a quelques jours, j'ai rencontré par hasard une ancienne camarade de classe.
Le président a prononcé un discours devant les maires réunis à Paris.
Ce téléphone est trop cher pour moi, je vais garder le mien encore une année.
Tout le monde était fatigué, mais personne ne voulait aller dormir.
Les deux pays ont signé un accord sur le commerce et la protection de l'environnement.
La lumière du soleil entrait par la petite fenêtre et éclairait la table en bois.
Vous pouvez payer en espèces, par carte bancaire ou par chèque.
Le chemin monte à travers la forêt jusqu'à un lac entouré de montagnes.
Mes parents sont arrivés hier ; ils repartiront jeudi matin de bonne heure.
L'histoire commence dans une petite ville où tout le monde se connaît.
Le prix du billet comprend l'entrée, la visite guidée et une boisson.
Elle s'est levée tôt, a bu un café et est sortie courir au bord du canal.
Malgré la pluie, la fête du village a attiré plus de deux mille personnes.
Le directeur a demandé à chacun de donner son avis sur le nouveau projet.
D'après la météo, il fera froid demain matin, puis le temps deviendra plus doux.
Ils vivaient heureux, loin du bruit et de la circulation de la capitale.
Peux-tu acheter du pain, du beurre, des œufs et du fromage en rentrant ?
La plupart des jeunes pensent que leur avenir sera plus difficile que celui de leurs parents.
Le bateau quitte le port à huit heures et arrive sur l'île vers dix heures et demie.
Quelle que soit votre réponse, je vous remercie d'avoir pris le temps de me lire.
Un incendie a détruit une partie du toit, heureusement sans faire de victimes.
Le jeune homme a répondu qu'il ne connaissait pas le propriétaire de la voiture.
"""

# Kept apart, to measure what the trimmed tokenizer makes of French that it has not seen.
MEASURED = """
Hier après-midi, ma sœur a trouvé un vieux livre de cuisine dans le grenier de notre maison.
Les ouvriers ont commencé à démonter les échafaudages installés autour de la cathédrale.
Je voudrais réserver une table pour quatre personnes vendredi soir, si c'est possible.
Le prochain conseil municipal examinera le budget de la piscine et du gymnase.
Ils se promenaient lentement sur la plage en ramassant des coquillages.
Cette émission de radio raconte chaque semaine la vie d'un inventeur oublié.
Nous avons planté des tomates, des haricots et quelques pieds de basilic près du mur.
Le conducteur n'a pas vu le feu rouge et a freiné trop tard.
Mon collègue apprend le piano depuis deux ans et joue déjà plutôt bien.
Les habitants réclament davantage de pistes cyclables et moins de stationnement gênant.
L'hôtesse nous a proposé un jus d'orange pendant que nous attendions notre chambre.
Il neige rarement ici, mais l'an dernier les routes ont été bloquées pendant une semaine.
Une vieille dame nourrissait les pigeons, assise sur un banc de la place.
Le train a été supprimé à cause d'une grève, alors nous avons loué une camionnette.
Les élèves de la classe préparent un spectacle de marionnettes pour la fin de l'année.
Ce roman policier est tellement captivant que je l'ai terminé en une nuit.
La facture d'électricité a doublé en trois ans, se plaint le gérant du restaurant.
Le menuisier a fabriqué une étagère sur mesure avec du chêne récupéré.
On entendait au loin les cloches d'un troupeau qui descendait de la montagne.
Le syndicat appelle à manifester mardi devant la préfecture contre la réforme des retraites.
Avez-vous déjà goûté cette confiture de mirabelles que fabrique ma belle-mère ?
Le satellite a été lancé avec succès depuis la Guyane par une fusée européenne.
Son discours, plein d'humour, a été chaleureusement applaudi par les invités.
Elle collectionne les timbres et les cartes postales depuis son adolescence.
Les pompiers sont intervenus rapidement pour secourir un randonneur égaré.
Il suffit d'appuyer sur ce bouton pour mettre l'imprimante en marche.
Le marché de Noël s'installera cette année sur l'esplanade, derrière le théâtre.
Nos amis québécois nous ont fait découvrir le sirop d'érable et les longues balades en raquettes.
Le chercheur a étudié pendant vingt ans le comportement des abeilles sauvages.
Personne n'avait remarqué que la montre du clocher retardait d'un quart d'heure.
La championne a remporté l'épreuve malgré une chute au premier tour.
Le bruit des marteaux-piqueurs réveillait tout le quartier dès l'aube.
Pour rejoindre l'aéroport, prenez la navette qui part toutes les demi-heures.
Les négociations entre la direction et les salariés ont échoué dans la soirée.
Ma nièce rêve de devenir vétérinaire ou pilote d'hélicoptère.
Le ciel s'est brusquement assombri et l'orage a éclaté au-dessus de la vallée.
Cet ancien couvent, transformé en auberge, accueille des pèlerins du monde entier.
Les livres empruntés doivent être rendus dans un délai de trois semaines.
Il m'a promis de rembourser l'intégralité de la somme avant Pâques.
Le jury a récompensé un court métrage tourné avec un simple téléphone portable.
Nous avons traversé le désert en autocar, puis longé la côte jusqu'à la frontière.
La municipalité distribue gratuitement des composteurs aux familles qui en font la demande.
Le garçon de café essuyait les verres en sifflotant un air d'accordéon.
Selon un sondage, six Français sur dix comptent partir en vacances cet été.
Elle avait rangé ses bijoux dans un coffret tapissé de velours rouge.
Les informaticiens ont mis deux jours à rétablir le réseau de l'entreprise.
Un brouillard épais enveloppait le port et les bateaux de pêche restaient à quai.
Le maire inaugurera samedi la nouvelle passerelle qui enjambe la voie ferrée.
Je me souviens encore de l'odeur du pain grillé dans la cuisine de mon enfance.
Les randonneurs ont dressé leur tente à l'abri du vent, derrière un rocher.
Cette entreprise familiale exporte ses biscuits dans une trentaine de pays.
Le tramway sera prolongé jusqu'à l'université, ce qui réjouit les étudiants.
Mon oncle élève des chèvres et vend ses fromages sur les marchés de la région.
Le locataire du troisième étage joue de la trompette à des heures impossibles.
La conférence portera sur l'architecture des villes nouvelles et leurs espaces verts.
Après avoir longuement hésité, elle a choisi le canapé en tissu vert foncé.
Les pêcheurs réparent leurs filets en attendant que la tempête se calme.
Quelques spectateurs ont quitté la salle avant la fin, visiblement déçus.
Il a glissé une lettre anonyme sous la porte du commissaire.
La récolte des olives commence en novembre et mobilise toute la famille.
Un arc-en-ciel est apparu juste au moment où nous sortions du tunnel.
Le traducteur cherchait depuis une heure l'équivalent exact de cette expression.
"""


def sentences(block: str) -> list[str]:
    """Give the sentences of one of the blocks above."""
    return [line for line in block.splitlines() if line]
