"""What WordPress' clients know of people: users, application passwords, the authorize page."""
