"""What krmfn costs beside what one would write instead: `make bench`."""
