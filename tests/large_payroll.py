"""The payroll of the large company: employees, 100,000 timesheets, runs and their stubs."""

from karvo.payroll.reads import SUMS

EMPLOYEES = """
INSERT INTO employee (id, uid, key, first_name, last_name, address, province_of_employment,
  language, hire_date, status, pay_type, pay_rate, pay_frequency, weekly_hours, k3,
  additional_tax_fed, tp1015_j, tp1016_k1, tp1015_exempt, additional_tax_qc, exemptions,
  deductions, vacation_pct, vacation_method, number, search_text, version, created_at, updated_at)
SELECT n, gen_random_uuid(), 'emp' || n, 'Ana', md5(n::text), '{}', 'QC', 'fr', current_date - n,
  CASE WHEN n %% 20 = 0 THEN 'terminated' ELSE 'active' END,
  (ARRAY['hourly', 'salary'])[n %% 2 + 1], 30, (ARRAY['weekly', 'biweekly'])[n %% 2 + 1], 40, 0, 0,
  0, 0, false, 0, '{}', '[]', 4, 'accrue', 'E' || lpad(n::text, 5, '0'),
  'e' || lpad(n::text, 5, '0') || ' ana ' || md5(n::text), 1, now(), now() - n * interval '1 hour'
FROM generate_series(1, 5000) n"""
PAY_RUNS = """
INSERT INTO pay_run (id, uid, key, number, kind, frequency, period_start, period_end, pay_date,
  periods, status, employees, totals, inputs, is_voided, version, created_at, updated_at)
SELECT n, gen_random_uuid(), 'run' || n, 'RUN-' || n, 'regular',
  (ARRAY['weekly', 'biweekly'])[n %% 2 + 1], d, d + 6, d + 11, 52, CASE WHEN n %% 50 = 0
    THEN 'calculated' WHEN n %% 50 = 1 THEN 'cancelled' ELSE 'paid' END, 1, '{}', '{}', false, 1,
  now(), now() - n * interval '1 hour'
FROM generate_series(1, 900) n, LATERAL (SELECT current_date - n AS d) x"""
HOURS = """
INSERT INTO timesheet (employee_id, date, hours, type, rate_multiplier, status, run_id, version,
  created_at, updated_at)
SELECT n %% 5000 + 1, current_date - n / 60, 8, (ARRAY['regular', 'vacation'])[n %% 2 + 1], 1,
  CASE WHEN n < 900 THEN 'submitted' ELSE 'paid' END, n %% 900 + 1, 1, now(),
  now() - n * interval '10 minutes' FROM generate_series(1, %(documents)s) n"""
#: What a stub has of nought here.
_ZERO = (
    'pay_rate',
    'hours',
    'pay',
    'lump_sum',
    'gross',
    'pensionable',
    'insurable',
    'qpip_insurable',
    'qpp',
    'qpp2',
    'ei',
    'qpip',
    'federal_tax',
    'federal_tax_lump',
    'qc_tax',
    'qc_tax_lump',
    'rpp',
    'rrsp',
    'fhsa',
    'union_dues',
    'ftq_shares',
    'fondaction_shares',
    'other_deductions',
    'deductions',
    'net',
    'employer_qpp',
    'employer_qpp2',
    'employer_ei',
    'employer_qpip',
    'employer_hsf',
    'employer_cnt',
    'employer_cnesst',
    'employer_total',
    'vacation_paid',
    'vacation_accrued',
    'vacation_balance',
)
_YTD = ', '.join(f"'{name}', 0" for name in SUMS)
STUBS = f"""
INSERT INTO pay_stub (id, uid, run_id, employee_id, employee_no, name, address, language, pay_type,
  before, ytd, steps, created_at, {', '.join(_ZERO)})
SELECT n, gen_random_uuid(), n %% 900 + 1, n / 900 + 1, 'E' || n, 'Ana', '{{}}', 'fr', 'salary',
  '{{}}', jsonb_build_object({_YTD}), '{{}}', now(), {', '.join('0' for _ in _ZERO)}
FROM generate_series(1, %(few)s) n"""
STUB_LINES = """
INSERT INTO pay_stub_line (stub_id, position, kind, code, amount)
SELECT id, 1, 'earning', 'salary', 1 FROM pay_stub"""
PAYROLL = (EMPLOYEES, PAY_RUNS, HOURS, STUBS, STUB_LINES)
