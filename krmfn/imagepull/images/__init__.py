"""Image references, and patterns over them."""
