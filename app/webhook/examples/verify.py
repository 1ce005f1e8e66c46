# Checks the signature of a webhook: python3 verify.py "$CAIRN_SIGNATURE" <body
import hashlib, hmac, os, sys, time


def verify(secret: str, header: str, body: bytes) -> bool:
    """Does header (Cairn-Signature) sign the body, byte for byte as it came,
    with the webhook's secret, not more than 5 minutes ago?"""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    t, signature = parts.get("t", ""), parts.get("v1", "")
    if not t.isdigit() or abs(time.time() - int(t)) > 300:
        return False
    wanted = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest(wanted.hexdigest().encode(), signature.encode())


if __name__ == "__main__":
    ok = verify(os.environ["CAIRN_SECRET"], sys.argv[1], sys.stdin.buffer.read())
    sys.exit(0 if ok else 1)
