"""What a device must not forget (sections 9, 10, 12)."""

import json
import os
import pathlib
import secrets

BLOCK = 1024  # counters reserved by one save


class State:
    """Kept in a JSON file, or in memory without a path."""

    def __init__(self, path=None):
        self.path = pathlib.Path(path) if path else None
        self.device, self.counter = 0, 0  # no counter above this one was used
        self.cursor = self.epoch = self.fingerprint = 0
        self.known, self.token = False, ""
        if self.path and self.path.exists():
            self.__dict__.update(json.loads(self.path.read_text()))
        self.used = self.counter
        if self.device == 0:
            self.device = secrets.randbits(64) or 1
            self.save()

    def next_counter(self):
        if self.used == self.counter:
            self.counter += BLOCK
            self.save()
        self.used += 1
        return self.used

    def save(self):
        if not self.path:
            return
        kept = {k: v for k, v in self.__dict__.items() if k not in ("path", "used")}
        temporary = self.path.with_suffix(".new")
        with open(temporary, "w", opener=lambda p, flags: os.open(p, flags, 0o600)) as f:
            json.dump(kept, f)
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, self.path)
