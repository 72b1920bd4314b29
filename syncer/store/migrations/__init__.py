"""The schema, one numbered SQL file a step; read by `store.database` only."""
