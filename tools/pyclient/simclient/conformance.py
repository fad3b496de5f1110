"""The conformance program (section 18): python3 -m simclient decode [FILE …]."""

import json
import sys

from . import kinds, messages
from .wire import Fixed, Float, Int, List, Nested, WireError

DEFINITIONS = {**messages.DEFINITIONS, **kinds.DEFINITIONS}


class Wrong(AssertionError):
    """An answer that is not the known one."""


def same(what, got, want):
    if got != want:
        show = [v.hex() if isinstance(v, bytes) else v for v in (got, want)]
        raise Wrong(f"{what}: got {show[0]}, want {show[1]}")


def refused(what, errors, call):
    try:
        call()
    except errors as e:
        return e
    raise Wrong(f"{what}: was not refused")


def load(path):
    """A file of vectors. JSON's -0 is kept, which int would lose."""
    return json.loads(path.read_text(encoding="utf-8"), parse_int=lambda text: -0.0 if text == "-0" else int(text))


def from_json(kind, value):
    """The value of a field as the files write it."""
    if isinstance(kind, Nested):
        return fill(kind.definition, value)
    if isinstance(kind, List):
        return [from_json(kind.of, v) for v in value]
    if isinstance(kind, Int):
        return int(value)
    if isinstance(kind, Float):
        return float(value)
    if isinstance(kind, Fixed) or kind.zero() == b"":
        return bytes.fromhex(value)
    return value


def fill(definition, fields):
    kinds_of = {f.name: f.kind for f in definition.FIELDS}
    return definition(**{name: from_json(kinds_of[name], v) for name, v in fields.items()})


def check_message(e):
    what, definition, data = f"{e['type']}, {e['why']}", DEFINITIONS[e["type"]], bytes.fromhex(e["hex"])
    same(what + ": id", definition.ID, e.get("id", 0))
    message = fill(definition, e.get("fields", e.get("decodes")))
    decoded = definition.decode(data, strict=True)
    same(what + ": decoded", decoded.encode(), message.encode())
    if "fields" in e:
        same(what, message.encode(), data)
    elif message.encode() == data:
        raise Wrong(f"{what}: is what the fields encode to")


def check_refused(e):
    what = f"{e['type']}, {e['why']}"
    error = refused(what, WireError, lambda: DEFINITIONS[e["type"]].decode(bytes.fromhex(e["hex"]), strict=True))
    same(what, error.error, e["error"])


def failures(document):
    """Checks the claims of a file and yields what is wrong."""
    for check, claims in (check_message, document["messages"]), (check_refused, document["refused"]):
        for claim in claims:
            try:
                check(claim)
            except (Wrong, WireError) as e:
                yield f"{claim['type']}, {claim['why']}: {e}"


def check(document):
    """Checks the claims of a file and returns how many there are; raises Wrong."""
    wrong = list(failures(document))
    if wrong:
        raise Wrong("\n".join(wrong))
    return len(document["messages"]) + len(document["refused"])


def answer(line):
    """What the program says to TYPE HEX."""
    name, _, data = line.strip().partition(" ")
    try:
        return "ok " + DEFINITIONS[name].decode(bytes.fromhex(data), strict=True).encode().hex()
    except WireError as e:
        return e.error


def run(paths):
    if not paths:
        for line in sys.stdin:
            print(answer(line))
        return 0
    wrong = [f"{path}: {w}" for path in paths for w in failures(load(path))]
    print(*wrong, sep="\n", end="")
    return 1 if wrong else 0
