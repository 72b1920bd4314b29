"""From a fetched part to media and sidecars in the import folder."""
