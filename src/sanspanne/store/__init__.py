"""What must last: one interface (`base`) for each kind of thing, and the databases that keep them."""
