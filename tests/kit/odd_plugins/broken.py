"""One that fails while it is imported."""

raise SyntaxError('as a file with a slip of the pen would')
