"""What can be asked about what customers owe, as it is today."""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

_OPEN = """f.type = 'invoice' AND f.state = 'posted' AND f.balance > 0 AND f.balance > 0.005
  AND f.deleted_at IS NULL AND f.date <= {today}"""
_OWED = 'coalesce(sum(f.balance * f.fx_rate), 0)'
_LATE = '({today} - f.due_date)'
_BUCKET = f"""CASE WHEN {_LATE} <= 0 THEN 'current' WHEN {_LATE} <= 30 THEN '1-30'
  WHEN {_LATE} <= 60 THEN '31-60' WHEN {_LATE} <= 90 THEN '61-90' ELSE '90+' END"""

PART = Part(
    facts={
        'receivables': Fact(source='@document f', where=_OPEN),
        'overdue': Fact(source='@document f', where=_OPEN + ' AND f.due_date < {today}'),
    },
    metrics=(
        Metric(
            name='ar_balance',
            label=Label('Accounts receivable', 'Comptes clients'),
            measures={'receivables': _OWED},
            unit='money',
            scope='billing:read',
            words=(
                'accounts receivable', 'account receivable', 'receivables', 'receivable', 'ar',
                'a r', 'owe', 'owes', 'owed', 'owing', 'debtor', 'debtors', 'debiteur', 'debiteurs',
                'debt', 'debts', 'dette', 'dettes', 'outstanding', 'unpaid', 'open balance',
                'outstanding balance', 'balance', 'balances', 'ar balance', 'outstanding invoices',
                'unpaid invoices', 'unpaid amount', 'balance due', 'amount due', 'open receivables',
                'comptes clients', 'compte client', 'comptes a recevoir', 'compte a recevoir',
                'comptes recevables', 'creances', 'creances clients', 'doit', 'doivent', 'dus',
                'montant du', 'solde', 'soldes', 'solde client', 'solde du', 'impaye', 'impayes',
                'impayee', 'impayees', 'factures impayees', 'encours', 'a recevoir',
                'montants dus', 'recevables', 'devoir', 'solde a recevoir', 'non payees',
                'factures non payees', 'on nous doit', 'due to us',
            ),
        ),
        Metric(
            name='open_invoice_count',
            label=Label('Unpaid invoices', 'Factures impayées'),
            measures={'receivables': 'count(*)'},
            unit='count',
            scope='billing:read',
            words=('number of unpaid invoices', 'nombre de factures impayees'),
        ),
        Metric(
            name='overdue',
            label=Label('Overdue', 'En souffrance'),
            measures={'overdue': _OWED},
            unit='money',
            scope='billing:read',
            words=(
                'overdue', 'past due', 'late', 'overdue amount', 'overdue invoices', 'in arrears',
                'overdue balance', 'late payers', 'late paying', 'arrears', 'past due invoices',
                'en retard', 'en souffrance', 'echu', 'echus', 'echue', 'echues', 'retard',
                'factures en retard', 'factures en souffrance', 'factures echues', 'retards',
                'montant en retard', 'montants en souffrance', 'montant en souffrance', 'arrieres',
                'mauvais payeurs', 'solde en souffrance', 'retards de paiement', 'montant echu',
            ),
        ),
        Metric(
            name='overdue_count',
            label=Label('Overdue invoices', 'Factures en souffrance'),
            measures={'overdue': 'count(*)'},
            unit='count',
            scope='billing:read',
            words=('number of overdue invoices', 'nombre de factures en retard'),
        ),
    ),
    dimensions=(
        Dimension(
            name='bucket',
            field='receivable.bucket',
            label=Label('days past due', 'jours de retard'),
            plural=Label('days past due', 'jours de retard'),
            key=_BUCKET,
            columns={'bucket': _BUCKET},
            facts={'receivables': (), 'overdue': ()},
            order=f'min({_LATE})',
            words=(
                'aging', 'ageing', 'aging bucket', 'bucket', 'buckets', 'aged receivables', 'aged',
                'aging report', 'age', 'ages', 'balance agee', 'age des comptes', 'agees',
                'age des creances', 'tranche', 'tranches', 'tranche d age', 'agee',
                'anciennete', 'days past due', 'jours de retard', 'chronologique',
            ),
        ),
    ),
)  # fmt: skip
