"""The hub on the web: the door for webhooks. It needs the extra `console`; nothing else of the hub imports it."""
