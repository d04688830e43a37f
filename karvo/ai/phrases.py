"""What the planner says in both languages: examples to try, questions back, polite refusals."""

EXAMPLES = {
    'en': ['Revenue this month', 'Top 5 customers this year', 'Who owes us the most?'],
    'fr': ["Chiffre d'affaires ce mois-ci", 'Top 5 des clients cette année',
           'Qui nous doit le plus ?'],
}  # fmt: skip
CAN = {
    'en': 'I can answer about sales, margin, taxes, payments, receivables, customers, products, '
    'stock and backorders',
    'fr': 'Je réponds sur les ventes, la marge, les taxes, les paiements, les comptes clients, '
    'les clients, les produits, le stock et les commandes en attente',
}
REFUSED = {
    'en': {
        'write': 'I only read figures: nothing can be changed, sent or deleted from here.',
        'sql': 'I do not run commands or SQL; nothing was changed.',
        'secret': 'Passwords, keys, users and identity or bank numbers are not among the figures.',
        'payroll': 'Payroll and employees are not among the figures.',
        'tenant': 'I only know the figures of this company.',
        'prompt': 'I read figures by fixed rules, which a message cannot change.',
        'other': 'That is not in the company’s data.',
        'unknown': 'I do not know “{about}” here.',
        'future': 'I have no figures of days to come.',
        'together': 'These do not go together: {about}.',
        'scope': 'Your credentials do not allow this figure ({about}).',
        'time': 'The answer took too long; try a shorter period.',
    },
    'fr': {
        'write': 'Je ne fais que lire des chiffres : rien ne peut être changé, envoyé ni supprimé '
        'd’ici.',
        'sql': 'Je n’exécute ni commande ni SQL ; rien n’a été changé.',
        'secret': 'Les mots de passe, clés, utilisateurs et numéros d’identité ou de compte ne '
        'sont pas parmi les chiffres.',
        'payroll': 'La paie et les employés ne sont pas parmi les chiffres.',
        'tenant': 'Je ne connais que les chiffres de cette entreprise.',
        'prompt': 'Je lis des chiffres selon des règles fixes, qu’un message ne peut changer.',
        'other': 'Cela n’est pas dans les données de l’entreprise.',
        'unknown': 'Je ne connais pas « {about} » ici.',
        'future': 'Je n’ai pas de chiffres des jours à venir.',
        'together': 'Cela ne va pas ensemble : {about}.',
        'scope': 'Vos droits ne permettent pas ce chiffre ({about}).',
        'time': 'La réponse prenait trop de temps ; essayez une période plus courte.',
    },
}
ASKED = {
    'en': {'value': 'Which one do you mean: {0}?',
           'metric': 'Which figure do you mean? For example: {0}.'},
    'fr': {'value': 'Lequel voulez-vous dire : {0} ?',
           'metric': 'De quel chiffre s’agit-il ? Par exemple : {0}.'},
}  # fmt: skip
PROVINCES = {
    'AB': 'Alberta', 'BC': 'British Columbia', 'MB': 'Manitoba', 'NB': 'New Brunswick',
    'NL': 'Newfoundland and Labrador', 'NS': 'Nova Scotia', 'NT': 'Northwest Territories',
    'NU': 'Nunavut', 'ON': 'Ontario', 'PE': 'Prince Edward Island', 'QC': 'Québec',
    'SK': 'Saskatchewan', 'YT': 'Yukon',
}  # fmt: skip


def examples(language: str) -> list[str]:
    """Three questions that any company can ask."""
    return list(EXAMPLES[language])


def value_label(dimension: str, label: str) -> str:
    """A province by its name rather than its code."""
    return PROVINCES.get(label, label) if dimension == 'province' else label


def refusal(language: str, why: str, about: str) -> str:
    """A sentence of why not, and one of what can be asked."""
    text = REFUSED[language][why].format(about=about[:80])
    return f'{text} {CAN[language]}.'


def question(language: str, why: str, suggestions: list[str]) -> str:
    """A question back with its candidates."""
    joint = ' / ' if why == 'metric' else (' or ' if language == 'en' else ' ou ')
    return ASKED[language][why].format(joint.join(suggestions))
