"""Kafka's record batches, read tolerantly and fast, in place of the client's own reader of them."""

from typing import Any

from kafka.record.default_records import ControlRecord, DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint


class HeaderName(str):
    """A header's name that is not UTF-8: its bytes are kept as lone surrogates, and come back when it is encoded."""

    def encode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> bytes:
        return super().encode(encoding, "surrogateescape")


class TolerantBatch(DefaultRecordBatch):  # type: ignore[misc]
    """Reads the records of a batch: those whose header names are not UTF-8 too, where the client itself stops for ever.

    It is also the hot path of every reader. Numbers below 64 are one byte, and nearly all are.
    """

    _pos: int
    _buffer: bytes

    def __iter__(self) -> Any:
        found = super().__iter__()
        self._buffer = bytes(self._buffer)  # slices of it are what records consist of
        return found

    def _read_msg(self) -> Any:
        buffer, start = self._buffer, self._pos
        length, begins = number(buffer, start)
        _, pos = number(buffer, begins)  # attributes
        later, pos = number(buffer, pos)
        further, pos = number(buffer, pos)
        key, pos = chunk(buffer, pos)
        value, pos = chunk(buffer, pos)
        count, pos = number(buffer, pos)
        headers = []
        for _ in range(count):
            name, pos = chunk(buffer, pos)
            known = NAMES.get(name)
            if known is None:
                known = header_name(name)
            content, pos = chunk(buffer, pos)
            headers.append((known, content))
        if pos - begins != length:
            raise ValueError("the record does not end where it should")
        self._pos = pos
        kind = ControlRecord if self.is_control_batch else DefaultRecord
        timestamp = self.max_timestamp if self.timestamp_type else self.first_timestamp + later
        return kind(length, self.base_offset + further, timestamp, self.timestamp_type, key, value, headers)


NAMES: dict[bytes | None, str] = {}


def header_name(name: bytes | None) -> str:
    """The name of a header; the first thousand different ones are remembered."""
    if name is None:
        raise ValueError("a header has no name")
    try:
        known = name.decode()
    except UnicodeDecodeError:
        return HeaderName(name, "utf-8", "surrogateescape")
    if len(NAMES) < 1000:
        NAMES[name] = known
    return known


def number(buffer: bytes, pos: int) -> tuple[int, int]:
    """A variable-length number, and where it ends."""
    byte = buffer[pos]
    if byte < 128:
        return (byte >> 1) ^ -(byte & 1), pos + 1
    found: tuple[int, int] = decode_varint(buffer, pos)
    return found


def chunk(buffer: bytes, pos: int) -> tuple[bytes | None, int]:
    """Bytes with their length before them, and where they end; None where they are null."""
    size = buffer[pos]
    if size < 128 and not size & 1:
        pos += 1
        end = pos + (size >> 1)
        return buffer[pos:end], end
    length, pos = decode_varint(buffer, pos)
    if length < 0:
        return None, pos
    return buffer[pos : pos + length], pos + length
