"""The inbox: dropped link files become entries."""
