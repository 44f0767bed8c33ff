"""Is this file signed by the holder of this certificate? As a charger checks its firmware.

Used by `firmware`. RSA (PSS or PKCS#1 v1.5) and ECDSA, over SHA-256.
"""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)


def certificate(pem: str) -> x509.Certificate | None:
    """The certificate that a text holds, None for a text that holds none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return None


def signed(image: bytes, signature: str, pem: str) -> bool:
    """True when `signature` (Base64) is one over `image` by the key of the certificate."""
    holder = certificate(pem)
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return False
    return holder is not None and _verified(holder, raw, image)


def _verified(holder: x509.Certificate, raw: bytes, image: bytes) -> bool:
    match holder.public_key():
        case rsa.RSAPublicKey() as key:
            return _rsa(key, raw, image, _PSS) or _rsa(key, raw, image, padding.PKCS1v15())
        case ec.EllipticCurvePublicKey() as key:
            try:
                key.verify(raw, image, ec.ECDSA(hashes.SHA256()))
            except InvalidSignature:
                return False
            return True
        case _:
            return False


def _rsa(key: rsa.RSAPublicKey, raw: bytes, image: bytes, how: padding.AsymmetricPadding) -> bool:
    try:
        key.verify(raw, image, how, hashes.SHA256())
    except InvalidSignature:
        return False
    return True
