"""Requests, one hop at a time, with pace, limits and judged failures."""
