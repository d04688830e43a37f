"""The same five operations as a plain Django REST framework application would have them.

Models, serializers, pagination and transactions, over KARVO's own tables; no authentication, rate
limit, ledger, audit or outbox. Needs `pip install '.[bench]'`.
"""
# mypy: ignore-errors

import decimal
import json
import os
import urllib.parse

import django
from django.conf import settings
from django.urls import path

_url = urllib.parse.urlsplit(os.environ['KARVO_DATABASE_URL'])
_query = dict(urllib.parse.parse_qsl(_url.query))
settings.configure(
    ALLOWED_HOSTS=['*'],
    ROOT_URLCONF=__name__,
    SECRET_KEY='measured here only',
    USE_TZ=True,
    INSTALLED_APPS=['rest_framework'],
    MIDDLEWARE=['django.middleware.common.CommonMiddleware'],  # Content-Length
    DATABASES={
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'NAME': _url.path.strip('/'),
            'USER': _url.username or _query.get('user', ''),
            'PASSWORD': _url.password or '',
            'HOST': _url.hostname or _query.get('host', ''),
            'PORT': _url.port or _query.get('port', ''),
            'CONN_MAX_AGE': None,
            'OPTIONS': {'options': f'-c search_path={os.environ["BENCH_SCHEMA"]},public'},
        }
    },
    REST_FRAMEWORK={
        'DEFAULT_AUTHENTICATION_CLASSES': [],
        'DEFAULT_PERMISSION_CLASSES': [],
        'UNAUTHENTICATED_USER': None,
        'DEFAULT_RENDERER_CLASSES': ['rest_framework.renderers.JSONRenderer'],
        'DEFAULT_PARSER_CLASSES': ['rest_framework.parsers.JSONParser'],
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.models import Count, F, Min, Q, Sum  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import generics, pagination, serializers, views  # noqa: E402
from rest_framework.response import Response  # noqa: E402

#: of TPS and TVQ
DETAILS = json.dumps(
    [
        {'family': family, 'regime': family, 'label_en': family, 'account': '2100',
         'registration_number': ''} for family in ('tps', 'tvq')
    ]
)  # fmt: skip


def _model(name, table, /, **fields):
    meta = type('Meta', (), {'managed': False, 'db_table': table, 'app_label': 'bench'})
    return type(name, (models.Model,), {'__module__': __name__, 'Meta': meta, **fields})


def _cents(**options):
    return models.DecimalField(max_digits=18, decimal_places=2, **options)


Party = _model('Party', 'party', code=models.TextField(), name=models.TextField())
Invoice = _model(
    'Invoice',
    'document',
    uid=models.UUIDField(),
    key=models.TextField(),
    type=models.TextField(default='invoice'),
    state=models.TextField(default='posted'),
    number=models.TextField(null=True),
    number_year=models.IntegerField(null=True),
    number_value=models.BigIntegerField(null=True),
    party=models.ForeignKey(Party, models.PROTECT),
    customer_code=models.TextField(),
    customer_name=models.TextField(),
    customer=models.JSONField(default=dict),
    date=models.DateField(),
    due_date=models.DateField(),
    payment_terms=models.TextField(default='NET30'),
    currency=models.TextField(default='CAD'),
    fx_rate=models.DecimalField(max_digits=18, decimal_places=8, default=1),
    subtotal=_cents(),
    discount_total=_cents(default=0),
    tax_total=_cents(),
    total=_cents(),
    balance=_cents(),
    tax_source=models.TextField(default='computed'),
    language=models.TextField(default='fr'),
    supply_country=models.TextField(default='CA'),
    supply_province=models.TextField(default='QC'),
    metadata=models.JSONField(default=dict),
    source=models.TextField(default='api'),
    is_disputed=models.BooleanField(default=False),
    search_text=models.TextField(default=''),
    posted_at=models.DateTimeField(null=True),
    version=models.IntegerField(default=1),
    created_at=models.DateTimeField(),
    updated_at=models.DateTimeField(),
    deleted_at=models.DateTimeField(null=True),
    tps=_cents(),
    tvq=_cents(),
    tvh=_cents(default=0),
    tvp=_cents(default=0),
    taxes=models.TextField(),
    tax_details=models.TextField(default=DETAILS),
)
Line = _model(
    'Line',
    'document_line',
    document=models.ForeignKey(Invoice, models.CASCADE, related_name='lines'),
    position=models.IntegerField(),
    sku=models.TextField(null=True),
    description=models.TextField(),
    description_fr=models.TextField(),
    kind=models.TextField(default='product'),
    qty=models.DecimalField(max_digits=18, decimal_places=4),
    uom=models.TextField(default='unit'),
    unit_price=models.DecimalField(max_digits=18, decimal_places=4),
    discount_pct=models.DecimalField(max_digits=7, decimal_places=4, default=0),
    line_total=_cents(),
    tax_code=models.TextField(default='taxable'),
    pst_exempt=models.BooleanField(default=False),
    account=models.TextField(default='4000'),
    cost=models.DecimalField(max_digits=18, decimal_places=4, default=0),
)


class LineSerializer(serializers.ModelSerializer):
    """A line as sent and shown."""

    class Meta:
        model = Line
        exclude = ['document']
        read_only_fields = ['position', 'line_total', 'description_fr']


class RowSerializer(serializers.ModelSerializer):
    """An invoice in a list."""

    taxes = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        exclude = ['key', 'search_text', 'customer', 'deleted_at', 'tax_details']

    def get_taxes(self, invoice):
        return json.loads(invoice.taxes)


class InvoiceSerializer(RowSerializer):
    """An invoice by itself."""

    lines = LineSerializer(many=True)


class NewSerializer(serializers.Serializer):
    """An invoice to make."""

    customer_code = serializers.CharField()
    lines = LineSerializer(many=True)

    @transaction.atomic
    def create(self, data):
        party = Party.objects.get(code=data['customer_code'])
        cent = decimal.Decimal('0.01')
        for line in data['lines']:
            line['line_total'] = (line['qty'] * line['unit_price']).quantize(cent)
            line['description_fr'] = line['description']
        net = sum(line['line_total'] for line in data['lines'])
        rates = {'TPS': decimal.Decimal('0.05'), 'TVQ': decimal.Decimal('0.09975')}
        amounts = {code: (net * rate).quantize(cent) for code, rate in rates.items()}
        with connection.cursor() as cursor:
            cursor.execute(NUMBER)
            (number,) = cursor.fetchone()
        taxes = [
            {'code': code, 'label': code, 'rate': float(rates[code] * 100), 'base': float(net),
             'amount': float(amount)} for code, amount in amounts.items()
        ]  # fmt: skip
        today, now, tax = timezone.localdate(), timezone.now(), sum(amounts.values())
        made = Invoice.objects.create(
            uid=os.urandom(16).hex(), key=f'drf{number}', number=f'DRF-{number}',
            number_year=2026, number_value=number, party=party, customer_code=party.code,
            customer_name=party.name, date=today, due_date=today, subtotal=net, tax_total=tax,
            total=net + tax, balance=net + tax, posted_at=now, created_at=now, updated_at=now,
            search_text=f'drf-{number} {party.code.lower()}', taxes=json.dumps(taxes),
            tps=amounts['TPS'], tvq=amounts['TVQ'],
        )  # fmt: skip
        Line.objects.bulk_create(
            Line(document=made, position=n + 1, **line) for n, line in enumerate(data['lines'])
        )
        return made

    def to_representation(self, made):
        return InvoiceSerializer(made).data


NUMBER = """
INSERT INTO number_series AS s (code, year, next_value, pattern) VALUES ('DRF', 2026, 2, '')
ON CONFLICT (code, year) DO UPDATE SET next_value = s.next_value + 1 RETURNING next_value - 1"""
ALL = Invoice.objects.filter(type='invoice', deleted_at=None).order_by('-date', '-id')


class Pages(pagination.PageNumberPagination):
    """25 a page, with the total."""

    page_size = 25


class Get(generics.RetrieveAPIView):
    """`/get?id=1`"""

    queryset = ALL.prefetch_related('lines')
    serializer_class = InvoiceSerializer

    def get_object(self):
        return self.get_queryset().get(id=self.request.query_params['id'])


class List(generics.ListAPIView):
    """`/list?code=C00001` and `/search?q=abc`"""

    serializer_class = RowSerializer
    pagination_class = Pages

    def get_queryset(self):
        asked = self.request.query_params
        found = ALL
        if 'q' in asked:
            return found.filter(search_text__contains=asked['q'])
        return found.filter(customer_code=asked['code'])


class Create(generics.CreateAPIView):
    """`POST /create`"""

    serializer_class = NewSerializer


class Aging(views.APIView):
    """`/aging`"""

    def get(self, request):
        today = timezone.localdate()
        edges = [today - timezone.timedelta(days=days) for days in (0, 30, 60, 90)]
        late = F('due_date')
        buckets = {
            'current': Q(due_date__gte=edges[0]),
            'days_30': Q(due_date__lt=edges[0], due_date__gte=edges[1]),
            'days_60': Q(due_date__lt=edges[1], due_date__gte=edges[2]),
            'days_90': Q(due_date__lt=edges[2], due_date__gte=edges[3]),
            'days_90_plus': Q(due_date__lt=edges[3]),
        }
        sums = {name: Sum('balance', filter=when) for name, when in buckets.items()}
        rows = (
            Invoice.objects.filter(type='invoice', state='posted', balance__gt=0)
            .values('party__code', 'party__name')
            .annotate(total=Sum('balance'), count=Count('id'), oldest=Min(late), **sums)
            .order_by('party__name')[:25]
        )
        return Response(list(rows))


urlpatterns = [
    path('get', Get.as_view()),
    path('list', List.as_view()),
    path('search', List.as_view()),
    path('create', Create.as_view()),
    path('aging', Aging.as_view()),
]
app = get_wsgi_application()
