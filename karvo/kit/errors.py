"""What can go wrong, in words of the business; a dialect gives each its status and body."""

from collections.abc import Mapping

UNSAID: dict[str, str] = {}


class KarvoError(Exception):
    """An expected refusal: a message for the caller and, if known, {domain field: what is wrong}.

    `code` is the machine-readable reason (`erp_period_locked`); each class has its default.
    """

    code = 'erp_error'

    def __init__(self, message: str, *, code: str = '', fields: Mapping[str, str] = UNSAID):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields = dict(fields)


class Malformed(KarvoError):
    """The body cannot be read at all: no JSON, nested too deep, not UTF-8."""

    code = 'rest_invalid_json'


class Invalid(KarvoError):
    """The request is readable but breaks a rule; `fields` names every field at fault."""

    code = 'rest_invalid_param'


class Missing(Invalid):
    """Required fields are absent; they are the keys of `fields`."""

    code = 'rest_missing_callback_param'


class Unauthenticated(KarvoError):
    """No credential, or (`is_given`) one that is unknown, expired or revoked."""

    code = 'erp_invalid_key'

    def __init__(self, message: str, *, code: str = '', is_given: bool = False):
        super().__init__(message, code=code)
        self.is_given = is_given


class Forbidden(KarvoError):
    """The credential is good, but not for this."""

    code = 'rest_forbidden'


class NotFound(KarvoError):
    """No such record in this company."""

    code = 'erp_not_found'


class NoRoute(KarvoError):
    """No such address, or not with this method."""

    code = 'rest_no_route'


class Conflict(KarvoError):
    """The record exists already, or its state forbids this."""

    code = 'erp_invalid_state'


class PreconditionFailed(KarvoError):
    """If-Match names another version than the current one."""

    code = 'erp_precondition_failed'


class InFlight(KarvoError):
    """The first request with this Idempotency-Key is still running."""

    code = 'erp_idempotency'


class TooLarge(KarvoError):
    """The body is over the limit."""

    code = 'erp_too_large'


class RateLimited(KarvoError):
    """Too many requests; `retry_after` is in seconds."""

    code = 'rest_rate_limited'

    def __init__(self, message: str, retry_after: int):
        super().__init__(message)
        self.retry_after = retry_after


class NotOffered(KarvoError):
    """This installation does not do it, as it is reached; another configuration would."""

    code = 'erp_not_offered'


class Unavailable(KarvoError):
    """The database cannot be reached; nothing was changed. `retry_after` is in seconds."""

    code = 'erp_unavailable'

    def __init__(self, message: str, *, code: str = '', retry_after: int = 0):
        super().__init__(message, code=code)
        self.retry_after = retry_after


def invalid(**fields: str) -> Invalid:
    """One refusal for the named domain fields: `raise invalid(qty='must be more than 0')`."""
    return Invalid('; '.join(f'{name} {why}' for name, why in fields.items()), fields=fields)


def missing(*names: str) -> Missing:
    """`customer_code is required`, for one field or several."""
    fields = dict.fromkeys(names, 'is required')
    return Missing('; '.join(f'{name} is required' for name in names), fields=fields)


def not_found(what: str) -> NotFound:
    return NotFound(f'{what} not found')
