"""The site: the pages in docs, made ready for Zensical, built strictly, and checked."""
