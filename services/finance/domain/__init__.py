"""The rules of finance, without I/O: one aggregate, one file."""
