"""A Salesforce org in memory, for the simulator: its objects, its rows and its query language."""
