"""Benchmarks of krmfn against simple alternatives: `make bench`."""
