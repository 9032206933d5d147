"""What hosts send and expect: objects, ResourceLists, results, function configs. Nothing of images is in here."""
