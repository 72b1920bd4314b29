"""syncer and gallery-dl side by side: the same job, the same server, one run. `python -m bench` or `make bench`."""
