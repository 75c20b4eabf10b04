"""Stripe: customers, products, prices, invoices, and the money that comes in, goes back and is paid out."""
