"""The HTTP kit: whole answers or our own errors, with time-outs, retries, a quota gauge and a journal without secrets."""

from ltc.core.http.client import Auth, HttpClient, RetryPolicy
from ltc.core.http.policy import Classifier, Row, StatusPolicy, never_sent, of_exception, retry_after
from ltc.core.http.redact import is_secret_name, redact_body, redact_headers, redact_text
from ltc.core.http.transport import Gauge, KitAdapter, adapter, standard_gauge

__all__ = [
    "Auth",
    "Classifier",
    "Gauge",
    "HttpClient",
    "KitAdapter",
    "RetryPolicy",
    "Row",
    "StatusPolicy",
    "adapter",
    "is_secret_name",
    "never_sent",
    "of_exception",
    "redact_body",
    "redact_headers",
    "redact_text",
    "retry_after",
    "standard_gauge",
]
