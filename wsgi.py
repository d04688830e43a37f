"""The WSGI application, for gunicorn or any other server: `gunicorn wsgi:app`."""

from karvo.kit.start import uncollected

with uncollected():
    from karvo.app import create_app

    app = create_app()
