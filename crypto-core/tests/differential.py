"""A second implementation of wraps, committed sealing and shares over PyPI `cryptography`, written from docs/protocol.md alone.

Reads one JSON request from standard input and writes one JSON answer; all bytes are hexadecimal.
"""

import hashlib
import hmac
import json
import os
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def x_wing(seed):
    """The X-Wing key of a 32-byte seed, and its public key in bytes."""
    expanded = hashlib.shake_256(seed).digest(96)
    first = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    second = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    public = [half.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) for half in (first, second)]
    return MLKEM768X25519PrivateKey(first, second), b"".join(public)


def wrap(request):
    """Opens a wrap, refuses an altered one, and seals one."""
    key, public = x_wing(request["seed"])
    try:
        SUITE.decrypt(request["altered"], key, request["info"])
        altered_opened = True
    except InvalidTag:
        altered_opened = False
    return {
        "public_key": public.hex(),
        "opened": SUITE.decrypt(request["sealed"], key, request["info"]).hex(),
        "altered_opened": altered_opened,
        "sealed": SUITE.encrypt(request["text"], key.public_key(), request["info"]).hex(),
    }


def derive(salt, key, label, context, length):
    """KDF(Extract(salt, key), label, context, length)."""
    prk = hmac.new(salt, key, hashlib.sha256).digest()
    info = b"amanah/v1/kdf/" + label.encode() + b"\x00" + context
    return HKDFExpand(hashes.SHA256(), length, info).derive(prk)


def committed(request):
    """Opens what was sealed with a commitment to its key, and seals the same text anew."""
    key, label, header = request["key"], request["label"], request["header"]

    def keys(salt):
        both = derive(salt, key, label, header, 64)
        return ChaCha20Poly1305(both[:32]), both[32:]

    sealed = request["sealed"]
    cipher, commitment = keys(sealed[:32])
    assert hmac.compare_digest(commitment, sealed[32:64])
    opened = cipher.decrypt(bytes(12), sealed[64:], header)
    salt = os.urandom(32)
    cipher, commitment = keys(salt)
    return {
        "opened": opened.hex(),
        "sealed": (salt + commitment + cipher.encrypt(bytes(12), request["text"], header)).hex(),
        "derived": derive(header, key, "epoch/commit", request["text"], 32).hex(),
    }


def times(a, b):
    """The product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def shares(request):
    """All shares of an epoch's secret, and their commitments."""
    secret, context, policy = request["secret"], request["context"], request["policy"]
    [threshold], [count] = request["threshold"], request["count"]
    powers = [derive(context, secret, "escrow/coefficients", policy + bytes([k]), 32) for k in range(1, threshold)]
    answer = {}
    for x in range(1, count + 1):
        share, power = list(secret), 1
        for coefficient in powers:
            power = times(power, x)
            share = [byte ^ times(more, power) for byte, more in zip(share, coefficient)]
        committed_to = b"amanah/v1/hash/share\x00" + context + bytes([x]) + bytes(share)
        answer[str(x)] = [bytes(share).hex(), hashlib.sha256(committed_to).hexdigest()]
    return answer


def main():
    """One request, one answer."""
    [(kind, fields)] = json.load(sys.stdin).items()
    fields = {name: value if name == "label" else bytes.fromhex(value) for name, value in fields.items()}
    json.dump({"wrap": wrap, "committed": committed, "shares": shares}[kind](fields), sys.stdout)


main()
