"""Contracts as tests ask for them."""

LINE = {
    'task_fr': 'Planchers',
    'task_en': 'Floors',
    'frequency': 'weekly',
    'weekdays': ['mon'],
    'unit_price': 1000,
}
CONTRACT = {
    'customer_code': 'COTE',
    'name': 'Bureau Laval',
    'site': {'name': 'Siège', 'city': 'Québec', 'province': 'QC', 'key_code': '4711'},
    'start_date': '2026-09-01',
    'end_date': '2027-08-31',
    'lines': [LINE],
}


def created(api, **values):
    answer = api.post('/cleaning/contracts', CONTRACT | values)
    assert answer.status_code == 201, answer.text
    return answer.json


def step(api, one, name, **body):
    return api.post(f'/cleaning/contracts/{one["id"]}/{name}', body)


def log(api, one):
    return api.get(f'/cleaning/contracts/{one["id"]}').json['service_log']


def events(api, prefix='cleaning.'):
    rows = api.get('/events?limit=1000').json['data']
    return [row['type'].removeprefix(prefix) for row in rows if row['type'].startswith(prefix)]
