"""The verbs of webhooks, by family: subscriptions, deliveries, fan-out, replays, clearing away."""
