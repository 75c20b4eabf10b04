"""Requests that arrive together are stored together: each waits for the commit that holds it, and one commit holds many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_AT_ONCE = 1_000
LINGER_SECONDS = 0.003


class Gathering(Generic[Item, Answer]):
    """Collects items for a few milliseconds, or while the commit before runs, and hands them over at once."""

    def __init__(self, keep: Callable[[Sequence[Item]], Sequence[Answer]]) -> None:
        """Take what stores several items and gives an answer for each; it runs in a thread of its own."""
        self._keep = keep
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ltc-inbox")

    async def put(self, item: Item) -> Answer:
        """Store an item; return when it is stored."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._store())
        return await future

    def close(self) -> None:
        """Let the last commit end."""
        self._thread.shutdown()

    async def _store(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(LINGER_SECONDS)
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                answers = await loop.run_in_executor(self._thread, self._keep, [item for item, _ in batch])
            except Exception as fault:  # noqa: BLE001 - each of those who wait is told, and the next ones are served
                _fail(batch, fault)
            else:
                _answer(batch, answers)


def _answer(batch: Sequence[tuple[Item, asyncio.Future[Answer]]], answers: Sequence[Answer]) -> None:
    """Give each its answer; a fault may be one: it is given, not raised."""
    for (_, future), answer in zip(batch, answers, strict=True):
        if not future.cancelled():
            future.set_result(answer)


def _fail(batch: Sequence[tuple[Item, asyncio.Future[Answer]]], fault: Exception) -> None:
    for _, future in batch:
        if not future.cancelled():
            future.set_exception(fault)
