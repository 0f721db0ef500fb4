"""Queues and workers: RQ on Redis in production, on fakeredis inside the one process by default. The outbox is the truth; a lost job is only late."""
