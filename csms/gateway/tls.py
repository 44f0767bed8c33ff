"""The TLS context of the wss listener.

Made by the composition root from the settings. Asks for no client certificate yet; profile 3 will set verify_mode to
CERT_OPTIONAL here, so that chargers of profiles 1 to 3 can share the port.
"""

import ssl
from pathlib import Path

from csms.gateway import errors

# OpenSSL's own choice plus the two that OCPP's certification cases ask for (rule 57) and Python's default leaves out.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"
_ADVICE = "Set CSMS_TLS_CERTIFICATE and CSMS_TLS_KEY to a readable PEM chain and its private key."


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with that certificate chain and private key (PEM). Raises BadListener with what to do."""
    if certificate is None or key is None:
        raise errors.BadListener("wss needs a certificate and its key. " + _ADVICE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise errors.BadListener(
            f"cannot use the TLS certificate {certificate} with the key {key}: {error}. {_ADVICE}"
        ) from error
    return context
