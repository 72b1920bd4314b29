"""What is let in, decided from options and facts. Pure."""
