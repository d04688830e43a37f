"""Pages for people: the landing page at `/` and the reference of the API at `/docs`."""
