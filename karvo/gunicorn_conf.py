"""How gunicorn runs the role web: read by `gunicorn --config python:karvo.gunicorn_conf`.

Host, port and the number of workers come from the command line of `karvo serve`.
"""

import os
import sys
import typing

import gunicorn
from prometheus_client import multiprocess

# Gunicorn always sends a Server header; this takes its own name out of it.
gunicorn.SERVER = 'KARVO'

keepalive = 75
timeout = 60
graceful_timeout = 30
max_requests = 0
accesslog = None
loglevel = 'warning'
control_socket_disable = True
# Long filters (OData) travel in the query; 8190 is the most that gunicorn takes.
limit_request_line = 8190
# Room for what `tenants.access` refuses in the API's own words: a password of 10 kB, in Base64.
limit_request_field_size = 16_384
# Nobody's X-Forwarded-* counts here: KARVO_TRUSTED_PROXIES decides that, in the application.
# Nor do they in gunicorn, whoever sends them. Everybody may send the headers named below, and no
# others of the kind: they are parameters of the Enapps dialect, whose names have underscores; such
# headers gunicorn drops otherwise (decision 0024).
forwarded_allow_ips = '*'
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = (
    '_ID,PARTNER_ID,INVOICE_ID,INVOICE_DATE,ADDITIONAL_FIELDS,CRM_TYPE,WRITE_DATE,CREATE_DATE'
)


def post_fork(server: typing.Any, worker: typing.Any) -> None:
    """Gunicorn puts the current folder first; a stranger's wsgi.py there must not win."""
    here = server.cfg.chdir
    if sys.path[0] == here and here not in os.environ.get('PYTHONPATH', '').split(os.pathsep):
        del sys.path[0]


def child_exit(server: typing.Any, worker: typing.Any) -> None:
    """What only a living process has (connections, memory) ends with it; its counts stay."""
    if 'PROMETHEUS_MULTIPROC_DIR' in os.environ:
        multiprocess.mark_process_dead(worker.pid)
