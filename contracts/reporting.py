"""What reporting tells the other services; it publishes no events."""

SIGN_OUTS_TOPIC = "portolan.reporting.sign-outs"
"""The sessions that were signed out; for the other services, and for no subscriber."""
