"""The rules of reporting, without I/O: how figures are judged."""
