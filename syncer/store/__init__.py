"""The SQLite store: queue, walks, known list, follows, deliveries. Only the service writes."""
