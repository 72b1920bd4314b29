"""syncer follows searches and threads and lays finished media into an import folder."""
