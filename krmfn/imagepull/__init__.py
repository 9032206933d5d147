"""The image-pull function: where images run, what is wanted of them, and the Secrets for it."""
