"""Pull secrets: where objects name them, and the Secrets that the input brings."""
