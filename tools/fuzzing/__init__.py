"""Random manifests in odd YAML, checked by the four laws and by Kubernetes' parsers, and shrunk."""
