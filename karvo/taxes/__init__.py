"""Sales taxes: dated rates, registrations, and the taxes of a document to the cent."""
