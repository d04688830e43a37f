"""The landing page: its words in French and English, and the database's pulse."""

import json
import threading

import karvo
from karvo.kit import clock, probe
from karvo.kit.db import Database
from karvo.kit.samples import KEY
from karvo.se_erp import se_erp
from karvo.site.assets import urls
from karvo.site.examples import EXAMPLES
from karvo.site.templates import fill
from karvo.site.words import ENGLISH, FRENCH, WORDS

REMEMBER = 2.0  #: seconds: however often the page is asked for, the database hears of it rarely


class Pulse:
    """Whether the database answers, remembered for a moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._asked = 0.0
        self._answered = False

    def beats(self) -> bool:
        """True when it answered within the last two seconds, or answers now."""
        with self._lock:
            if not 0 <= clock.epoch() - self._asked < REMEMBER:
                self._answered = self._ask()
                self._asked = clock.epoch()
            return self._answered

    def _ask(self) -> bool:
        try:
            probe.ask(self._database, 'SELECT 1')
        except Exception:  # whatever is wrong with it, the page says the same
            return False
        return True


def language(asked: str, header: str) -> str:
    """`fr` or `en`: what was asked for, else the first of them in Accept-Language, else English."""
    names = [asked, *(part.strip()[:2] for part in header.split(','))]
    return next((name.lower() for name in names if name.lower() in WORDS), ENGLISH)


def page(language: str, origin: str, is_database_up: bool) -> str:
    """The page as HTML. Nothing in it comes from a tenant."""
    words = WORDS[language]
    base = origin + se_erp.prefix
    return fill(
        'landing.html',
        {
            **words,
            **urls(),
            'language': language,
            'other': FRENCH if language == ENGLISH else ENGLISH,
            'version': karvo.__version__,
            'base': base,
            'prefix': se_erp.prefix,
            'state': 'up' if is_database_up else 'down',
            'database_state': words['database_up' if is_database_up else 'database_down'],
            'first_call': first_call(base),
        },
    )


def first_call(base: str) -> str:
    """The README's first curl, with the base URL of this installation and a key to put in."""
    body = json.dumps(EXAMPLES['POST /invoices']['body'], indent=2, ensure_ascii=False)
    return (
        f'BASE={base}\nKEY={KEY}\n\ncurl -X POST "$BASE/invoices" \\\n'
        '  -H "X-SE-ERP-Key: $KEY" -H "Content-Type: application/json" \\\n'
        f'  -H "Idempotency-Key: first-invoice" -d \'{body}\''
    )
