"""Handing URLs over to other programs (gallery-dl, yt-dlp) that know difficult sites, and reading what they answer."""
