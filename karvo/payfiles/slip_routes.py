"""/payroll/employees/{id}/t4 and /payroll/slips of se-erp/v2."""

import typing

routes: list[typing.Any] = []
