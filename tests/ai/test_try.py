import time
def test_x(books):
    pass
