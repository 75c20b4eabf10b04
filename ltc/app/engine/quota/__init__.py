"""How often systems are called: tokens, budgets, what is left for whom, and until when a system is left alone."""
