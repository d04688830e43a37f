"""The forms in which WordPress stores passwords: `$wp$2y$`, bcrypt, phpass, MD5, BLAKE2b, Argon2.

Measured on WordPress 7.1, 6.8 and 6.7. Nothing here raises on what a stored text may hold, and
nothing that a stored text asks for takes longer than the bounds below.
"""

import base64
import hashlib
import hmac
import re

import bcrypt
from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2i, Argon2id

COST = 10  #: bcrypt's, of what KARVO stores: WordPress' own under PHP 8.2
MAX_COST = 14  #: a second and a half; PHP 8.4 stores 12
LONGEST_PASSWORD = 4096  #: bytes, WordPress' own limit
ROUNDS = 13  #: phpass' binary logarithm, as WordPress always stored it
ROUNDS_ALLOWED = range(7, 17)  #: phpass begins at 7
MAX_MEMORY = 262_144  #: KiB, Argon2's; PHP's default is a quarter
MAX_PASSES = 16
LONGEST_STORED = 255  #: the column in WordPress

ITOA64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
PHPASS = re.compile(r'\$[PH]\$([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})')
BCRYPT = re.compile(r'(\$wp\$2y|\$2[aby])\$([0-9]{2})\$[./0-9A-Za-z]{53}')
MD5 = re.compile(r'[0-9a-fA-F]{32}')
GENERIC = re.compile(r'\$generic\$[-_0-9A-Za-z]{40}')
ARGON2 = re.compile(
    r'\$argon2(id|i)\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$[+/0-9A-Za-z]+\$[+/0-9A-Za-z]+'
)
QUOTED = re.compile(r'([\'"\\])')
SHOW_PHPASS = '$P$B' + '.' * 30
SHOW_SALT = '$2b${:02d}$' + '.' * 22
PHP_BLANKS = ' \t\n\r\0\x0b'  #: what PHP's trim takes off


def kind(stored: str) -> str:
    """wp, bcrypt, phpass, md5, argon2 or generic; '' for what cannot be verified."""
    if len(stored) > LONGEST_STORED:
        return ''
    if found := BCRYPT.fullmatch(stored):
        is_bearable = 4 <= int(found[2]) <= MAX_COST
        return ('wp' if found[1] == '$wp$2y' else 'bcrypt') if is_bearable else ''
    if found := PHPASS.fullmatch(stored):
        return 'phpass' if ITOA64.index(found[1]) in ROUNDS_ALLOWED else ''
    if found := ARGON2.fullmatch(stored):
        memory, passes, lanes = (int(found[n]) for n in (2, 3, 4))
        is_bearable = memory <= MAX_MEMORY and 1 <= passes <= MAX_PASSES and 1 <= lanes <= 8
        return 'argon2' if is_bearable else ''
    if GENERIC.fullmatch(stored):
        return 'generic'
    return 'md5' if MD5.fullmatch(stored) else ''


def cost(stored: str) -> int:
    """Bcrypt's binary logarithm of rounds; 0 for other forms."""
    found = BCRYPT.fullmatch(stored)
    return int(found[2]) if found else 0


def needs_rehash(stored: str) -> bool:
    """Whether a log-in password is kept in a form weaker than `$wp$2y$` at our cost.

    Argon2 is not weak; it is replaced because its time would tell such accounts from others.
    """
    return kind(stored) in ('phpass', 'md5', 'argon2', '') or cost(stored) < COST


def variants(password: str) -> list[bytes]:
    """What a log-in password may have been hashed as: itself; with quotes and slashes escaped.

    WordPress adds backslashes to what comes by HTTP before it hashes (measured). Empty for what it
    refuses: nothing, more than 4096 bytes, or no text at all.
    """
    try:
        texts = [password, QUOTED.sub(r'\\\1', password)]
        found = list(dict.fromkeys(text.encode() for text in texts))
    except UnicodeEncodeError:  # a lone surrogate
        return []
    return found if password and len(found[0]) <= LONGEST_PASSWORD else []


def fits(password: bytes, stored: str) -> bool:
    """Whether exactly these bytes were hashed. False for every form that is not known."""
    return len(password) <= LONGEST_PASSWORD and CHECKS[kind(stored)](password, stored)


def spend_bcrypt(spent: int, cost: int) -> None:
    """As long as bcrypt at `cost`, less what a check at cost `spent` (0: none) has taken already.

    2^s + (2^s + … + 2^(c − 1)) = 2^c.
    """
    for part in range(spent, cost) if spent else [cost]:
        bcrypt.hashpw(b'for show', SHOW_SALT.format(part).encode())


def spend_phpass(password: bytes) -> None:
    """As long as checking this password against a phpass hash of WordPress'."""
    fits(password, SHOW_PHPASS)


def wp_hash(password: str) -> str:
    """`$wp$2y$…`: bcrypt over an HMAC, so that length does not matter. Blanks are trimmed."""
    prepared = _prepared(password.strip(PHP_BLANKS).encode())
    return '$wp$2y' + bcrypt.hashpw(prepared, bcrypt.gensalt(COST)).decode().removeprefix('$2b')


def generic_hash(plain: str) -> str:
    """`$generic$` + BLAKE2b, WordPress 6.8's fast hash of what nobody can guess."""
    hashed = hashlib.blake2b(plain.encode(), key=b'wp_fast_hash_6.8+', digest_size=30).digest()
    return '$generic$' + base64.urlsafe_b64encode(hashed).decode().rstrip('=')


def _prepared(password: bytes) -> bytes:
    return base64.b64encode(hmac.new(b'wp-sha384', password, hashlib.sha384).digest())


def _fits_wp(password: bytes, stored: str) -> bool:
    return _fits_bcrypt(_prepared(password), stored.removeprefix('$wp'))


def _fits_bcrypt(password: bytes, stored: str) -> bool:
    if b'\0' in password:
        return False  # PHP refuses to hash it
    try:  # the letter after the 2 names PHP's and OpenBSD's mended versions of the same thing
        return bcrypt.checkpw(password[:72], b'$2b' + stored[3:].encode())
    except ValueError:  # a salt that no salt encodes to
        return False


def _fits_phpass(password: bytes, stored: str) -> bool:
    salt = stored[4:12].encode()
    hashed = hashlib.md5(salt + password, usedforsecurity=False).digest()
    md5 = hashlib.md5
    for _ in range(1 << ITOA64.index(stored[3])):
        hashed = md5(hashed + password).digest()
    return hmac.compare_digest(_encode64(hashed), stored[12:])


def _encode64(raw: bytes) -> str:
    """Six bits a character, the lowest first (phpass' own alphabet and order)."""
    number = int.from_bytes(raw, 'little')
    # Groups of three bytes are whole; the last byte of sixteen makes two characters.
    return ''.join(ITOA64[(number >> shift) & 63] for shift in range(0, len(raw) * 8, 6))


def _fits_md5(password: bytes, stored: str) -> bool:
    hashed = hashlib.md5(password, usedforsecurity=False).hexdigest()
    return hmac.compare_digest(hashed, stored.lower())


def _fits_argon2(password: bytes, stored: str) -> bool:
    algorithm = Argon2id if stored.startswith('$argon2id$') else Argon2i
    try:
        algorithm.verify_phc_encoded(password, stored)
    except (InvalidKey, UnsupportedAlgorithm, ValueError, MemoryError):
        return False
    return True


def _fits_generic(password: bytes, stored: str) -> bool:
    try:
        return hmac.compare_digest(generic_hash(password.decode()), stored)
    except UnicodeDecodeError:
        return False


def _fits_nothing(password: bytes, stored: str) -> bool:
    return False


CHECKS = {
    'wp': _fits_wp,
    'bcrypt': _fits_bcrypt,
    'phpass': _fits_phpass,
    'md5': _fits_md5,
    'argon2': _fits_argon2,
    'generic': _fits_generic,
    '': _fits_nothing,
}
