"""PDF documents as tests read them."""

import io
import re

from pypdf import PdfReader

COMPANY = {
    'name': 'Acme',
    'legal_name': 'Distribution Acme inc.',
    'address1': '1200, boulevard René-Lévesque Ouest',
    'city': 'Montréal',
    'province': 'QC',
    'postal_code': 'H3B 4W8',
    'phone': '514 555-0100',
    'email': 'facturation@acme.example',
}
GST, QST = '123456789RT0001', '1234567890TQ0001'
CUSTOMER = {
    'name': 'Épicerie Côté',
    'code': 'COTE',
    'address1': '45, rue Saint-Jean',
    'city': 'Québec',
    'province': 'QC',
    'postal_code': 'G1R 1N8',
    'country': 'CA',
}
LINE = {
    'sku': 'CLN-5000',
    'description': 'Cleaner 5L',
    'description_fr': 'Nettoyant 5 L',
    'qty': 50,
    'unit_price': '25.00',
}


def furnished(api):
    """The company with its letterhead, registration numbers and a customer in Québec."""
    assert api.put('/settings', COMPANY).status_code == 200
    for one in api.get('/settings/tax-registrations').json['data']:
        number = GST if one['regime'] == 'gst' else QST
        api.put(f'/settings/tax-registrations/{one["id"]}', {'number': number})
    api.customer = made(api, '/customers', CUSTOMER)['id']
    return api


def made(api, path, body):
    answer = api.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json


def invoice(api, **values):
    return made(api, '/invoices', {'customer_code': 'COTE', 'lines': [LINE]} | values)['id']


def printed(api, path):
    """The answer, which is a PDF."""
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers['content-type'] == 'application/pdf'
    assert answer.content.startswith(b'%PDF-')
    return answer


def pages(body):
    """The text of each page; any white space counts as one blank."""
    reader = PdfReader(io.BytesIO(body))
    return [plain(page.extract_text()) for page in reader.pages]


def text(body):
    return ' '.join(pages(body))


def plain(words):
    return re.sub(r'\s+', ' ', words.replace('\u200b', ''))
