"""Requirements for an application, and what the findings of scenarios say about them.

The catalogue (`conformance/sut/*.yaml`) says which finding of which scenario decides which requirement; a scorecard
folds the findings of runs into a verdict for each requirement, and these into a grade. Nothing here runs anything.
"""
