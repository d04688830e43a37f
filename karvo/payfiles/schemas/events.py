"""Events of payment files, remittances and slips: which, never how much or whose."""

from karvo.kit.events import Event


class BankFileCreated(Event, frozen=True):
    """A payment file took its number; it is made once for an approved run."""

    name = 'payroll.bank_file_created'
    resource = 'pay_run'


class RemittanceEvent(Event, frozen=True):
    """Something happened to a remittance."""

    resource = 'remittance'


class RemittanceDue(RemittanceEvent, frozen=True):
    """A remittance is due in so many days and not paid; once for each of the reminder days."""

    name = 'payroll.remittance_due'


class RemittancePaid(RemittanceEvent, frozen=True):
    name = 'payroll.remittance_paid'


class SlipEvent(Event, frozen=True):
    """Something happened to an employee's slips of a year."""

    resource = 'slip'


class SlipIssued(SlipEvent, frozen=True):
    """T4 and RL-1 of a year are frozen."""

    name = 'payroll.slip_issued'


class SlipAmended(SlipEvent, frozen=True):
    name = 'payroll.slip_amended'


class SlipCancelled(SlipEvent, frozen=True):
    name = 'payroll.slip_cancelled'


class FilingSettingsUpdated(Event, frozen=True):
    """Which settings changed, not to what."""

    name = 'payroll.filing_settings_updated'
    resource = 'payroll_settings'
