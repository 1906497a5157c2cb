"""The device wizard with scripted answers and simulated devices; what it writes is read by the station's own reader."""
