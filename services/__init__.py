"""The four services; each owns its data and knows the others only by their published events."""
