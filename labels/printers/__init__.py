"""Printers by transport: TCP 9100, folder. Each implements ``rma_station.ports.LabelPrinter``."""
