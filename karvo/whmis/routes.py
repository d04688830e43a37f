"""/whmis of se-erp/v2."""

from karvo.kit import paging, words
from karvo.kit.actor import Actor
from karvo.kit.errors import invalid
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.printed import Pdf, pdf_reply
from karvo.kit.text import like
from karvo.kit.words import Form
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings, today_params
from karvo.whmis.compute import classes
from karvo.whmis.documents import Label, label_of, label_pdf, sheet_pdf
from karvo.whmis.operations.sheets import (
    change_sheet,
    create_sheet,
    keep_file,
    no_sheet,
    product_of,
)
from karvo.whmis.reads import RECIPIENTS, SHEETS, file_of, notify_since, read_sheet
from karvo.whmis.schemas import Recipient, SdsChange, SdsRead, SdsRow
from karvo.whmis.wire import (
    LARGEST_BODY,
    FileIn,
    FileQuery,
    OneQuery,
    PrintedQuery,
    RecipientQuery,
    SdsOut,
    SdsQuery,
    sheet_out,
)

STATUSES = ('draft', 'current', 'review_due', 'expired', 'superseded')


class Sheets(Resource):
    """All sheets."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, query: SdsQuery) -> Page[SdsRow]:
        """List all WHMIS/SDS records."""
        if query.hazard_class and query.hazard_class not in classes():
            raise invalid(**{'class': 'is no hazard class'})
        status = paging.choices(query.status, STATUSES, 'status')
        filters = {
            'status': status,
            'live': None if status else True,
            'signal_word': query.signal_word,
            'class': query.hazard_class,
            'review_before': query.review_before,
            'supplier': like(query.supplier) if query.supplier else None,
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
            **today_params(),
        }
        rows, total = SHEETS.read(SdsRow, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


class OneSheet(Resource):
    """The sheet of one product."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, query: OneQuery) -> SdsOut:
        """Get SDS data for a specific product SKU."""
        return sheet_out(_sheet(sku, query.version), sku, query.lang)

    @endpoint(scope='whmis:write', status=201)
    def on_post(self, actor: Actor, sku: str, body: SdsChange) -> SdsOut:
        """Enter a version of a sheet; it is in force at once unless it is a draft."""
        create_sheet(sku, body, actor=actor)
        return _newest(sku)

    @endpoint(scope='whmis:write')
    def on_put(self, actor: Actor, sku: str, body: SdsChange, version: int | None) -> SdsOut:
        """Change a draft; a change of a sheet in force makes its next version."""
        change_sheet(sku, body, actor=actor, version=version)
        return _newest(sku)


class SheetOnPaper(Resource):
    """The sheet as KARVO prints it."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, query: PrintedQuery) -> Pdf:
        """The safety data sheet as PDF, bilingual unless one language is asked for."""
        sheet, form, settings = _sheet(sku, query.version), _form(query.lang), read_settings()
        body = sheet_pdf(sheet, settings, form, business_date(settings))
        return pdf_reply(body, f'SDS-{sheet.sku}-v{sheet.version_no}', form)


class OneLabel(Resource):
    """The workplace label of one product."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, query: PrintedQuery) -> Label:
        """What the workplace label says."""
        return label_of(_sheet(sku, query.version), _form(query.lang))


class LabelOnPaper(Resource):
    """The workplace label as PDF."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, query: PrintedQuery) -> Pdf:
        """The workplace label as PDF, bilingual unless one language is asked for."""
        sheet, form, settings = _sheet(sku, query.version), _form(query.lang), read_settings()
        body = label_pdf(sheet, settings, form, business_date(settings))
        return pdf_reply(body, f'label-{sheet.sku}', form)


class SupplierFile(Resource):
    """The supplier's own sheet in one language."""

    dialect = se_erp
    largest = LARGEST_BODY

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, lang: str, query: FileQuery) -> Pdf:
        """The supplier's own PDF."""
        sheet = _sheet(sku, query.version)
        body = found(file_of(sheet.id, [_language(lang)]), 'File')
        return pdf_reply(body, f'{sheet.sku}-v{sheet.version_no}-{lang}', (lang,))

    @endpoint(scope='whmis:write')
    def on_put(self, actor: Actor, sku: str, lang: str, body: FileIn) -> SdsOut:
        """Keep the supplier's own PDF with the latest version."""
        keep_file(sku, _language(lang), body.content, actor=actor)
        return _newest(sku)


class Customers(Resource):
    """Who received a product."""

    dialect = se_erp

    @endpoint(scope='whmis:read')
    def on_get(self, actor: Actor, sku: str, query: RecipientQuery) -> Page[Recipient]:
        """Customers of the last 24 months, and which sheet each was given."""
        filters = {
            'product_id': product_of(sku).id,
            'since': notify_since(business_date(read_settings())),
            'to_notify': query.to_notify,
            'search': like(query.search) if query.search else None,
        }
        rows, total = RECIPIENTS.read(Recipient, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


def _sheet(sku: str, version_no: int | None = None) -> SdsRead:
    sheet = read_sheet(product_of(sku).id, version_no)
    if sheet is None:
        raise no_sheet()
    return sheet


def _newest(sku: str) -> SdsOut:
    """What was just written: the newest version, in force or not."""
    sheet = _sheet(sku)
    return sheet_out(_sheet(sku, sheet.versions[0].version_no), sku, None)


def _form(lang: str | None) -> Form:
    return words.form_named(lang) if lang else words.BOTH


def _language(text: str) -> str:
    if text not in ('fr', 'en'):
        raise invalid(lang='must be fr or en')
    return text


routes = [
    ('/whmis', Sheets()),
    ('/whmis/{sku}', OneSheet()),
    ('/whmis/{sku}/sheet', SheetOnPaper()),
    ('/whmis/{sku}/label', OneLabel()),
    ('/whmis/{sku}/label/pdf', LabelOnPaper()),
    ('/whmis/{sku}/pdf/{lang}', SupplierFile()),
    ('/whmis/{sku}/customers', Customers()),
]
