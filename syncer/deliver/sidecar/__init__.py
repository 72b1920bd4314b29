"""The writers of metadata files, one module a format."""
