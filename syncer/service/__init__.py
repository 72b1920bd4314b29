"""Joins the steps: jobs, workers, clockwork and the running service."""
