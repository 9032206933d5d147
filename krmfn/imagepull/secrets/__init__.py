"""Pull secrets: where objects name them, and the Secrets in the input."""
