"""What hosts send and expect: objects, ResourceLists, results, function configs. What a function does to them is none of its business."""
