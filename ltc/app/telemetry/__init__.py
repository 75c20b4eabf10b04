"""What the hub says of itself while it runs: log lines, figures and traces, each with what it is about."""
