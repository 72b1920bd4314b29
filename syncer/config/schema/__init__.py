"""What each table of config.toml may hold, one module a table, one description per key."""
