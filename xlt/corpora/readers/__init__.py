"""Readers of what corpora come in: archives, tables, Debian packages."""
