"""Subscriptions and watchers: when to check and when to stop, decided without doing."""
