"""What the documents and docstrings name is there: files, links, targets, commands, keys, examples."""
