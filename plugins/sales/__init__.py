"""What is sold before it is invoiced: quotes, their revisions, what became of them."""

requires: tuple[str, ...] = ()
