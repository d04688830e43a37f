"""What banks want of a CPA-005 file beyond the standard: a file per bank, its source named."""

import functools
import importlib.resources
import typing

import msgspec

from karvo.payfiles.cpa005 import Form

LINE_ENDS = {'lf': '\n', 'crlf': '\r\n'}
LineEnd = typing.Literal['lf', 'crlf']


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bank's wishes. `data_centre` of None is given by the bank to each client."""

    name: str
    source: str
    data_centre: str | None
    payments_per_record: typing.Literal[1, 6]
    line_end: LineEnd
    ends_with_line_end: bool
    is_upper_case: bool
    first_line: str = ''

    def form(self, line_end: LineEnd | None, payments_per_record: int | None) -> Form:
        """With what the company decided otherwise."""
        return Form(
            line_end=LINE_ENDS[line_end or self.line_end],
            ends_with_line_end=self.ends_with_line_end,
            payments_per_record=payments_per_record or self.payments_per_record,
            is_upper_case=self.is_upper_case,
            first_line=self.first_line,
        )

    def originator_id(self, text: str) -> str:
        """As it stands in the file: single blanks, the bank's case."""
        text = ' '.join(text.split())
        return text.upper() if self.is_upper_case else text


@functools.cache
def profiles() -> dict[str, Profile]:
    """By name of the file."""
    folder = importlib.resources.files('karvo.payfiles').joinpath('banks')
    return {
        path.name.removesuffix('.json'): msgspec.json.decode(path.read_bytes(), type=Profile)
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith('.json')
    }
