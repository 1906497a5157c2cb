"""A bench without hardware, its own process: scanner, scale and printer as real byte streams, with fault switches."""
