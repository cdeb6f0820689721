"""Finance: what does it cost, what does it bring?"""
