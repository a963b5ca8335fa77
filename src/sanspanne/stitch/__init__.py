"""One answer from several attempts: where a text broke off, what goes on, and how both are joined."""
