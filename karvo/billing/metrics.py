"""What can be asked about money received."""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

PART = Part(
    facts={'payments': Fact(source='@payment f', where="f.state = 'posted'", day='f.date')},
    metrics=(
        Metric(
            name='payments',
            label=Label('Payments received', 'Paiements reçus'),
            measures={'payments': 'coalesce(sum(f.amount) FILTER (WHERE {when}), 0)'},
            unit='money',
            scope='billing:read',
            words=(
                'payments', 'payment', 'payments received', 'received', 'collected', 'cash in',
                'collections', 'receipts', 'cash received', 'cash collected', 'money received',
                'paid us', 'pay us', 'paid', 'pay', 'pays', 'collect', 'receive', 'paiement',
                'paiements', 'paiements recus', 'encaissement', 'encaissements', 'encaisse',
                'encaisses', 'encaissee', 'recu', 'recus', 'paye', 'payes', 'verse', 'verses',
                'reglements', 'reglement', 'argent recu', 'versements', 'percu', 'percus',
            ),
        ),
        Metric(
            name='payment_count',
            label=Label('Payments', 'Paiements'),
            measures={'payments': 'count(*) FILTER (WHERE {when})'},
            unit='count',
            scope='billing:read',
            words=('payment count',),
        ),
    ),
    dimensions=(
        Dimension(
            name='method',
            field='payment.method',
            label=Label('payment method', 'mode de paiement'),
            plural=Label('payment methods', 'modes de paiement'),
            key='f.method',
            columns={'method': 'f.method'},
            facts={'payments': ()},
            words=(
                'method', 'methods', 'payment method', 'payment methods', 'payment type',
                'mode de paiement', 'modes de paiement', 'mode', 'methode de paiement',
                'methode', 'moyen de paiement', 'moyens de paiement', 'type de paiement',
            ),
        ),
    ),
    values={
        'method': """SELECT m.method, m.method, '' FROM (
          SELECT DISTINCT method FROM @payment) m""",
    },
)  # fmt: skip
