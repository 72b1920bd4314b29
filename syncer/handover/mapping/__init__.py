"""What other programs say of a file, as posts, tags and notes of ours: gallery-dl's metadata and yt-dlp's info.json. Pure."""
