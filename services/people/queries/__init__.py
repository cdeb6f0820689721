"""What people answers beside its aggregates: views over several of them."""
