"""What people and machines read about runs: all of it from findings and traces."""
