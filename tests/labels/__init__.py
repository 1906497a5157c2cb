"""Labels are rendered by others' renderers and decoded by others' decoders (``reading.py``); printers are servers."""
