"""When jobs run: declared triggers, slots that replicas share, and the executor that does the work."""

from scheduler.executor import Elsewhere, Executor, LocalExecutor
from scheduler.jobs import After, ByHand, Cron, Every, Job, OnWebhook, Task, Trigger, in_words
from scheduler.outage import Outage
from scheduler.service import Claim, Scheduler
from scheduler.sweeper import Sweeper
from scheduler.triggers import check_cron, silence, slots
from scheduler.windows import Window, is_always, read_window

__all__ = [
    "After",
    "ByHand",
    "Claim",
    "Cron",
    "Elsewhere",
    "Every",
    "Executor",
    "Job",
    "LocalExecutor",
    "OnWebhook",
    "Outage",
    "Scheduler",
    "Sweeper",
    "Task",
    "Trigger",
    "Window",
    "check_cron",
    "in_words",
    "is_always",
    "read_window",
    "silence",
    "slots",
]
