"""What is not answered whatever the data: writes, SQL, secrets, other tenants, the machinery."""
# ruff: noqa: E501 - a pattern is read as a whole

import re

#: Opens a message or follows a connective: an order to do something.
_WRITES = (
    'delete', 'remove', 'drop', 'erase', 'destroy', 'truncate', 'update', 'insert', 'alter',
    'modify', 'edit', 'create', 'add', 'void', 'cancel', 'refund', 'approve', 'reject', 'pay',
    'charge', 'transfer', 'mark', 'set', 'change', 'rename', 'issue', 'post', 'record', 'write',
    'email', 'mail', 'send', 'merge', 'import', 'restore', 'reset', 'grant', 'revoke', 'execute',
    'supprime', 'supprimer', 'supprimez', 'efface', 'effacer', 'effacez', 'enleve', 'retire',
    'detruis', 'modifie', 'modifier', 'modifiez', 'cree', 'creer', 'creez', 'ajoute', 'ajouter',
    'ajoutez', 'annule', 'annuler', 'annulez', 'rembourse', 'approuve', 'paie', 'payer', 'envoie',
    'envoyer', 'envoyez', 'marque', 'marquer', 'change', 'changer', 'changez', 'enregistre',
    'enregistrer', 'execute', 'executer', 'importe', 'vide', 'vider', 'radie', 'transfere',
    'mets a jour', 'mettre a jour', 'facture moi', 'emets', 'emettre',
)  # fmt: skip
_POLITE = (
    r'(?:please |pls |kindly |can you |could you |would you |will you |i want you to |i need you to '
    r'|you must |now |then |and |also |svp |stp |s il (?:vous|te) plait |peux tu |pouvez vous '
    r'|pourrais tu |pourriez vous |je veux que tu |tu dois |il faut |veuillez |et |puis |go ){0,12}'
)
_ANSWERED = (
    r'(?! ?(?:me|us|moi|nous)\b(?! (?:un|une|a|an) (?:facture|invoice|paiement|payment))'
    r'|(?: (?:a|an|the|un|une|le|la))? (?:report|chart|graph|list|table|summary|breakdown|rapport'
    r'|graphique|liste|tableau|sommaire|comparaison|comparison)\b| in\b| from\b| for\b| de\b| du\b'
    r'| vs\b)'
)
#: (why, pattern over the words); SQL is looked for in the message as it came, too.
_PATTERNS = [
    ('write', rf'^{_POLITE}(?:{"|".join(_WRITES)})\b{_ANSWERED}'),
    ('write', r'\b(?:and|then|et|puis|ensuite) (?:then |please )?(?:delete|drop|remove|erase|supprime|efface|truncate|annule|cree|create)\b'),
    ('sql', r'\b(?:drop|alter|truncate|create|grant|revoke) (?:table|database|schema|user|role|index|view|all)\b'),
    ('sql', r'\b(?:delete|insert|select|update) (?:[a-z0-9 ]{1,80} )?(?:from|into|set)\b(?<! )(?= [a-z])(?:.*\b(?:where|values|customers|invoices|users|table)\b)'),
    ('sql', r'\bunion (?:all )?select\b|\bpg sleep\b|\binformation schema\b|\bpg catalog\b|\bpg [a-z]+\b|\bor 1 1\b|\bxp cmdshell\b|\bsql\b|^select\b'),
    ('secret', r'\b(?:password|passwords|passphrase|api keys?|apikey|secret|secrets|secret keys?|access keys?|credentials?|tokens?|private keys?|env|environment variables?'
               r'|mots? de passe|cles? (?:d )?api|cle secrete|cles secretes|jetons?|identifiants|cles?)\b'),
    ('secret', r'\b(?:users|user|logins?|utilisateurs?|administrators?|administrateurs?|admin)\b'),
    ('secret', r'\b(?:sin|sins|social insurance|nas|assurance sociale|credit card numbers?|card numbers?|bank accounts?|numeros? de carte|comptes? (?:bancaires?|de banque))\b'),
    ('payroll', r'\b(?:payroll|salary|salaries|wages?|paycheck|paycheque|paystubs?|employees?|staff|hr|paie|paies|salaires?|employes?|remuneration|talons?)\b'),
    ('tenant', r'\b(?:tenants?|other (?:companies|company|businesses|organizations?|clients data|accounts)|another (?:company|tenant|business|organization)|all companies|every company|across companies'
               r'|locataires?|autres? (?:entreprises?|compagnies?|societes?|organisations?)|toutes les (?:entreprises|compagnies|societes)|une autre (?:entreprise|compagnie|societe)|c \d+ schema)\b'),
    ('prompt', r'\b(?:ignore|disregard|forget|override|bypass|oublie|oubliez|ignorez|contourne) (?:[a-z]+ ){0,4}(?:instructions?|prompts?|rules?|regles?|consignes?|directives?|filters?|above|previous|precedentes?)\b'),
    ('prompt', r'\b(?:system prompt|your prompt|your instructions|tes instructions|vos instructions|prompt systeme|invite systeme|jailbreak|developer mode|you are now|pretend to be|act as|tu es maintenant|fais semblant|agis comme|role ?play)\b'),
    ('other', r'\b(?:what time|quelle heure|weather|meteo|temps fera|forecast the weather|rain|snow|pluie|neige|joke|jokes|blague|blagues|poem|poeme|recipe|recette de|song|chanson|capitale?|president|prime minister|premier ministre|news|nouvelles du|football|hockey|movie|film|horoscope|bitcoin|stock market|bourse|exchange rate|taux de change|translate|traduis|traduire|meaning of life|sens de la vie|your name|ton nom|how old are you|competitors?|concurrents?|concurrence)\b'),
]  # fmt: skip
_RAW = re.compile(
    r"""['"`)]\s*;|;\s*(?:drop|delete|update|insert|alter|truncate|select|grant|--)|--\s*$|/\*"""
    r"""|\bselect\b[\s\w*,.]+\bfrom\b|\bdrop\s+table\b|'\s*or\s+'?1'?\s*=|<script|\{\{|\$\{""",
    re.IGNORECASE,
)
_COMPILED = [(why, re.compile(pattern)) for why, pattern in _PATTERNS]


#: Topics, which a customer's or a product's name may touch: `unnamed` are the other words.
_TOPICS = ('secret', 'payroll', 'tenant', 'other')


def refused(message: str, words: list[str], unnamed: list[str]) -> str:
    """Why the message is not answered: write, sql, secret, payroll, tenant, prompt, other; or ''."""
    if _RAW.search(message):
        return 'sql'
    text, rest = ' '.join(words), ' '.join(unnamed)
    for why, pattern in _COMPILED:
        if pattern.search(rest if why in _TOPICS else text):
            return why
    return ''
