"""`karvo check`: do the books of a company hold together?"""

from karvo.integrity.checks import problems

__all__ = ['problems']
