"""Function configs: fields with descriptions, and readable errors."""
