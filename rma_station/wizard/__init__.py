"""``rma-station devices wizard``: finds a device, proves it, and writes its section into the configuration."""
