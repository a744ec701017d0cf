"""Pages: what a forecast looks like in words, tables, pictures and files."""
