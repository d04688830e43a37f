"""Domain plugins and dialects, each of a module's shape. The core knows none of them."""
