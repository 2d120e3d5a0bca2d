"""What is said about a run: from the trace alone, by code that the run does not share."""
