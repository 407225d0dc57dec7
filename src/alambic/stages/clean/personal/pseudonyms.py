"""Stand-ins for identifiers and addresses that point at a person: the same for the same, and nothing of it inside.

They are keyed hashes. The key is made of all the bytes that were collected together with the document, so that the
same corpus gives the same pseudonyms on any machine, and who has not got the collected documents cannot try out all
numbers. No secret is stored.
"""

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

PREFIX, _MEGABYTE = "pseudonym-", 1 << 20


def pseudonym(value: str, key: bytes) -> str:
    """Give 96 bits that stand for a value."""
    return PREFIX + blake2b(value.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()


def is_pseudonym(value: str) -> bool:
    """Tell what `pseudonym` gave."""
    return value.startswith(PREFIX) and len(value) == len(PREFIX) + 24


@lru_cache(4)
def key_of(collected: Path) -> bytes:
    """Make a key of a file; it is no digest that a manifest holds."""
    digest = blake2b(person=b"alambic pseudony", digest_size=32)
    with collected.open("rb") as stream:
        while block := stream.read(_MEGABYTE):
            digest.update(block)
    return digest.digest()
