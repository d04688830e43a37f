"""What the landing page says, in both languages."""

ENGLISH, FRENCH = 'en', 'fr'

WORDS: dict[str, dict[str, str]] = {
    ENGLISH: {
        'title': 'KARVO: ERP over HTTP',
        'skip': 'Skip to content',
        'other_name': 'Français',
        'other_label': 'Lire cette page en français',
        'tagline': 'An open, self-hosted ERP for many companies.',
        'lead': 'Customers, prices, invoices, payments and their ledger; stock, shipments and '
        'claims; payroll; questions in plain words. All over one HTTP API.',
        'open_reference': 'Open the reference',
        'read_document': 'OpenAPI document',
        'status_title': 'This server',
        'version_label': 'Version',
        'base_label': 'Base URL of the API',
        'database_label': 'Database',
        'database_up': 'Answering',
        'database_down': 'Not answering',
        'where_title': 'Where to go',
        'reference_title': 'Reference',
        'reference_text': 'Every operation, with samples in curl, Python and JavaScript. '
        'Enter a key and try them here.',
        'document_title': 'OpenAPI 3.1',
        'document_text': 'The same for programs: client generators, Postman, tests.',
        'ping_title': 'Health check',
        'ping_text': 'Version, time of the server and state of the database. Needs no key.',
        'first_title': 'The first invoice',
        'first_text': 'Put your key in and run this in a shell. The customer is made on the way; '
        'the totals are checked to the cent.',
        'key_title': 'How to get a key',
        'key_demo': 'Started with ./scripts/run? The key of the company “demo” is in this file:',
        'key_own': 'Otherwise whoever runs this server makes a company, which prints its first '
        'key, and further keys for it:',
        'key_send': 'Send it in the header X-SE-ERP-Key. A WordPress application password over '
        'HTTP Basic works as well.',
        'footer': 'KARVO runs on your own machines. This page loads nothing from anywhere else.',
    },
    FRENCH: {
        'title': 'KARVO : un ERP par HTTP',
        'skip': 'Aller au contenu',
        'other_name': 'English',
        'other_label': 'Read this page in English',
        'tagline': 'Un ERP libre, sur vos serveurs, pour plusieurs entreprises.',
        'lead': 'Clients, prix, factures, paiements et leur grand livre ; stocks, expéditions et '
        'réclamations ; paie ; questions en langage courant. Le tout par une seule API HTTP.',
        'open_reference': 'Ouvrir la référence',
        'read_document': 'Document OpenAPI',
        'status_title': 'Ce serveur',
        'version_label': 'Version',
        'base_label': 'URL de base de l’API',
        'database_label': 'Base de données',
        'database_up': 'Elle répond',
        'database_down': 'Elle ne répond pas',
        'where_title': 'Par où commencer',
        'reference_title': 'Référence',
        'reference_text': 'Chaque opération, avec des exemples en curl, Python et JavaScript. '
        'Entrez une clé et essayez-les sur place.',
        'document_title': 'OpenAPI 3.1',
        'document_text': 'La même chose pour les programmes : générateurs de clients, Postman, '
        'tests.',
        'ping_title': 'État du service',
        'ping_text': 'Version, heure du serveur et état de la base de données. Sans clé.',
        'first_title': 'La première facture',
        'first_text': 'Mettez votre clé et lancez ceci dans un terminal. Le client est créé au '
        'passage ; les totaux sont vérifiés au cent près.',
        'key_title': 'Obtenir une clé',
        'key_demo': 'Démarré par ./scripts/run ? La clé de l’entreprise « demo » est dans ce '
        'fichier :',
        'key_own': 'Sinon, la personne qui exploite ce serveur crée une entreprise, ce qui affiche '
        'sa première clé, puis d’autres clés :',
        'key_send': 'Envoyez-la dans l’en-tête X-SE-ERP-Key. Un mot de passe d’application '
        'WordPress par HTTP Basic convient aussi.',
        'footer': 'KARVO tourne sur vos propres machines. Cette page ne charge rien d’ailleurs.',
    },
}
