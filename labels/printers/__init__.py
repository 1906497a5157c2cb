"""Printers by how they are reached: a line of bytes (TCP, USB) or a folder. Each is a ``ports.LabelPrinter``."""
