"""What WHMIS does by the clock and on news; its paper for mails."""

import datetime as dt

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.events import Event
from karvo.kit.jobs import Handler, Job, Report, StoredEvent
from karvo.kit.printed import file_name
from karvo.mail.papers import papers
from karvo.mail.schemas import Paper
from karvo.settings.reads import business_date, read_settings
from karvo.shipments.schemas import ShipmentShipped
from karvo.whmis.documents import sheet_pdf
from karvo.whmis.mails import form_for
from karvo.whmis.models import SdsDelivery
from karvo.whmis.operations.deliveries import Shipped, deliver_sheets
from karvo.whmis.operations.reviews import announce_reviews
from karvo.whmis.reads import file_of, sheet_by_id


def review(actor: Actor, day: dt.date) -> Report:
    """Announce sheets whose review is due in 90, 30 or 7 days, or overdue."""
    return {'announced': announce_reviews(day, actor=actor)}


def send_sheets(event: StoredEvent, actor: Actor) -> None:
    """On `shipment.shipped`: the customer gets the sheets that it does not have yet."""
    settings = read_settings()
    shipped = Shipped(
        id=event.object['id'],
        party_id=event.object['party_id'],
        product_ids=[line.get('product_id') for line in event.object['lines'] if line['qty']],
        date=event.occurred_at.astimezone(clock.zone(settings.timezone)).date(),
    )
    deliver_sheets(shipped, actor=actor)


def paper(delivery_id: int) -> Paper | None:
    """The supplier's own file in the customer's language, else the sheet as KARVO prints it."""
    delivery = SdsDelivery.get_or_none(SdsDelivery.id == delivery_id)
    sheet = sheet_by_id(delivery.sds_id) if delivery else None
    if delivery is None or sheet is None:
        return None
    settings = read_settings()
    form = form_for(delivery.party, settings)
    name = file_name(f'SDS-{sheet.sku}-v{sheet.version_no}')
    own = file_of(sheet.id, list(form))
    return Paper(name, own or sheet_pdf(sheet, settings, form, business_date(settings)))


papers('sds', paper)
jobs = [Job(name='whmis.review', run=review, at=dt.time(6, 0))]
handlers: dict[type[Event], list[Handler]] = {ShipmentShipped: [send_sheets]}
