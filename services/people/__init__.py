"""People: who does the work, and are they able to?"""
