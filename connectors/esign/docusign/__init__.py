"""DocuSign eSignature: envelopes made from templates, sent, signed, declined and voided."""
