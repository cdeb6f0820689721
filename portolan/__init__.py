"""The command: the local stack, the importer, the demo company; it speaks to the services over HTTP only."""
