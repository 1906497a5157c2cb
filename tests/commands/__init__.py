"""The command line of the station: what a command prints, returns and leaves on the disk."""
