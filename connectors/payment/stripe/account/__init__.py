"""The simulated Stripe account behind the simulator's doors."""
