"""Several rooms together: a running station with drivers, printers and a real hub over HTTP."""
