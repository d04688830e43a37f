"""Mail: what a company sends to people, kept until a mail server took it."""
