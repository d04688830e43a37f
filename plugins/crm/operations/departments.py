"""Departments: the defaults become rows with the first ticket that needs one."""

import typing

import msgspec

from karvo.kit.db import database, rows
from karvo.kit.errors import invalid
from plugins.crm.models import Department
from plugins.crm.reads import default_departments

# Numbered by hand, so the counter has to be moved past them for whoever adds another one.
COUNTER = """
SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), (SELECT max(id) FROM @crm_department))"""


def check_department(department_id: int) -> None:
    """Raises Invalid for one that does not exist (V2-6).

    A fresh company has no rows: whoever comes first writes the defaults, in his own transaction;
    who comes at the same time waits for him at the primary key.
    """
    known = [found for (found,) in rows(Department.select(Department.id))]
    if department_id in known:
        return
    defaults = default_departments()
    if known or all(one.id != department_id for one in defaults):
        raise invalid(department_id='not found')
    values: list[dict[str, typing.Any]] = [msgspec.structs.asdict(one) for one in defaults]
    Department.insert_many(values).on_conflict_ignore().execute()
    database.run(COUNTER, {'table': database.qualify('@crm_department')})
