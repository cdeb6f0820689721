"""Figures of speed and memory: ratios of two arms measured side by side in one run."""
