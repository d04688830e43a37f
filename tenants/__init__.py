"""The control plane: who may ask, in which company, how often. Its rows survive any company."""
