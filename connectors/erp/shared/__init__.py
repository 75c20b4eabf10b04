"""What SAP's dialects share: number formats, dates, currencies and units, each in one place."""
