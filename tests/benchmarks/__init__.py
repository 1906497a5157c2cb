"""That the benchmarks still run: what they measure decides no test."""
