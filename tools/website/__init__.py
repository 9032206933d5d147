"""The site: prepare the pages in docs for Zensical, build strictly, and check the links."""
