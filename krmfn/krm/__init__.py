"""The interface of hosts: objects, ResourceLists, results, function configs.

This package does not know what a function does to the objects.
"""
