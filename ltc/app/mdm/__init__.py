"""Master data, as commands ask for it: plain arguments in, plain documents out."""
