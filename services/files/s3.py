"""The object store of production: MinIO or any S3, through the `minio` client. Browsers talk to it directly.

The bucket keeps versions and allows object lock, so that bytes once checked can be named by their version and never be replaced unnoticed.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast
from urllib.parse import quote, urlsplit

import structlog
import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.datatypes import PostPolicy
from minio.error import S3Error, ServerError
from minio.versioningconfig import VersioningConfig

from gongchuang.points import point

from .store import LONGEST_FORM, LONGEST_LINK, ObjectMissing, SignedForm, Stored, StoreUnavailable

log = structlog.get_logger(__name__)

MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchObject", "ResourceNotFound", "MethodNotAllowed"})
UNABLE = frozenset({"NotImplemented", "MethodNotAllowed", "AccessDenied"})
REFUSED = 403
"""How a store answers whose keys are others, or whose clock: a signature more than 15 minutes off is none (RequestTimeTooSkewed)."""
CORS = (
    "<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin><AllowedMethod>POST</AllowedMethod><AllowedMethod>GET</AllowedMethod>"
    "<AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule></CORSConfiguration>"
)


@dataclass(frozen=True)
class S3Address:
    """How to reach a store: `endpoint` from here, `public_endpoint` from browsers."""

    endpoint: str
    public_endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    region: str = "us-east-1"
    origin: str = "*"


QUICK, PATIENT = urllib3.Timeout(connect=2, read=3), urllib3.Timeout(connect=3, read=30)
"""Someone waits for a page; nobody for a worker that writes."""


def _client(endpoint: str, address: S3Address, timeout: urllib3.Timeout) -> Minio:
    parts = urlsplit(endpoint)
    again = urllib3.Retry(total=1 if timeout is QUICK else 2, backoff_factor=0.2, status_forcelist=[502, 503, 504])
    pool = urllib3.PoolManager(timeout=timeout, maxsize=10, retries=again)
    return Minio(
        parts.netloc, access_key=address.access_key, secret_key=address.secret_key, secure=parts.scheme == "https", region=address.region, http_client=pool
    )


@contextmanager
def _translated(key: str = "") -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code in MISSING:
            raise ObjectMissing(key) from error
        if error.response is not None and (error.response.status >= 500 or error.response.status == REFUSED):
            raise StoreUnavailable(error.code) from error
        raise
    except (urllib3.exceptions.HTTPError, ServerError, OSError) as error:
        raise StoreUnavailable(type(error).__name__) from error


class S3Store:
    """Objects in one bucket. Signing asks the network for nothing."""

    def __init__(self, address: S3Address) -> None:
        self.address = address
        self.bucket = address.bucket
        self.client = _client(address.endpoint, address, PATIENT)
        self.quick = _client(address.endpoint, address, QUICK)
        self.public = _client(address.public_endpoint, address, QUICK)

    def ensure(self) -> None:
        with _translated():
            self._make_bucket()
            if self.quick.get_bucket_versioning(self.bucket).status != ENABLED:
                self.client.set_bucket_versioning(self.bucket, VersioningConfig(ENABLED))
            self._allow_browsers()

    def _make_bucket(self) -> None:
        if self.quick.bucket_exists(self.bucket):
            return
        try:
            self.client.make_bucket(self.bucket, self.address.region, object_lock=True)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"}:
                raise

    def _allow_browsers(self) -> None:
        """Allow pages to upload (CORS). MinIO has one setting for the whole server, open by default, and does not know this call."""
        body = CORS.format(origin=self.address.origin).encode()
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        try:
            # The client has no method of its own for this call.
            self.quick._execute("PUT", self.bucket, body=body, headers={"Content-MD5": digest}, query_params={"cors": ""})
        except S3Error as error:
            if error.code not in UNABLE:
                raise
            log.info("bucket CORS not set by us", reason=error.code)

    def signed_post(self, key: str, size: int, content_type: str, seconds: int = LONGEST_FORM) -> SignedForm:
        policy = PostPolicy(self.bucket, datetime.now(UTC) + timedelta(seconds=min(seconds, LONGEST_FORM)))
        policy.add_equals_condition("key", key)
        policy.add_equals_condition("Content-Type", content_type)
        policy.add_content_length_range_condition(size, size)
        fields = {"key": key, "Content-Type": content_type, **self.public.presigned_post_policy(policy)}
        return SignedForm(f"{self.address.public_endpoint.rstrip('/')}/{self.bucket}", fields)

    def signed_get(self, key: str, filename: str, seconds: int = LONGEST_LINK, *, version: str | None = None, inline: bool = False) -> str:
        how = "inline" if inline else "attachment"
        shown = {"response-content-disposition": f"{how}; filename*=UTF-8''{quote(filename, safe='')}", "response-cache-control": "private, no-store"}
        if not inline:
            shown["response-content-type"] = "application/octet-stream"
        headers = cast("dict[str, str | list[str] | tuple[str]]", shown)
        lifetime = timedelta(seconds=min(seconds, LONGEST_LINK))
        return self.public.presigned_get_object(self.bucket, key, expires=lifetime, response_headers=headers, version_id=version)

    @contextmanager
    def open(self, key: str, *, version: str | None = None) -> Iterator[BinaryIO]:
        with _translated(key):
            answer = self.quick.get_object(self.bucket, key, version_id=version)
            try:
                yield cast(BinaryIO, answer)
            finally:
                answer.close()
                answer.release_conn()

    def put(self, key: str, source: BinaryIO, size: int, content_type: str) -> Stored:
        point("before object written")
        with _translated(key):
            made = self.client.put_object(self.bucket, key, source, size, content_type=content_type)
        point("after object written")
        return Stored(key, size, made.etag or "", made.version_id)

    def stat(self, key: str, *, version: str | None = None) -> Stored:
        with _translated(key):
            found = self.quick.stat_object(self.bucket, key, version_id=version)
        return Stored(key, found.size or 0, found.etag or "", found.version_id)

    def delete(self, key: str) -> None:
        with _translated(key):
            for found in list(self.client.list_objects(self.bucket, prefix=key, include_version=True, recursive=True)):
                if found.object_name == key:
                    self.client.remove_object(self.bucket, key, version_id=found.version_id)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        with _translated(prefix):
            for found in self.client.list_objects(self.bucket, prefix=prefix, recursive=True):
                yield Stored(found.object_name or "", found.size or 0, found.etag or "", found.version_id)
