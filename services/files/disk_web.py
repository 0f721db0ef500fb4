"""The disk store's two addresses: where browsers post a file, and where a signed link leads.

Written against plain Flask: who may upload or download is decided by the signature alone, as with S3, never by a session.
"""

from typing import IO

from flask import Request, Response, send_file
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from .disk import BadSignature, DiskStore, Incoming, ObjectExists
from .store import CHUNK, ObjectMissing, StoreUnavailable

FORM_OVERHEAD = 65_536
LARGEST_BODY = 1 << 30
LINE_BREAK = b"\r\n"
PIECE = 1 << 18
"""A larger piece is taken from the system anew each time it is read."""
INLINE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


class BadForm(Exception):
    """The body is no upload form, or breaks its own policy."""


def receive(store: DiskStore, request: Request) -> Response:
    """Take an upload.

    204 when it lies in the store; 400 for a wrong size or form, 403 for a wrong signature, 409 for a key already used, 503 when the disk is full.
    """
    try:
        _take(store, request)
    except BadSignature as error:
        return _plain(403, str(error))
    except (BadForm, ValueError) as error:
        return _plain(400, str(error))
    except ObjectExists:
        return _plain(409, "other bytes already lie under this key")
    except RequestEntityTooLarge:
        return _plain(413, "larger than announced")
    except StoreUnavailable:
        return _plain(503, "the disk is full")
    return _plain(204, "")


def serve(store: DiskStore, request: Request, key: str) -> Response:
    """Answer a signed download link, whole or in ranges, so that no page of this site can be made of an uploaded file."""
    try:
        link = store.check_link(key, request.args.to_dict())
    except BadSignature as error:
        return _plain(403, str(error))
    except ObjectMissing:
        return _plain(404, "no such object")
    extension = link.filename[link.filename.rfind(".") :].lower()
    shown = link.inline and extension in INLINE_TYPES
    answer = send_file(
        link.path,
        mimetype=INLINE_TYPES[extension] if shown else "application/octet-stream",
        as_attachment=not shown,
        download_name=" ".join(link.filename.split()),
        conditional=True,
        max_age=0,
        etag=store.stat(key).etag,
    )
    return _shut(answer)


def _plain(status: int, text: str) -> Response:
    return _shut(Response(text, status, mimetype="text/plain"))


def _shut(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _take(store: DiskStore, request: Request) -> None:
    mimetype, options = parse_options_header(request.headers.get("Content-Type"))
    if mimetype != "multipart/form-data" or not options.get("boundary"):
        raise BadForm("not a multipart form")
    if request.content_length is None:
        raise BadForm("the length is not announced")
    if request.content_length > LARGEST_BODY:
        raise RequestEntityTooLarge
    decoder = MultipartDecoder(options["boundary"].encode("latin-1"), max_form_memory_size=4 * CHUNK, max_parts=20)
    body = _Body(request.environ["wsgi.input"], request.content_length)
    with store.incoming() as place:
        form = _Form(store, place)
        while True:
            piece = body.read(CHUNK)
            decoder.receive_data(piece or None)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                form.take(event)
                if isinstance(event, File):
                    form.pour(decoder.buffer, body)
            if isinstance(event, Epilogue) or not piece:
                break
        form.close()


class _Body:
    """What the server hands over, to the announced length: werkzeug's own stream copies every byte three times."""

    def __init__(self, source: IO[bytes], length: int) -> None:
        self.source, self.left = source, length

    def read(self, size: int) -> bytes:
        piece = self.source.read(min(size, self.left))
        self.left -= len(piece)
        return piece


class _Form:
    """The fields of an upload form as they arrive; the file must come last, as S3 asks too."""

    def __init__(self, store: DiskStore, place: Incoming) -> None:
        self.store = store
        self.place = place
        self.fields: dict[str, str] = {}
        self.name = ""
        self.value = bytearray()
        self.size: int | None = None
        self.done = False

    def take(self, event: Event) -> None:
        if isinstance(event, Field):
            self.name, self.value = event.name, bytearray()
        elif isinstance(event, File):
            self.name = "file"
            self.size = int(self.store.check_form(self.fields)["size"])
        elif isinstance(event, Data):
            self._data(event)

    def pour(self, held: bytearray, body: _Body) -> None:
        """Let the announced number of bytes run straight to the disk: to search them for the form's end takes longer than to write them."""
        begin = len(LINE_BREAK) if held.startswith(LINE_BREAK) else 1
        end = begin + (self.size or 0)
        self.place.write(held[begin:end])
        del held[begin:end]
        while (missing := (self.size or 0) - self.place.written) > 0:
            piece = body.read(min(PIECE, missing))
            if not piece:
                raise BadForm("smaller than announced")
            self.place.write(piece)
        while len(held) < begin + len(LINE_BREAK) and (piece := body.read(len(LINE_BREAK))):
            held += piece
        if held[begin : begin + len(LINE_BREAK)] != LINE_BREAK:
            raise BadForm("another size than announced")

    def _data(self, event: Data) -> None:
        if self.size is not None:
            self.place.write(event.data)
            if self.place.written > self.size:
                raise BadForm("larger than announced")
            self.done = not event.more_data
            return
        self.value += event.data
        if len(self.value) > FORM_OVERHEAD:
            raise BadForm("a field is too long")
        if not event.more_data:
            self.fields[self.name] = self.value.decode("utf-8", "strict")

    def close(self) -> None:
        """Keep what came, if it is exactly what the policy allows."""
        if self.size is None or not self.done:
            raise BadForm("the form ended early")
        if self.place.written != self.size:
            raise BadForm("smaller than announced")
        self.place.keep(self.fields["key"])
