"""Manifests made by chance, written in odd YAML, judged by the four laws and by Kubernetes' parsers, and shrunk."""
