"""The sandbox with somebody else's SAP: the server of the package mock-sap, in this process, instead of our own simulator."""
