"""The station's side of sync: ``wire.py`` (calls, shared with the hub), ``client.py`` (pure), ``uplink.py`` (shell)."""
