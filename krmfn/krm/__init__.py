"""What hosts send and expect: objects, ResourceLists, results, function configs.

What a function does to the objects is none of its business.
"""
