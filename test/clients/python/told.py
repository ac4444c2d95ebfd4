"""How a script here speaks with its test: one JSON object a line, in ASCII whatever the locale."""

import json
import sys
import threading

_one_line_at_a_time = threading.Lock()


def tell(event, **facts):
    line = json.dumps({"event": event, **facts}, separators=(",", ":")) + "\n"
    with _one_line_at_a_time:
        sys.stdout.write(line)
        sys.stdout.flush()


def orders():
    """What the test wants, until it wants the script to end."""
    for line in sys.stdin.buffer:
        yield json.loads(line)
