"""One that names what it requires as a text."""

requires = 'sales'
