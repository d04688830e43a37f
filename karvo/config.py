"""Every setting of the installation, read once from the environment, each default beside its use.

Company settings (language, lock dates, ...) are rows of the company: see `karvo.settings`.
"""

import datetime as dt
import functools
import ipaddress
import os
import pathlib
import typing
from collections.abc import Mapping

import msgspec

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One frozen object; tests make their own with `msgspec.structs.replace`."""

    #: '' = the embedded server under `data_dir`; else postgresql://…
    database_url: str = ''
    #: set by `karvo serve` for its children: the database is the embedded one of this machine
    database_embedded: bool = False
    #: direct connection for DDL where `database_url` is a pooler; '' = database_url
    database_ddl_url: str = ''
    #: 'transaction' behind pgbouncer (SET LOCAL in every transaction, nothing prepared)
    database_pooler: str = 'none'
    #: further databases that hold companies: {name: postgresql://…} (split mode, sharding by hand)
    database_placements: dict[str, str] = {}
    #: which placement a new company gets; 'main' = database_url
    database_new_companies: str = 'main'
    #: embedded database, generated secrets, attachments, shared memory of the rate limits
    data_dir: pathlib.Path = pathlib.Path('var')
    #: encrypts stored secrets; '' = generated into data_dir; the first of a comma list encrypts
    secret_key: str = ''
    #: base of absolute links; '' = taken from the request
    public_url: str = ''
    smtp_url: str = ''
    mail_from: str = ''
    #: the platform's Stripe account: plans, and Connect for the tenants' own
    stripe_api_key: str = ''
    #: of the platform's webhook endpoints, account and connect; both of one that is being rolled
    stripe_webhook_secret: tuple[str, ...] = ()
    #: '' = Stripe itself
    stripe_api_base: str = ''
    #: networks that webhooks may reach although they are not public
    webhook_allow_cidrs: tuple[str, ...] = ()
    #: `http://host:port` through which webhooks go out; none by default
    webhook_proxy: str = ''
    #: requests to webhooks that one worker process makes at once
    webhook_threads: int = 64
    #: the business clock stands at this date (tests and sandboxes only)
    today: dt.date | None = None
    #: an OpenAI-compatible endpoint, as far as `/v1`, that may read questions; '' = none is asked
    llm_base_url: str = ''
    llm_model: str = ''
    #: sent as a bearer token where the endpoint wants one
    llm_api_key: str = ''
    #: a web process larger than this is replaced between two requests
    worker_memory_mib: int = 256
    #: networks whose machines may read /metrics without a key
    metrics_allow_cidrs: tuple[str, ...] = ()
    #: whose X-Forwarded-* headers count
    trusted_proxies: tuple[str, ...] = ()
    #: `sales,karbon`: these plugins and what they require; `-karbon`: all but this; () = all
    plugins: tuple[str, ...] = ()
    #: 'json' or 'text'; '' = text on a terminal, else json
    log_format: str = ''

    @property
    def ddl_url(self) -> str:
        return self.database_ddl_url or self.database_url

    @property
    def is_pooled(self) -> bool:
        return self.database_pooler == 'transaction'

    @property
    def proxy_networks(self) -> list[IPNetwork]:
        return _networks(self.trusted_proxies)

    @property
    def webhook_networks(self) -> list[IPNetwork]:
        return _networks(self.webhook_allow_cidrs)

    @property
    def metrics_networks(self) -> list[IPNetwork]:
        return _networks(self.metrics_allow_cidrs)


@functools.cache
def _networks(texts: tuple[str, ...]) -> list[IPNetwork]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]


class BadConfig(Exception):
    """A variable of the environment makes no sense; the message says what to do."""


def read(environ: Mapping[str, str]) -> Config:
    """The configuration of this environment; raises BadConfig."""
    values = {
        name: environ[variable]
        for name in Config.__struct_fields__
        if environ.get(variable := f'KARVO_{name.upper()}')
    }
    return _convert(dict(values))


def _convert(values: dict[str, typing.Any]) -> Config:
    lists = ('webhook_allow_cidrs', 'metrics_allow_cidrs', 'trusted_proxies')
    for name in (*lists, 'stripe_webhook_secret', 'plugins'):
        if name in values:
            values[name] = tuple(part.strip() for part in values[name].split(',') if part.strip())
    if 'database_placements' in values:
        pairs = (part.split('=', 1) for part in values['database_placements'].split(','))
        values['database_placements'] = {name.strip(): url.strip() for name, url in pairs}
    if 'data_dir' in values:
        values['data_dir'] = pathlib.Path(values['data_dir'])
    if 'today' in values:
        values['today'] = _date('KARVO_TODAY', values['today'])
    for name in ('worker_memory_mib', 'webhook_threads'):
        if name in values:
            values[name] = _count(f'KARVO_{name.upper()}', values[name])
    values['database_embedded'] = values.get('database_embedded') == '1'
    config = Config(**values)
    _check(config)
    return config


def _count(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise BadConfig(f'{variable} must be a whole number above 0, not {text!r}')
    return int(text)


def _date(variable: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadConfig(f'{variable} must be a date like 2026-11-20, not {text!r}') from None


def _check(config: Config) -> None:
    if config.database_pooler not in ('none', 'transaction'):
        raise BadConfig("KARVO_DATABASE_POOLER must be 'none' or 'transaction'")
    if config.log_format not in ('', 'json', 'text'):
        raise BadConfig("KARVO_LOG_FORMAT must be 'json' or 'text'")
    if bool(config.llm_base_url) != bool(config.llm_model):
        raise BadConfig('KARVO_LLM_BASE_URL and KARVO_LLM_MODEL go together')
    if config.llm_base_url and not config.llm_base_url.startswith(('http://', 'https://')):
        raise BadConfig('KARVO_LLM_BASE_URL must begin with http:// or https://')
    placements = {'main', *config.database_placements}
    if config.database_new_companies not in placements:
        raise BadConfig(f'KARVO_DATABASE_NEW_COMPANIES must be one of {sorted(placements)}')
    for name in ('trusted_proxies', 'metrics_allow_cidrs', 'webhook_allow_cidrs'):
        try:
            _networks(getattr(config, name))
        except ValueError as error:
            raise BadConfig(f'KARVO_{name.upper()}: {error}') from None


def _read_or_leave() -> Config:
    """One line that says what to do, instead of a traceback."""
    try:
        return read(os.environ)
    except BadConfig as error:
        raise SystemExit(f'karvo: {error}') from None


config = _read_or_leave()
