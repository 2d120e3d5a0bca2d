"""The net below all libraries: no connection to Telnyx is made, whoever wants it.

CPython tells its audit hooks of each name that it looks up and each address that it connects to, before it does so,
and a hook that raises is obeyed. uvloop looks names up by itself. TLS with Telnyx through a tunnel of a proxy, or to an
address without a name, is seen where the handshake names the server.
"""

from __future__ import annotations

import os
import sys

from .hosts import REFUSALS, is_telnyx

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

# Event -> where in its arguments the host's name, or the address with it, stands.
_EVENTS = {
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
}


def audit(event: str, args: Any) -> None:
    place = _EVENTS.get(event)
    if place is None:
        return
    address = args[place]
    is_address = isinstance(address, tuple) and len(address) > 0
    host = address[0] if is_address else address
    if is_telnyx(host):
        port = address[1] if is_address else args[1] if event == "socket.getaddrinfo" else None
        text = refused(host, port, event)
        import socket

        raise socket.gaierror(socket.EAI_NONAME, text)


def refused(host: Any, port: Any, what: str) -> str:
    """Tell the simulator and the log of a refusal; returns the sentence for the error."""
    name = bytes(host).decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    port = port.decode("ascii", "replace") if isinstance(port, bytes) else port
    where = name if port is None else f"{name}:{port}"
    at = _place()
    text = f"telnyx-sim refused a connection to {where}: the simulator lets nothing through to the real Telnyx"
    line = {"host": name, "port": port, "what": what, "at": at, "pid": os.getpid(), "program": _program()}
    _report(line)
    from contextlib import suppress

    with suppress(AttributeError, OSError, ValueError):  # there is no stderr, or it is closed
        sys.stderr.write(text + (f" ({at})" if at else "") + "\n")
    return text


def refuse(host: Any, port: Any, what: str) -> NoReturn:
    """Raise the error of a connection that is not made."""
    import errno

    raise ConnectionRefusedError(errno.ECONNREFUSED, refused(host, port, what))


def _report(line: dict[str, Any]) -> None:
    path = os.environ.get(REFUSALS)
    if not path:
        return
    import json

    try:
        # One write, to the end: whole lines also where several processes write.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (json.dumps(line) + "\n").encode())
        finally:
            os.close(descriptor)
    except OSError:
        pass  # the simulator is gone, and with it the file's folder; stderr has the line


def _place() -> str | None:
    """The application's line that wanted it: the nearest that is neither Python's nor an installed library's."""
    library = os.path.dirname(os.__file__)
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        known = file.startswith(("<", library)) or "site-packages" in file or __package__ in file
        if not known:
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _program() -> str:
    return (getattr(sys, "argv", None) or ["python"])[0] or "python"


def _patch_socket(module: Any) -> None:
    """An address with a name in it: Python looks that up before it tells its audit hooks of the connection."""
    for name in ("connect", "connect_ex"):
        setattr(module.socket, name, _checked(getattr(module.socket, name)))


def _checked(connect: Any) -> Any:
    def checked(self: Any, address: Any) -> Any:
        audit("socket.connect", (self, address))
        return connect(self, address)

    return checked


def _patch_ssl(ssl: Any) -> None:
    """No handshake that names Telnyx, over whatever connection."""
    context = ssl.SSLContext
    wrap_socket, wrap_bio = context.wrap_socket, context.wrap_bio

    def checked_wrap_socket(self: Any, sock: Any, server_side: Any = False, *args: Any, **kwargs: Any) -> Any:
        # server_hostname is the fifth of its arguments, and nearly always given by name.
        name = kwargs.get("server_hostname", args[2] if len(args) > 2 else None)
        if not server_side and is_telnyx(name):
            refuse(name, None, "tls")
        return wrap_socket(self, sock, server_side, *args, **kwargs)

    def checked_wrap_bio(
        self: Any,
        incoming: Any,
        outgoing: Any,
        server_side: Any = False,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        if not server_side and is_telnyx(server_hostname):
            refuse(server_hostname, None, "tls")
        return wrap_bio(self, incoming, outgoing, server_side, server_hostname, session)

    context.wrap_socket, context.wrap_bio = checked_wrap_socket, checked_wrap_bio


def _patch_uvloop(uvloop: Any) -> None:
    """Its loops look names up in C, past Python's audit hooks."""
    loop = uvloop.Loop
    getaddrinfo, create_connection = loop.getaddrinfo, loop.create_connection
    sock_connect = loop.sock_connect

    async def checked_getaddrinfo(self: Any, host: Any, port: Any, **kwargs: Any) -> Any:
        audit("socket.getaddrinfo", (host, port))
        return await getaddrinfo(self, host, port, **kwargs)

    async def checked_create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **kwargs: Any
    ) -> Any:
        audit("socket.getaddrinfo", (host, port))
        return await create_connection(self, protocol_factory, host, port, **kwargs)

    async def checked_sock_connect(self: Any, sock: Any, address: Any) -> Any:
        audit("socket.connect", (sock, address))
        return await sock_connect(self, sock, address)

    loop.getaddrinfo, loop.create_connection = checked_getaddrinfo, checked_create_connection
    loop.sock_connect = checked_sock_connect


PATCHES = {"socket": _patch_socket, "ssl": _patch_ssl, "uvloop": _patch_uvloop}
