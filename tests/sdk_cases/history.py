"""Operations on what has happened: calls under way, events of calls, deliveries of webhooks."""
