"""The rules of portfolio, without I/O: one aggregate, one file."""
