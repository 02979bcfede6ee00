"""What looks like a key or a password in what was captured: named by its object and its kind, never by its value.

A baseline goes into a repository, and whoever reads the repository has the key. `detect-secrets` knows the forms that
keys have; beside those it is asked for strings that no person would have written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from dbtools.model.snapshot import Snapshot

_BESIDE_ITS_NAME = "a password or key beside its name"

# Keys that are younger than the detector's list, and the ways of SQL and of connection strings to name one.
_OURS = {
    "a Supabase secret key": re.compile(r"\bsb_secret_[\w-]{20,}"),
    _BESIDE_ITS_NAME: re.compile(
        r"\b(?:password|passwd|api_?key|secret)\s*:?=?\s*'{1,2}[^'\s<>%$]{8,}'", re.IGNORECASE
    ),
    "a bearer token": re.compile(r"\bBearer\s+[\w+/=.-]{20,}", re.IGNORECASE),
}
# What the detector calls by another name than people do.
_NAMES = {"Secret Keyword": _BESIDE_ITS_NAME, "Basic Auth Credentials": "a password in a URL"}
_ANCHOR = re.compile(r"(?<![\[\\])\^|(?<!\\)\$")
# Most texts are short names, and no secret is.
_SHORTEST = 16
_RANDOM = 3.4
_IN_ORDER = 0.85
_STRING = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"\\]|\\.)*)\"")
# A key has letters and digits mixed, in one piece; a path, a sentence, a UUID or a SHA-1 is none.
_IN_ONE_PIECE = re.compile(r"(?=[^\d]*\d)(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/=_-]{24,}|[0-9a-f]{48,}")

_WHERE = {
    "cron job": "keep it in Vault and let the command read it from vault.decrypted_secrets",
    "trigger": "keep it in Vault and let a function of yours read it and send the request",
    "function": "keep it in Vault and let the body read it from vault.decrypted_secrets",
    "view": "keep it in Vault and let a function read it from vault.decrypted_secrets",
    "foreign server": "keep it in a user mapping or in Vault (vault_secret_id)",
}
_ELSEWHERE = "keep it in Vault, or set it on the server by hand"


@dataclass(frozen=True)
class Secret:
    """An object that holds what looks like a secret: its identity, what the secret looks like, where it belongs."""

    object: str
    looks_like: str
    hint: str

    @property
    def reason(self) -> str:
        """One line for people."""
        return f"holds what looks like {self.looks_like}; {self.hint}"


def found(snapshot: Snapshot) -> list[Secret]:
    """The objects that hold what looks like a secret, by identity; each once for each kind of secret."""
    secrets: dict[tuple[str, str], Secret] = {}
    texts = {text for item in snapshot.objects.values() for text in item.properties.values() if len(text) >= _SHORTEST}
    detectors = _suspects("\n".join(sorted({line for text in texts for line in text.splitlines()})))
    together = "\n".join(texts)
    patterns = {looks_like: pattern for looks_like, pattern in _OURS.items() if pattern.search(together)}
    for item in sorted(snapshot.objects.values(), key=lambda item: item.identity):
        for looks_like in (one for text in item.properties.values() for one in in_text(text, detectors, patterns)):
            hint = _WHERE.get(item.kind, _ELSEWHERE)
            secrets.setdefault((item.identity, looks_like), Secret(item.identity, looks_like, hint))
    return list(secrets.values())


def _suspects(text: str) -> Mapping[str, BasePlugin]:
    """The detectors that find something in a text, or may find in one of its lines alone what they do not find here.

    To ask each for each line of a schema takes longer than to read it.
    """
    return {
        looks_like: detector
        for looks_like, detector in _detectors().items()
        if _is_anchored(detector) or any(detector.analyze_string(text))
    }


def _is_anchored(detector: BasePlugin) -> bool:
    """Whether it asks for the beginning or the end of a line."""
    return any(_ANCHOR.search(pattern.pattern) for pattern in getattr(detector, "denylist", ()))


def in_text(
    text: str,
    detectors: Mapping[str, BasePlugin] | None = None,
    patterns: Mapping[str, re.Pattern[str]] = MappingProxyType(_OURS),
) -> Iterator[str]:
    """What secrets in a text look like; a kind may come more than once.

    Args:
        text: one, of any number of lines.
        detectors: the forms of keys to look for; by default all that are known.
        patterns: likewise, our own.
    """
    if len(text) < _SHORTEST:
        return
    for looks_like, pattern in patterns.items():
        if pattern.search(text):
            yield looks_like
    for looks_like, detector in (_detectors() if detectors is None else detectors).items():
        if any(any(detector.analyze_string(line)) for line in text.splitlines()):
            yield looks_like
    for string in _STRING.finditer(text):
        value = string[1] or string[2] or ""
        if _IN_ONE_PIECE.fullmatch(value) and _randomness(value) > _RANDOM and not _is_alphabet(value):
            yield "a random key"


def _randomness(text: str) -> float:
    """Shannon's entropy, in bits a character."""
    shares = [text.count(letter) / len(text) for letter in set(text)]
    return -sum(share * math.log2(share) for share in shares)


def _is_alphabet(text: str) -> bool:
    """Whether its characters stand in their order, as in what a function draws random letters from."""
    return sum(one < other for one, other in pairwise(text)) > _IN_ORDER * len(text)


@cache
def _detectors() -> Mapping[str, BasePlugin]:
    """The known forms of keys, by what they are called."""
    kinds = (
        AWSKeyDetector, BasicAuthDetector, DiscordBotTokenDetector, GitHubTokenDetector, GitLabTokenDetector,
        JwtTokenDetector, KeywordDetector, MailchimpDetector, NpmDetector, OpenAIDetector, PrivateKeyDetector,
        PypiTokenDetector, SendGridDetector, SlackDetector, SquareOAuthDetector, StripeDetector,
        TelegramBotTokenDetector, TwilioKeyDetector,
    )  # fmt: skip
    return {_NAMES.get(kind.secret_type, kind.secret_type): kind() for kind in kinds}
