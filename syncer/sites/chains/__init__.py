"""The engine of imported files: hydrus's semantics exactly, kept apart so that native files stay plain."""
