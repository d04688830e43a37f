"""The suite. Folders mirror the packages."""
