"""Every scale protocol: frames of manuals and captures, and the same tests for damaged ones run over all of them."""
