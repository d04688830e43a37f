"""The requests that each operation is measured with, as they go over the wire."""

import json
import random

from scripts.benchmark import books
from scripts.benchmark.books import Books

BASE = '/wp-json/se-erp/v2'
DOCUMENTS = 25_000
LINE = {'description': 'Cleaner 5L', 'qty': 4, 'unit_price': 25.5}


_KARVO = {
    'get': f'{BASE}/invoices/{{id}}',
    'list': f'{BASE}/invoices?customer_code={{code}}&per_page=25',
    'search': f'{BASE}/invoices/search?q={{text}}',
    'create': f'{BASE}/invoices',
    'aging': f'{BASE}/billing/aging',
}
_BARE = {
    'get': '/get?id={id}',
    'list': '/list?code={code}',
    'search': '/search?q={text}',
    'create': '/create',
    'aging': '/aging',
}
MANY = 300  #: different ones of an operation


def of_karvo(name: str, of: Books) -> list[bytes]:
    """To its own API, in the name of a company."""
    return _all(name, _KARVO[name], of, of.key)


def of_bare(name: str, of: Books) -> list[bytes]:
    """The same, to the function that is the limit; it knows one company and asks for no key."""
    return _all(name, _BARE[name], of, '')


def _all(name: str, address: str, of: Books, key: str) -> list[bytes]:
    numbers = random.Random(7)
    ids = [numbers.randint(1, of.documents) for _ in range(MANY)]
    codes = [f'C{1 + n % books.CUSTOMERS:05}' for n in range(MANY)]
    if name == 'create':
        bodies = [{'customer_code': code, 'lines': [LINE] * 3} for code in codes]
        return [_http('POST', address, key, json.dumps(body)) for body in bodies]
    return [
        _http('GET', address.format(id=id_, code=code, text=text), key)
        for id_, code, text in zip(ids, codes, _searches(), strict=True)
    ]


def _searches() -> list[str]:
    """300 different ones: numbers, their parts, codes."""
    parts = [f'old-{n * 83 % DOCUMENTS:06}' for n in range(100)]
    parts += [f'{n * 251 % DOCUMENTS:05}' for n in range(100)]
    return parts + [f'c{1 + n * 2 % books.CUSTOMERS:05}' for n in range(100)]


def _http(method: str, path: str, key: str, body: str = '') -> bytes:
    lines = [f'{method} {path} HTTP/1.1', 'Host: bench', 'Accept: application/json']
    if key:
        lines.append(f'X-SE-ERP-Key: {key}')
    if body:
        lines += ['Content-Type: application/json', f'Content-Length: {len(body)}']
    return ('\r\n'.join(lines) + '\r\n\r\n' + body).encode()
