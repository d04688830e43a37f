"""What can be asked about sales: revenue, margin, taxes, invoices, buyers.

Posted is what is neither a draft nor void. Documents in other currencies count at their own rate.
"""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

POSTED = "{0}.state IN ('posted', 'written_off') AND {0}.deleted_at IS NULL"
_OURS = f"d.type IN ('invoice', 'credit_note') AND {POSTED.format('d')}"
_SPAN = 'd.date >= {first} AND d.date <= {last}'
_SIGN = "CASE WHEN d.type = 'invoice' THEN d.fx_rate ELSE -d.fx_rate END"

# A credit note without lines is spread over those of its invoice, by their totals; what has no
# lines at all is nobody's product.
_LINES = f"""(
  SELECT d.type, d.date, d.party_id, d.salesperson, l.product_id, l.sku, l.description,
    {_SIGN} * coalesce(l.line_total, d.subtotal) AS amount, sign({_SIGN}) * l.qty AS qty, l.cost
  FROM @document d LEFT JOIN @document_line l ON l.document_id = d.id
  WHERE {_OURS} AND {_SPAN} AND (d.type = 'invoice' OR l.id IS NOT NULL)
  UNION ALL
  SELECT d.type, d.date, d.party_id, d.salesperson, l.product_id, l.sku, l.description,
    {_SIGN} * d.subtotal * coalesce(l.line_total / (
      SELECT nullif(sum(t.line_total), 0) FROM @document_line t WHERE t.document_id = d.original_id
    ), 1), 0, l.cost
  FROM @document d LEFT JOIN @document_line l ON l.document_id = d.original_id
  WHERE d.type = 'credit_note' AND {POSTED.format('d')} AND {_SPAN}
    AND NOT EXISTS (SELECT 1 FROM @document_line n WHERE n.document_id = d.id)) f"""
_TAXES = f"""(
  SELECT d.date, d.party_id, x.family, {_SIGN} * x.amount AS amount
  FROM @document d CROSS JOIN LATERAL (VALUES ('tps', d.tps), ('tvq', d.tvq), ('tvh', d.tvh),
    ('tvp', d.tvp)) x(family, amount) WHERE {_OURS} AND {_SPAN}) f"""
_FIRST = f"""(
  SELECT d.party_id, min(d.date) AS date FROM @document d
  WHERE d.type = 'invoice' AND {POSTED.format('d')} GROUP BY d.party_id) f"""
_IDLE = f"""p.is_customer AND p.deleted_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM @document d WHERE d.party_id = p.id AND d.type = 'invoice'
    AND {POSTED.format('d')} AND {_SPAN})"""

_SUM = 'coalesce(sum({0}) FILTER (WHERE {{when}}{1}), 0)'
_INVOICED = " AND f.type = 'invoice'"
_CREDITED = " AND f.type = 'credit_note'"
_NET = _SUM.format(
    "CASE f.type WHEN 'invoice' THEN f.subtotal ELSE -f.subtotal END * f.fx_rate", ''
)
_GROSS = _SUM.format('f.subtotal * f.fx_rate', _INVOICED)
_COUNT = f'count(*) FILTER (WHERE {{when}}{_INVOICED})'
_LINE_NET = _SUM.format('f.amount', '')
_MARGIN = _SUM.format('f.amount - f.qty * coalesce(r.cost, f.cost, 0)', '')
_KIND = f"f.type = '{{0}}' AND {POSTED.format('f')}"
# What an invoice is today.
_STATUS = """CASE WHEN f.state = 'written_off' THEN 'written_off' WHEN f.balance <= 0 THEN 'paid'
  WHEN f.due_date < {today} THEN 'overdue' WHEN f.balance < f.total THEN 'partial'
  ELSE 'sent' END"""

PART = Part(
    facts={
        'sales': Fact(
            source='@document f',
            where=f"f.type IN ('invoice', 'credit_note') AND {POSTED.format('f')}",
            day='f.date',
        ),
        # Kinds of their own, so that who was only invoiced is no row of what was credited.
        'invoices': Fact(source='@document f', where=_KIND.format('invoice'), day='f.date'),
        'credit_notes': Fact(source='@document f', where=_KIND.format('credit_note'), day='f.date'),
        'sold_lines': Fact(source=_LINES, day='f.date'),
        'invoiced_lines': Fact(source=_LINES, where="f.type = 'invoice'", day='f.date'),
        'credited_lines': Fact(source=_LINES, where="f.type = 'credit_note'", day='f.date'),
        'sold_taxes': Fact(source=_TAXES, day='f.date'),
        'first_sales': Fact(source=_FIRST, day='f.date'),
        'idle_customers': Fact(source='@party p', where=_IDLE),
        'drafts': Fact(
            source='@document f',
            where="f.type = 'invoice' AND f.state = 'draft' AND f.deleted_at IS NULL",
        ),
    },
    metrics=(
        Metric(
            name='revenue',
            label=Label('Revenue', "Chiffre d'affaires"),
            measures={'sales': _NET, 'sold_lines': _LINE_NET},
            unit='money',
            scope='invoices:read',
            words=(
                'revenue', 'revenues', 'sales', 'sale', 'turnover', 'net sales', 'net revenue',
                'income', 'sales revenue', 'total sales', 'sold', 'sell', 'sells', 'selling',
                'buy', 'buys', 'buying', 'bought', 'purchase', 'purchases', 'purchased', 'spend',
                'spends',
                'spent', 'spending', 'did we make', 'we make', 'we made', 'avons nous gagne',
                'avons nous fait', 'nous avons fait', 'billed', 'invoiced', 'billing', 'billings',
                'earn', 'earned',
                'chiffre d affaires', 'chiffre d affaire', 'chiffre affaires',
                'chiffres d affaires',
                'chiffre daffaires', 'chiffre daffaire', 'ca', 'ventes', 'vente', 'ventes nettes',
                'vendu', 'vendus', 'vendue', 'vendues', 'vend', 'vendent', 'vendre', 'achete',
                'achetes', 'achetent', 'achats', 'achat', 'acheter', 'depense', 'depensent',
                'depenses', 'facture au total', 'revenu', 'revenus', 'recettes', 'montant facture',
            ),
        ),
        Metric(
            name='gross_sales',
            label=Label('Gross sales', 'Ventes brutes'),
            measures={
                'invoices': _GROSS,
                'sales': _GROSS,
                'invoiced_lines': _LINE_NET,
                'sold_lines': _SUM.format('f.amount', _INVOICED),
            },
            unit='money',
            scope='invoices:read',
            words=(
                'gross sales', 'gross revenue', 'sales before credits', 'ventes brutes',
                'chiffre d affaires brut', 'vente brute', 'ca brut', 'revenu brut',
            ),
        ),
        Metric(
            name='credits',
            label=Label('Credit notes', 'Notes de crédit'),
            measures={
                'credit_notes': _SUM.format('f.subtotal * f.fx_rate', _CREDITED),
                'sales': _SUM.format('f.subtotal * f.fx_rate', _CREDITED),
                'credited_lines': _SUM.format('-f.amount', ''),
                'sold_lines': _SUM.format('-f.amount', _CREDITED),
            },
            unit='money',
            scope='invoices:read',
            words=(
                'credits', 'credit', 'credit note', 'credit notes', 'credited', 'credit memo',
                'credit memos', 'returns', 'refunds', 'note de credit', 'notes de credit', 'avoir',
                'avoirs', 'credite', 'retours', 'remboursements',
            ),
        ),
        Metric(
            name='credit_count',
            label=Label('Credit notes', 'Notes de crédit'),
            measures=dict.fromkeys(
                ('credit_notes', 'sales'), f'count(*) FILTER (WHERE {{when}}{_CREDITED})'
            ),
            unit='count',
            scope='invoices:read',
            words=('credit note count',),
        ),
        Metric(
            name='invoice_count',
            label=Label('Invoices', 'Factures'),
            measures={'invoices': _COUNT, 'sales': _COUNT},
            unit='count',
            scope='invoices:read',
            words=(
                'invoice count', 'invoices', 'invoice', 'bills', 'facture',
                'factures', 'orders', 'commandes',
            ),
        ),
        Metric(
            name='avg_invoice',
            label=Label('Average invoice', 'Facture moyenne'),
            measures=dict.fromkeys(
                ('invoices', 'sales'), f'round({_GROSS} / nullif({_COUNT}, 0), 2)'
            ),
            unit='money',
            scope='invoices:read',
            words=(
                'average invoice', 'avg invoice', 'average invoice value', 'mean invoice',
                'average invoice amount', 'average order', 'average order value', 'average sale',
                'average basket', 'average invoice size', 'facture moyenne', 'panier moyen',
                'montant moyen des factures', 'montant moyen par facture',
                'valeur moyenne des factures',
                'moyenne des factures', 'montant moyen d une facture',
                'valeur moyenne d une facture',
                'montant moyen de facture',
            ),
        ),
        Metric(
            name='units_sold',
            label=Label('Units sold', 'Unités vendues'),
            measures={'sold_lines': _SUM.format('f.qty', '')},
            unit='quantity',
            scope='invoices:read',
            words=(
                'units sold', 'units', 'unit', 'quantity', 'quantities', 'quantity sold', 'volume',
                'sold units', 'unit sales', 'pieces', 'unites', 'unite', 'unites vendues',
                'quantite', 'quantites', 'quantite vendue', 'quantites vendues', 'volume vendu',
                'volume de ventes', 'nombre d unites', 'nombre d unites vendues',
            ),
        ),
        Metric(
            name='gross_margin',
            label=Label('Gross margin', 'Marge brute'),
            measures={'sold_lines': _MARGIN},
            needs=('product',),
            unit='money',
            scope='products:cost',
            words=(
                'gross margin', 'margin', 'margins', 'gross profit', 'profit', 'profits',
                'most profitable', 'profitable', 'marge', 'marges', 'marge brute', 'benefice',
                'benefices', 'benefice brut', 'profit brut', 'rentable', 'rentables',
            ),
        ),
        Metric(
            name='margin_pct',
            label=Label('Margin', 'Taux de marge'),
            measures={'sold_lines': f'round(100 * {_MARGIN} / nullif({_LINE_NET}, 0), 2)'},
            needs=('product',),
            unit='percent',
            scope='products:cost',
            words=(
                'margin percentage', 'margin percent', 'margin pct', 'gross margin percentage',
                'gross margin percent', 'margin rate', 'profit margin', 'gross margin rate',
                'percent margin', 'percentage margin', 'margin %', 'gross margin %', '% margin',
                'taux de marge', 'taux de marge brute', 'marge en pourcentage', 'marge en %',
                'pourcentage de marge', 'marge brute en pourcentage', 'marge brute en %', 'marge %',
                '% de marge',
            ),
        ),
        Metric(
            name='tax_tps',
            label=Label('GST', 'TPS'),
            measures={'sold_taxes': _SUM.format('f.amount', " AND f.family = 'tps'")},
            unit='money',
            scope='invoices:read',
            words=('tps', 'gst', 'tps percue', 'gst collected'),
        ),
        Metric(
            name='tax_tvq',
            label=Label('QST', 'TVQ'),
            measures={'sold_taxes': _SUM.format('f.amount', " AND f.family = 'tvq'")},
            unit='money',
            scope='invoices:read',
            words=('tvq', 'qst', 'tvq percue', 'qst collected'),
        ),
        Metric(
            name='active_customers',
            label=Label('Active customers', 'Clients actifs'),
            measures=dict.fromkeys(
                ('invoices', 'sales'),
                f'count(DISTINCT f.party_id) FILTER (WHERE {{when}}{_INVOICED})',
            ),
            unit='count',
            scope='invoices:read',
            subject='customer',
            words=(
                'active customers', 'active customer', 'active clients', 'active client',
                'clients actifs', 'client actif', 'buying customers', 'active buyers',
            ),
        ),
        Metric(
            name='new_customers',
            label=Label('New customers', 'Nouveaux clients'),
            measures={'first_sales': 'count(*) FILTER (WHERE {when})'},
            unit='count',
            scope='invoices:read',
            subject='customer',
            lists=True,
            words=(
                'new customers', 'new customer', 'new clients', 'new client',
                'first time customers',
                'first time buyers', 'customers acquired', 'nouveaux clients', 'nouveau client',
                'nouvelle clientele', 'clients acquis',
            ),
        ),
        Metric(
            name='inactive_customers',
            label=Label('Inactive customers', 'Clients inactifs'),
            measures={'idle_customers': 'count(*)'},
            unit='count',
            scope='invoices:read',
            subject='customer',
            lists=True,
            default_days=90,
            is_comparable=False,
            words=(
                'inactive customers', 'inactive customer', 'inactive clients', 'dormant customers',
                'lapsed customers', 'lost customers', 'idle customers', 'clients inactifs',
                'client inactif', 'clients dormants', 'clients perdus',
            ),
        ),
        Metric(
            name='draft_count',
            label=Label('Draft invoices', 'Factures à l’état de brouillon'),
            measures={'drafts': 'count(*)'},
            unit='count',
            scope='invoices:read',
            words=(
                'draft invoices', 'draft invoice', 'drafts', 'draft', 'invoice drafts', 'brouillon',
                'brouillons', 'factures brouillon', 'factures en brouillon', 'factures brouillons',
                'facture en brouillon', 'unsent invoices', 'factures a l etat de brouillon',
            ),
        ),
    ),
    dimensions=(
        Dimension(
            name='reason',
            field='credit.reason',
            label=Label('reason', 'motif'),
            plural=Label('reasons', 'motifs'),
            key='f.reason',
            columns={'reason': 'f.reason'},
            facts={'credit_notes': ()},
            words=('reason', 'reasons', 'motif', 'motifs', 'raison', 'raisons'),
        ),
        Dimension(
            name='status',
            field='invoice.status',
            label=Label('status', 'statut'),
            plural=Label('statuses', 'statuts'),
            key=_STATUS,
            columns={'status': _STATUS},
            facts={'invoices': ()},
            words=('status', 'statuses', 'statut', 'statuts'),
        ),
        Dimension(
            name='salesperson',
            field='invoice.salesperson',
            label=Label('salesperson', 'vendeur'),
            plural=Label('salespeople', 'vendeurs'),
            key='f.salesperson',
            columns={'salesperson': 'f.salesperson'},
            facts=dict.fromkeys(
                ('invoices', 'sales', 'credit_notes', 'sold_lines', 'invoiced_lines',
                'credited_lines'),
                (),
            ),
            words=(
                'salesperson', 'salespeople', 'sales rep', 'sales reps', 'rep', 'representative',
                'vendeur', 'vendeurs', 'vendeuse', 'representant', 'representants',
            ),
        ),
    ),
)  # fmt: skip
