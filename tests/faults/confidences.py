"""The flow of confidences: a drawing is opened to one firm under a promise of secrecy, read by it, and closed again."""

from tests.faults.files import DRAWINGS, digest_of, download, send_file, wait_until_examined
from tests.faults.play import Play

PROMISE = "f" * 64
"""What stands for the SHA-256 of the text that was accepted."""


def confidences(play: Play) -> None:
    """Nobody reads a drawing before the promise, nor after it was closed."""
    buyer, firm, drawing = play.client("buyer"), play.client("factory"), play.random.choice(DRAWINGS)
    sent = send_file(buyer, "confidences", drawing, "order_part", "application/octet-stream")
    if sent is None or not wait_until_examined(buyer, "confidences", sent):
        return
    receiver = f"org:{play.organisations['factory']}"
    buyer.done("confidences", "open drawing", f"/files/{sent}/grants", {"token": receiver, "tier": "nda"}, id=sent)
    firm.must_not("confidences", "read before the promise", f"/files/{sent}/links", {}, says=403)
    firm.done("confidences", "promise secrecy", f"/files/{sent}/nda", {"text_digest": PROMISE}, id=sent)
    download(firm, sent, digest_of(drawing), "confidences")
    buyer.done("confidences", "close drawing", f"/files/{sent}/revocations", {"token": receiver}, id=sent)
    firm.must_not("confidences", "read after the end", f"/files/{sent}/links", {}, says=404)
