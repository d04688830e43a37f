"""Calendar months, as the reports name them: 2026-03."""

import datetime as dt


def month_start(day: dt.date, months: int = 0) -> dt.date:
    """The first day of the month that lies so many months after the day's own."""
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def month_label(day: dt.date) -> str:
    return f'{day.year:04}-{day.month:02}'


def month_named(label: str) -> dt.date:
    """The first day of 2026-03. Raises ValueError."""
    return dt.date.fromisoformat(f'{label}-01')
