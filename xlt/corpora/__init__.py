"""One file per public corpus: archives and folders to rows."""
