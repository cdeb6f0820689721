"""The rules of people, without I/O: one aggregate, one file."""
