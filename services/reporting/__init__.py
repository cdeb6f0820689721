"""Reporting: what must top-level managers know, and what happens next?"""
