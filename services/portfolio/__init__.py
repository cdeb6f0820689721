"""Portfolio: what are we doing, who answers for it, is it on track?"""
