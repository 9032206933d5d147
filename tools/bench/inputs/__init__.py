"""Generators of what the benchmark reads, piece by piece."""
