"""Reads the mails that are named on standard input, one file a line, and prints each as a line of JSON."""

import email
import email.policy
import json
import sys


def defects(part):
    found = [f"{name}: {defect!r}" for name, value in part.items() for defect in value.defects]
    return found + [repr(defect) for defect in part.defects]


def people(message, field):
    addresses = message[field].addresses if field in message else []
    return [text for a in addresses for text in (a.display_name, a.addr_spec)]


for path in sys.stdin.read().split("\n"):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    parts = list(message.iter_parts())
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    print(json.dumps({
        "subject": message["Subject"],
        "from": people(message, "From"),
        "to": people(message, "To"),
        "cc": people(message, "Cc") or None,
        "types": [message.get_content_type()] + [f"{p.get_content_type()} {p.get_content_charset()}" for p in parts],
        "text": text.get_content(),
        "html": page.get_content(),
        "defects": [d for part in message.walk() for d in defects(part)] or None,
    }))
