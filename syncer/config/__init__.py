"""Settings: read, checked, explained and written. Knows only the lowest floor."""
