"""/settings of se-erp/v2."""

from karvo.kit.actor import Actor
from karvo.kit.http import Resource, endpoint
from karvo.se_erp import se_erp
from karvo.settings.operations import change_lock_dates, change_settings
from karvo.settings.reads import read_settings
from karvo.settings.schemas import LockDates, LockDatesChange, Settings, SettingsChange


class CompanySettings(Resource):
    """All settings as one flat object."""

    dialect = se_erp

    @endpoint(scope='settings:read')
    def on_get(self, actor: Actor) -> Settings:
        """The company's settings."""
        return read_settings()

    @endpoint(scope='settings:write')
    def on_put(self, actor: Actor, body: SettingsChange) -> Settings:  # type: ignore[valid-type]
        """Change settings; absent = unchanged, null = default."""
        return change_settings(body, actor=actor)


class CompanyLockDates(Resource):
    """Lock dates apart: they guard the books."""

    dialect = se_erp

    @endpoint(scope='settings:write')
    def on_put(self, actor: Actor, body: LockDatesChange) -> LockDates:
        """Move lock dates; nothing can be posted on or before them."""
        return change_lock_dates(body, actor=actor)


routes = [('/settings', CompanySettings()), ('/settings/lock-dates', CompanyLockDates())]
