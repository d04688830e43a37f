"""Events: the change feed over the outbox, for those who poll."""
