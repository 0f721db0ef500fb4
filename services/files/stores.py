"""Which store this program uses, made once when it starts."""

from functools import partial
from typing import Any

import structlog
from flask import Flask, current_app

from gongchuang.settings import Settings

from .disk import DiskStore
from .s3 import S3Address, S3Store
from .store import Store, StoreUnavailable

log = structlog.get_logger(__name__)


def store_for(settings: Settings) -> DiskStore | S3Store:
    """Return the store the settings name: S3 where an endpoint is given, else the disk."""
    if settings.s3_endpoint and settings.s3_access_key and settings.s3_secret_key:
        address = S3Address(
            endpoint=settings.s3_endpoint,
            public_endpoint=settings.s3_public_endpoint or settings.s3_endpoint,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            origin=settings.public_url or "*",
        )
        return S3Store(address)
    return DiskStore(settings.data_folder / "files", settings.key)


def start(app: Flask) -> None:
    """Open the store and make its place; a store that does not answer yet is made ready by `/readyz` later."""
    store = store_for(app.config["SETTINGS"])
    app.extensions["store"] = store
    app.extensions.setdefault("readiness", {})["files"] = partial(_ready, store)
    if isinstance(store, S3Store):
        app.extensions.setdefault("store_origins", []).append(store.address.public_endpoint.rstrip("/"))
    try:
        store.ensure()
    except StoreUnavailable as error:
        log.warning("object store does not answer", reason=str(error))


def _ready(store: Store) -> None:
    store.ensure()


def current_store() -> Any:
    """Return the program's store."""
    store: Store = current_app.extensions["store"]
    return store
