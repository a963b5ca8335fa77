"""HTTP/1.1 towards providers, as lean as the data path wants it: httptools parses, this package keeps the connections.

    origin.py       where a URL leads: the address to connect to, the bytes of the request's head
    connection.py   one connection and the exchange on it
    pool.py         connections that may be used again
    transport.py    the three methods that the rest of the program knows

Decision 8 says why this is not a library's work here.
"""

from sanspanne.providers.http1.transport import HttpTransport

__all__ = ["HttpTransport"]
