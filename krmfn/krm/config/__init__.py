"""Function configs: fields with descriptions, and errors in words."""
