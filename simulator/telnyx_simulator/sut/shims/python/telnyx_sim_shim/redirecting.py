"""Requests for Telnyx go to the simulator: one small change to each library, as near to its sockets as it has a seam.

Near to the sockets, because then it does not matter when a session or a client was made, with which adapter, transport,
proxy or TLS settings; and the application still sees the URLs that it asked for. What a library's new version does
differently is not redirected any more, and so refused (`refusing`), never let through.
"""

from __future__ import annotations

from . import hosts
from .hosts import is_telnyx
from .refusing import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _patch_http_client(module: Any) -> None:
    """http.client, and with it urllib.request: plain HTTP to the simulator where a connection is opened."""
    plain, secure = module.HTTPConnection, getattr(module, "HTTPSConnection", None)
    connect, putrequest = plain.connect, plain.putrequest

    def connect_here(self: Any) -> Any:
        there = hosts.simulator()
        kept = self.host, self.port, self._tunnel_host, self.source_address
        if there is None:
            refuse(self._tunnel_host or self.host, self.port, "http.client")
        # For this moment only: the Host header of later requests is made of them.
        self.host, self.port = there
        self._tunnel_host = self.source_address = None
        try:
            connect(self)
        finally:
            self.host, self.port, self._tunnel_host, self.source_address = kept

    def checked_connect(self: Any) -> Any:
        if is_telnyx(self._tunnel_host or self.host):
            return connect_here(self)
        return connect(self)

    def checked_putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        name, _ = hosts.parts_of(url)
        if is_telnyx(name) and not is_telnyx(self.host):
            refuse(name, None, "http.client, through a proxy")
        return putrequest(self, method, url, *args, **kwargs)

    plain.connect, plain.putrequest = checked_connect, checked_putrequest
    if secure is not None:
        connect_by_tls = secure.connect

        def checked_connect_by_tls(self: Any) -> Any:
            if is_telnyx(self._tunnel_host or self.host):
                return connect_here(self)
            return connect_by_tls(self)

        secure.connect = checked_connect_by_tls


def _patch_urllib_request(module: Any) -> None:
    """No proxy between the application and the simulator."""
    handler = module.ProxyHandler
    proxy_open = handler.proxy_open

    def checked_proxy_open(self: Any, req: Any, proxy: Any, type: Any) -> Any:
        if is_telnyx(hosts.host_of(req.host or "")):
            return None
        return proxy_open(self, req, proxy, type)

    handler.proxy_open = checked_proxy_open


def _patch_urllib3(module: Any) -> None:
    """urllib3, and with it requests: each pool for Telnyx has a pool for the simulator that does its work."""
    pool = module.HTTPConnectionPool
    urlopen = pool.urlopen

    def checked_urlopen(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        name, path = hosts.parts_of(url)
        if not is_telnyx(name or self.host):
            return urlopen(self, method, url, *args, **kwargs)
        here = self.__dict__.get("_telnyx_sim_pool")
        if here is None:
            there = hosts.simulator()
            if there is None:
                refuse(name or self.host, self.port, "urllib3")
            here = pool(*there, timeout=self.timeout, maxsize=10, headers=self.headers, retries=self.retries)
            self._telnyx_sim_pool = here
        return urlopen(here, method, path, *args, **kwargs)

    pool.urlopen = checked_urlopen


def _patch_httpcore(module: Any) -> None:
    """httpx, and with it Telnyx's SDK: the pool's request is for the simulator, and no proxy takes it there."""
    _patch_pool(module, module.ConnectionPool, module.HTTPConnection, ("HTTPProxy", "SOCKSProxy"), "handle_request")
    proxies = ("AsyncHTTPProxy", "AsyncSOCKSProxy")
    _patch_pool(module, module.AsyncConnectionPool, module.AsyncHTTPConnection, proxies, "handle_async_request")


def _patch_pool(module: Any, pool: Any, connection: Any, proxies: Any, handle: Any) -> None:
    def patch_handling() -> None:
        original = getattr(pool, handle)

        def checked(self: Any, request: Any) -> Any:
            # Also that of `async def`: what it returns is awaited by whoever called.
            if is_telnyx(request.url.host):
                there = hosts.simulator()
                if there is None:
                    refuse(request.url.host, request.url.port, "httpcore")
                from copy import copy

                request = copy(request)
                host, port = there[0].encode(), there[1]
                request.url = module.URL(scheme=b"http", host=host, port=port, target=request.url.target)
            return original(self, request)

        setattr(pool, handle, checked)

    def patch_creation(owner: Any) -> None:
        original = owner.create_connection

        def checked(self: Any, origin: Any) -> Any:
            there = hosts.simulator()
            if there is None or (origin.scheme, origin.host, origin.port) != (b"http", there[0].encode(), there[1]):
                return original(self, origin)
            keepalive_expiry = getattr(self, "_keepalive_expiry", None)
            return connection(origin, keepalive_expiry=keepalive_expiry, network_backend=self._network_backend)

        owner.create_connection = checked

    patch_handling()
    for owner in [pool, *(getattr(module, name, None) for name in proxies)]:
        # What httpcore gives in place of a proxy whose library is missing has no such method.
        if owner is not None and "create_connection" in vars(owner):
            patch_creation(owner)


def _patch_aiohttp(module: Any) -> None:
    """aiohttp: a request that asks for a connection gets one to the simulator, by a connector that goes straight."""
    connector = module.BaseConnector
    connect = connector.connect
    straight = [
        (name, getattr(module.TCPConnector, name)) for name in ("_create_connection", "_wrap_create_connection")
    ]

    async def checked_connect(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_telnyx(req.url.host):
            return await connect(self, req, *args, **kwargs)
        there = hosts.simulator()
        if there is None:
            refuse(req.url.host, req.url.port, "aiohttp")
        req.url = req.url.with_scheme("http").with_host(there[0]).with_port(there[1])
        req.proxy = None
        if any(getattr(type(self), name, None) is not own for name, own in straight):
            # It leads elsewhere: to a Unix socket, through SOCKS. One that keeps nothing need not be closed.
            self = self.__dict__.setdefault("_telnyx_sim", module.TCPConnector(force_close=True))
        return await connect(self, req, *args, **kwargs)

    connector.connect = checked_connect


PATCHES = {
    "aiohttp.connector": _patch_aiohttp,
    "http.client": _patch_http_client,
    "httpcore": _patch_httpcore,
    "urllib.request": _patch_urllib_request,
    "urllib3.connectionpool": _patch_urllib3,
}
