"""Names of companies in many scripts: taken apart, and compared as a careful person would."""
