"""The technical kernel every service stands on; it knows no word of the business."""
