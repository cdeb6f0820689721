"""The shape of reporting's read models."""
