"""How gunicorn runs the role web: read by `gunicorn --config python:karvo.gunicorn_conf`.

Host, port and the number of workers come from the command line of `karvo serve`.
"""

import os
import sys
import threading
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
LOADING = 30  #: seconds that something which is read in the background may take
forwarder_headers = (
    '_ID,PARTNER_ID,INVOICE_ID,INVOICE_DATE,ADDITIONAL_FIELDS,CRM_TYPE,WRITE_DATE,CREATE_DATE'
)


def when_ready(server: typing.Any) -> None:
    """It listens; now the application is read, once: its processes are copies of this one.

    With `preload_app` gunicorn would do so before it listens, and find a stranger's wsgi.py.
    """
    _leave_folder(server.cfg.chdir)
    server.app.wsgi()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(LOADING)  # a copy could make nothing of what it has half done
            if thread.is_alive():
                raise RuntimeError(f'{thread.name}: a thread that stays is begun by no import')
    _forget_process(os.getpid())


def _leave_folder(here: str) -> None:
    """Gunicorn puts the current folder first; a stranger's wsgi.py there must not win."""
    if sys.path[0] == here and here not in os.environ.get('PYTHONPATH', '').split(os.pathsep):
        del sys.path[0]


def child_exit(server: typing.Any, worker: typing.Any) -> None:
    """What only a living process has (connections, memory) ends with it; its counts stay."""
    _forget_process(worker.pid)


def _forget_process(pid: int) -> None:
    if 'PROMETHEUS_MULTIPROC_DIR' in os.environ:
        multiprocess.mark_process_dead(pid)
