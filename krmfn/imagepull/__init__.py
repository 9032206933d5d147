"""The image-pull function: where images run, which policies and pull secrets they get, and the Secrets for that."""
