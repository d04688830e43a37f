"""The closed vocabulary beside the model's own words: what ranks, compares, counts, fills.

All in lower case without accents, as `karvo.ai.text.words_of` leaves them.
"""

import pathlib

import msgspec

from karvo.ai import spans

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
TREND = {'trend', 'trends', 'trending', 'evolution', 'over time', 'tendance', 'tendances',
    'progression',
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
AND = {
    'and',
    'et',
    'what about',
    'how about',
    'qu en est il',
    'also',
    'aussi',
    'ainsi que',
    'plus',
    'as well as',
    'along with',
    'puis',
    'now',
    'maintenant',
    'then',
    'instead',
    'plutot',
}
LEADING = (
    'and',
    'et',
    'what',
    'how',
    'qu',
    'also',
    'same',
    'meme',
    'now',
    'then',
    'maintenant',
    'puis',
    'aussi',
    'or',
    'ou',
    'but',
    'mais',
)
SAME = {
    'same',
    'same thing',
    'meme',
    'meme chose',
    'la meme chose',
    'pareil',
    'the same',
    'idem',
    'ditto',
    'same question',
    'meme question',
    'likewise',
}
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
EXCEPT = {
    'except',
    'excluding',
    'sauf',
    'excepte',
    'other than',
    'hors',
    'outside',
    'a part',
    'except for',
    'a l exception de',
    'excluant',
    'but not',
    'not in',
    'not including',
}
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
UNITS = {name: unit for name, unit in spans.UNITS.items() if unit != 'half'}

#: Words of a metric that may be said beside another metric without meaning it.
WEAK = {
    'revenue': {
        'sales', 'sale', 'sold', 'sell', 'sells', 'selling', 'buy', 'buys', 'buying', 'bought',
        'purchase',
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
TAXES = {
    'taxes',
    'tax',
    'taxe',
    'sales tax',
    'sales taxes',
    'taxes de vente',
    'tps et tvq',
    'gst and qst',
    'tps tvq',
}
STATUSES = {
    'paid': ('paid', 'payees', 'payee', 'reglees', 'settled'),
    'partial': ('partially paid', 'partial', 'partiellement payees', 'partielles'),
    'sent': ('sent', 'envoyees'),
}
#: Other words for values, by dimension.
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
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

_WORDS = msgspec.json.decode(
    pathlib.Path(__file__).with_name('words.json').read_bytes(), type=dict[str, frozenset[str]]
)
#: Words that say nothing that is measured.
FILLERS = _WORDS['fillers']
#: Words that only one of the languages has.
FRENCH, ENGLISH = _WORDS['french'], _WORDS['english']
#: A word after one of these is what the question is about: unknown there means "not in the data".
BEFORE_NOUN = {
    'for', 'from', 'of', 'in', 'by', 'per', 'at', 'with', 'to', 'de', 'du', 'des', 'd', 'pour',
    'chez', 'a', 'au', 'aux', 'par', 'avec', 'dans', 'did', 'does', 'que', 'only', 'seulement',
    'about', 'l', 'the', 'la', 'le', 'les', 'our', 'nos',
}  # fmt: skip
