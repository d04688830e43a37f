"""The closed vocabulary beside the model's own words: what ranks, compares, counts, fills.

All in lower case without accents, as `karvo.ai.text.words_of` leaves them.
"""

from karvo.ai import periods

TOP = {
    'top', 'best', 'biggest', 'largest', 'highest', 'leading', 'most', 'greatest', 'strongest',
    'meilleur', 'meilleurs', 'meilleure', 'meilleures', 'plus gros', 'plus grosse', 'plus grosses',
    'plus grand', 'plus grande', 'plus grands', 'plus grandes', 'le plus', 'principaux',
    'principal', 'principales', 'plus eleve', 'plus eleves', 'plus importants', 'plus important',
    'plus importante', 'les plus', 'la plus', 'plus elevee', 'plus elevees', 'premiers', 'mieux',
    'best selling', 'bestselling', 'top selling', 'se vend le mieux', 'se vendent le mieux',
    'plus vendus', 'plus vendu', 'plus vendue', 'plus vendues', 'les mieux', 'highest grossing',
    'palmares',
}  # fmt: skip
BOTTOM = {
    'bottom', 'worst', 'lowest', 'smallest', 'least', 'fewest', 'weakest', 'poorest', 'pire',
    'pires', 'le moins', 'les moins', 'la moins', 'moins bon', 'moins bons', 'plus petit',
    'plus petits', 'plus petite', 'plus petites', 'plus faible', 'plus faibles', 'worst selling',
    'least selling', 'plus bas', 'plus mauvais', 'moins vendus', 'moins vendu', 'moins bonnes',
    'se vend le moins', 'se vendent le moins', 'slowest',
}  # fmt: skip
BY = {
    'by', 'per', 'par', 'for each', 'each', 'chaque', 'pour chaque', 'par chaque', 'every',
    'broken down by', 'split by', 'selon', 'grouped by', 'group by', 'ventile par', 'ventiles par',
    'across', 'in each', 'of each', 'from each', 'de chaque', 'ventilation par', 'breakdown by',
    'repartition par', 'dans chaque', 'breakdown of', 'a chaque', 'according to', 'repartis par',
    'regroupe par', 'detail par', 'all', 'tous', 'toutes',
}  # fmt: skip
BY -= {'all', 'tous', 'toutes'}
WHICH = {
    'which', 'list', 'liste', 'lister', 'quel', 'quels', 'quelle', 'quelles', 'show', 'montre',
    'affiche', 'enumere', 'montrer', 'names', 'name', 'nomme', 'lesquels', 'lesquelles', 'montrez',
    'listez', 'affichez',
}  # fmt: skip
COUNT = {
    'how many', 'number of', 'nombre de', 'nombre d', 'combien de', 'combien d', 'count of',
    'count', 'nb de', 'nb', 'total number of', 'nombre total de', 'le nombre de', 'combien',
}  # fmt: skip
HOW_MUCH = {'how much', 'combien', 'total', 'montant', 'totals', 'somme', 'sum', 'valeur', 'value',
            'montant total', 'amount', 'total amount', 'totale', 'overall'}  # fmt: skip
COMPARE = {
    'compare', 'compared', 'compared to', 'compared with', 'comparing', 'comparison', 'vs',
    'versus', 'against', 'comparer', 'compares', 'comparaison', 'comparativement a', 'difference',
    'par rapport a', 'par rapport au', 'par rapport aux', 'contre', 'relative to', 'comparez',
    'comparativement', 'difference between', 'par rapport', 'en comparaison', 'compare with',
}  # fmt: skip
GROWTH = {
    'growth', 'grow', 'grew', 'grown', 'growing', 'croissance', 'variation', 'augmentation',
    'augmente', 'increase', 'increased', 'decrease', 'decreased', 'hausse', 'baisse', 'change',
    'changed', 'diminution', 'diminue', 'progresse', 'growth rate', 'taux de croissance',
    'dropped', 'declined', 'decline', 'year over year', 'yoy', 'month over month', 'mom',
    'quarter over quarter', 'qoq', 'd une annee a l autre', 'sur un an',
}  # fmt: skip
YEARLY_GROWTH = {'year over year', 'yoy', 'd une annee a l autre', 'sur un an'}
TREND = {'trend', 'trends', 'trending', 'evolution', 'over time', 'tendance', 'tendances', 'progression',
         'evolue', 'historique', 'history', 'timeline'}  # fmt: skip
SHARE = {
    'share', 'shares', 'percentage of', 'percent of', 'proportion', 'proportion of', '% of',
    'part', 'parts', 'pourcentage', 'pourcentage de', 'pourcentage du', 'percentage', 'percent',
    'quote part', 'poids', '% du', '% de', '% des', 'share of', 'part de', 'fraction',
    'contribution', 'split', 'repartition', '%', 'mix',
}  # fmt: skip
SHARE -= {'split'}
OUT = {'out of stock', 'en rupture de stock', 'rupture de stock', 'en rupture', 'rupture',
       'sold out', 'no stock', 'epuise', 'epuises', 'epuisee'}  # fmt: skip
ONLY = {'only', 'just', 'seulement', 'uniquement', 'juste', 'que pour', 'rien que', 'exclusively'}
AND = {'and', 'et', 'what about', 'how about', 'qu en est il', 'also', 'aussi', 'ainsi que', 'plus',
       'as well as', 'along with', 'puis', 'now', 'maintenant', 'then', 'instead', 'plutot'}
LEADING = ('and', 'et', 'what', 'how', 'qu', 'also', 'same', 'meme', 'now', 'then', 'maintenant',
           'puis', 'aussi', 'or', 'ou', 'but', 'mais')
SAME = {'same', 'same thing', 'meme', 'meme chose', 'la meme chose', 'pareil', 'the same',
        'idem', 'ditto', 'same question', 'meme question', 'likewise'}
OVER = {
    'more than', 'over', 'above', 'greater than', 'exceeding', 'plus de', 'superieur a', 'plus d',
    'superieurs a', 'superieure a', 'superieures a', 'depassant', 'au dessus de', 'depasse',
    'higher than', 'exceed', 'exceeds', '>', 'bigger than', 'at least', 'au moins', 'depassent',
    'de plus de',
}  # fmt: skip
UNDER = {'less than', 'under', 'below', 'moins de', 'moins d', 'inferieur a', 'inferieurs a', '<',
         'lower than', 'inferieure a', 'inferieures a', 'smaller than', 'fewer than', 'sous',
         'en dessous de', 'at most', 'au plus'}  # fmt: skip
NOT = {
    'not', 'no', 'never', 'havent', 'hasnt', 'didnt', 'haven', 'hasn', 'didn', 'without', 'sans',
    'pas', 'rien', 'jamais', 'aucun', 'aucune', 'stopped', 'arrete', 'cesse', 'doesnt',
    'don', 'doesn', 'nothing', 'none', 'quit',
}  # fmt: skip
EXCEPT = {'except', 'excluding', 'sauf', 'excepte', 'other than', 'hors', 'outside', 'a part',
          'except for', 'a l exception de', 'excluant', 'but not', 'not in', 'not including'}
GRAINS = {
    'daily': 'day', 'quotidien': 'day', 'quotidienne': 'day', 'quotidiennes': 'day',
    'weekly': 'week', 'hebdomadaire': 'week', 'hebdomadaires': 'week', 'monthly': 'month',
    'mensuel': 'month', 'mensuelle': 'month', 'mensuels': 'month', 'mensuelles': 'month',
    'quarterly': 'quarter', 'trimestriel': 'quarter', 'trimestrielle': 'quarter',
    'trimestrielles': 'quarter', 'trimestriels': 'quarter', 'yearly': 'year', 'annual': 'year',
    'annually': 'year', 'annuel': 'year', 'annuelle': 'year', 'annuelles': 'year',
    'annuels': 'year', 'month by month': 'month', 'mois par mois': 'month',
    'quarter by quarter': 'quarter', 'trimestre par trimestre': 'quarter', 'par mois': 'month',
    'year by year': 'year', 'annee par annee': 'year', 'week by week': 'week',
    'semaine par semaine': 'week', 'day by day': 'day', 'jour par jour': 'day',
}  # fmt: skip
UNITS = {name: unit for name, unit in periods.UNITS.items() if unit != 'half'}

#: Words of a metric that may be said beside another metric without meaning it.
WEAK = {
    'revenue': {
        'sales', 'sale', 'sold', 'sell', 'sells', 'selling', 'buy', 'buys', 'buying', 'bought', 'purchase',
        'purchases', 'purchased', 'spend', 'spends', 'spent', 'spending', 'billed', 'invoiced',
        'ventes', 'vente', 'vendu', 'vendus', 'vendue', 'vendues', 'vend', 'vendent', 'vendre',
        'achete', 'achetes', 'achetent', 'achats', 'achat', 'acheter', 'depense', 'depensent',
        'depenses', 'earn', 'earned', 'income', 'ordered', 'order', 'ordering', 'commande',
        'commander', 'commandent', 'revenue', 'ca',
    },
    'payments': {
        'received', 'collected', 'paid', 'pay', 'pays', 'collect', 'receive', 'paid us', 'pay us',
        'recu', 'recus', 'paye', 'payes', 'encaisse', 'encaisses', 'encaissee', 'percu', 'percus',
        'payment', 'paiement', 'verse', 'verses',
    },
    'credits': {'credit', 'returns', 'credited'},
    'units_sold': {'units', 'unit', 'quantity', 'quantities', 'unites', 'unite', 'quantite',
                   'quantites', 'volume', 'pieces'},
    'stock_on_hand': {'stock', 'stocks', 'inventory', 'inventaire', 'in stock', 'en stock'},
    'ar_balance': {'balance', 'balances', 'outstanding', 'solde', 'soldes', 'receivables',
                   'receivable', 'accounts receivable', 'comptes clients', 'unpaid', 'dus', 'du',
                   'impayes', 'impaye', 'owed', 'owing', 'creances', 'outstanding balance',
                   'comptes a recevoir', 'doit', 'doivent', 'owe', 'owes'},
    'gross_margin': {'margin', 'marge', 'profit'},
    'tax_tps': set[str](), 'tax_tvq': set[str](),
}  # fmt: skip
#: Weak words that stand only beside something else.
VERBS = {'revenue': ('ordered', 'order', 'ordering', 'commande', 'commander', 'commandent')}
HAVE = {'have', 'left', 'reste', 'restent', 'avons', 'has', 'remaining', 'remain', 'restant',
        'available', 'disponible', 'disponibles', 'hold', 'carry'}  # fmt: skip
TAXES = {'taxes', 'tax', 'taxe', 'sales tax', 'sales taxes', 'taxes de vente', 'tps et tvq',
         'gst and qst', 'tps tvq'}
STATUSES = {
    'paid': ('paid', 'payees', 'payee', 'reglees', 'settled'),
    'partial': ('partially paid', 'partial', 'partiellement payees', 'partielles'),
    'sent': ('sent', 'envoyees'),
}
#: Other words for values, by dimension.
VALUES = {
    'method': {
        'card': ('credit card', 'carte', 'carte de credit', 'carte de debit', 'cards', 'cartes'),
        'cheque': ('cheque', 'check', 'checks', 'cheques'),
        'eft': ('eft', 'virement', 'virements', 'transfer', 'transfert', 'electronic transfer'),
        'cash': ('comptant', 'argent comptant', 'especes'),
    },
    'reason': {
        'damaged': ('damaged', 'damage', 'endommage', 'endommages', 'endommagee', 'bris'),
        'return': ('returned', 'retour', 'retours', 'returns'),
    },
    'bucket': {
        'current': ('not yet due', 'courant', 'non echu'),
        '1-30': ('1 30', '1 to 30', '1 a 30'),
        '31-60': ('31 60', '31 to 60', '31 a 60'),
        '61-90': ('61 90', '61 to 90', '61 a 90'),
        '90+': ('90 plus', 'over 90', 'plus de 90'),
    },
    'province': {
        'AB': ('alberta',),
        'BC': ('british columbia', 'colombie britannique'),
        'MB': ('manitoba',),
        'NB': ('new brunswick', 'nouveau brunswick'),
        'NL': ('newfoundland', 'newfoundland and labrador', 'terre neuve'),
        'NS': ('nova scotia', 'nouvelle ecosse'),
        'NT': ('northwest territories', 'territoires du nord ouest'),
        'NU': ('nunavut',),
        'ON': ('ontario',),
        'PE': ('prince edward island', 'ile du prince edouard'),
        'QC': ('quebec',),
        'SK': ('saskatchewan',),
        'YT': ('yukon',),
    },
}  # fmt: skip

#: Words that say nothing that is measured.
FILLERS = set(
    """a an the of in on at to for from with by and or is are was were be been being do does did
    done has have had having it its this that these those there here i we you he she they me us
    them my our your their his her ours what whats how when where why s t re ve ll d m o please
    show give tell display get find list can could would should will shall may might must want
    need like know see look us also only just so far up out about into over during within as if
    then than too very much many more some any all each every total overall now currently
    current today's say report reports figure figures number numbers amount amounts value data
    info information breakdown summary overview details detail chart graph table bring brings
    brought make makes made generate generated come comes came coming did go going perform
    performed performing performance business company companys firm money dollars dollar cad cash
    issue issued issues send sent create created really actually exactly ok okay hi hello hey thanks thank
    well good right yes no not still yet open ones one who whom whose which between
    since until per got last first average mean entire whole put together altogether combined recent
    most least people place placed doing done thing things something someone anything question
    sorted order rank ranked ranking rankings highest lowest break down out split grouped across
    le la les l un une des de du d au aux en dans sur sous pour par avec sans et ou ni mais donc
    or car que qu qui quoi dont ou est sont etait etaient ete etre suis es sommes sera seront fut
    a ai as avons avez ont avait avaient ayant eu fait faire font faites il elle ils elles on nous
    vous je tu j m t s n y ce cet cette ces c ca cela ceci mon ma mes ton ta tes son sa ses notre
    nos votre vos leur leurs quel quelle quels quelles comment quand pourquoi combien si ne pas plus
    moins tres tout toute tous toutes aussi encore deja donne donner donnez dis dire montre montrer
    affiche afficher liste peux peut pouvez pourrais pourriez veux voudrais aimerais svp stp plait
    merci bonjour salut total totale totaux global globale chiffres chiffre somme montant montants
    resultat resultats rapport rapports sommaire tableau graphique entreprise compagnie societe
    argent dollars dollar emis emise emises emettre genere generes generent rapporte rapportent
    realise realises realisee actuel actuelle actuellement presentement jusqu vers chez entre depuis
    lors cours celle celles celui ceux ensemble affaires affaire sorte classement classe trie
    decoupage ventilation ventile repartition niveau cote reel t il elle afin selon quelque moyenne
    moyen moyens fois represent represents represente representent vont va vas allez oui non bien bon bonne dernier derniere derniers beaucoup peu
    year month week day quarter period time date annee mois semaine jour trimestre periode temps
    an ans jours days weeks months years semaines annees""".split()
)  # fmt: skip
#: A word after one of these is what the question is about: unknown there means "not in the data".
BEFORE_NOUN = {
    'for', 'from', 'of', 'in', 'by', 'per', 'at', 'with', 'to', 'de', 'du', 'des', 'd', 'pour',
    'chez', 'a', 'au', 'aux', 'par', 'avec', 'dans', 'did', 'does', 'que', 'only', 'seulement',
    'about', 'l', 'the', 'la', 'le', 'les', 'our', 'nos',
}  # fmt: skip
FRENCH = set(
    """le la les un une des du de au aux et ou est sont nos notre nous quel quelle quels quelles
    combien qui que quoi par pour dans sur avec cette ce cet ces mois annee trimestre semaine
    dernier derniere derniers depuis ventes vente chiffre affaires clients client produits produit
    factures facture montre affiche donne moi seulement chez meilleurs meilleur plus moins en mes
    bonjour merci combien comment pourquoi marge impayes retard souffrance entrepot stock ont avons
    l d qu supprime cree ignore oublie raconte aujourd hui hier demain il elle ville meme chose
    province categorie commandes paiements""".split()
)  # fmt: skip
ENGLISH = set(
    """the of and or is are was were our we what which who how much many by for in on with this
    last month year quarter week since sales revenue customers customer products product invoices
    invoice show give me only top best most least per did do does us average total new from between
    compare have has not all there their same about week day days months hello thanks tell list
    delete drop ignore overdue stock payments city""".split()
)  # fmt: skip
