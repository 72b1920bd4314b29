"""What a site file may say: pydantic models with one description per key; the source of errors and JSON schema."""
