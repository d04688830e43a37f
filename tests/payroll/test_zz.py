"""scratch"""
import json
from tests.conftest import *
def test_flow(api):
    def show(a):
        print(a.status_code, a.text[:3000]); return a.json
    e = show(api.post('/payroll/employees', {'first_name':'Ana','last_name':'Roy','pay_type':'salary','pay_rate':52000,'pay_frequency':'biweekly','sin':'130 692 544','bank':{'institution':'815','transit':'30011','account':'1234567'},'birth_date':'1990-01-01'}))
    show(api.get('/payroll/employees'))
    r = show(api.post('/payroll/runs', {'frequency':'biweekly','period_start':'2026-02-22','period_end':'2026-03-07','pay_date':'2026-03-13'}))
    s = show(api.get(f"/payroll/runs/{r['id']}/stubs"))
    for v in ('approve','post','pay'):
        show(api.post(f"/payroll/runs/{r['id']}/{v}"))
    show(api.get('/ledger/trial-balance'))
    show(api.get(f"/payroll/employees/{e['id']}"))
    a = api.get(f"/payroll/runs/{r['id']}/stubs/{s['data'][0]['id']}/pdf")
    print(a.status_code, a.headers); open('/tmp/payruns/stub.pdf','wb').write(a.content)
    show(api.get('/events?type=payroll.*,employee.*'))
