import requests

BASE = 'https://app.karvoerp.com/wp-json/se-erp/v2'
HEADERS = {'X-SE-ERP-Key': 'se_your_api_key_here'}

# List recent invoices for a customer
resp = requests.get(
    f'{BASE}/invoices', headers=HEADERS, params={'customer_code': 'ACME01', 'per_page': 10}
)
data = resp.json()
print(f'Found {data["total"]} invoices')
