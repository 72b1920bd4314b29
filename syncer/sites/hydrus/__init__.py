"""hydrus's downloader PNGs, read and written anew as site files."""
