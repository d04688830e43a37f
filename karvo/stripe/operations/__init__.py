"""The verbs: account, checkout, payments, refunds, disputes, payouts; `events` calls them."""
