"""Site files: recognise a URL, build searches, read a fetched page. Pure; fetches nothing."""
