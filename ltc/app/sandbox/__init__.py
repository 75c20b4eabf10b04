"""The sandbox: a small, awkward business world that lives in the vendors' simulators, in virtual time."""
