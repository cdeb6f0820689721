"""The published language: every public event, one module per publishing service, and the value types they share."""
