"""The version, in one place: the package's metadata, events, the hub and ``doctor`` all say this."""

VERSION = "0.1.0"
