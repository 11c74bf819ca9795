"""The asyncio shell around the engine: one queue in, executors out, a journal beside it."""
