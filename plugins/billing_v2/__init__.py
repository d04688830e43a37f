"""api/v2: billing as CloudOnex' clients know it; owns no tables and no rules."""

requires: tuple[str, ...] = ('banking', 'crm', 'sales')
