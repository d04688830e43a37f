"""T4 and RL-1 of a year: boxes, checks, summaries, and the forms in which they leave."""
