"""An HTTP transport that gets past gateways that stumble: it repeats what is worth it, for as long as it has patience.

Only for a client whose calls may all be repeated: nothing here asks whether the first try has been carried out.
"""

from __future__ import annotations

import time

import httpx

from loop.backoff import Backoff, retry_after

# What gateways answer instead of the API (520 and above are Cloudflare's); the next call may get through.
PASSING = frozenset({502, 503, 504, 520, 521, 522, 523, 524, 530})
_BROKEN = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


class PatientTransport(httpx.BaseTransport):
    """Repeats a request whose connection broke or which a gateway answered, with growing pauses.

    A 429 is repeated if it says when (`Retry-After`); without, it is the API's own answer, a quota for example. Who
    wants to be left alone for longer than the patience lasts is not asked again.

    Args:
        transport: what sends.
        patience: seconds after which the last answer counts, whatever it is.
    """

    def __init__(self, transport: httpx.BaseTransport, patience: float) -> None:
        self._transport = transport
        self._patience = patience

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; its body has been read, since a connection may break in the middle of it.

        Raises:
            httpx.TransportError: there is none.
        """
        deadline = time.monotonic() + self._patience
        backoff = Backoff()
        while True:
            asked = 0.0
            try:
                response = self._transport.handle_request(request)
                response.read()
            except _BROKEN:
                if time.monotonic() + (pause := backoff.pause()) > deadline:
                    raise
            else:
                asked = retry_after(response)
                worth_it = response.status_code in PASSING or (response.status_code == 429 and asked)
                if not worth_it or time.monotonic() + (pause := backoff.pause(asked)) > deadline:
                    return response
            time.sleep(pause)

    def close(self) -> None:
        """Close what sends."""
        self._transport.close()
