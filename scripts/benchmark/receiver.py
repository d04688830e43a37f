"""An endpoint for webhooks that costs as little as it can: counts, answers 200, keeps connections.

Prints its port; GET answers the count so far and the seconds from the first to the last of them.
"""

import asyncio
import sys
import time

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'


class Counter:
    """What came."""

    count = 0
    first = last = 0.0


class Endpoint(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer = transport, b''

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b'\r\n\r\n')) >= 0:
            head = self.buffer[:end].lower()
            length = 0
            if (at := head.find(b'content-length:')) >= 0:
                length = int(head[at + 15 :].split(b'\r\n', 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b'get'):
            text = f'{Counter.count} {Counter.last - Counter.first}'.encode()
            return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b' % (len(text), text)
        Counter.last = time.monotonic()
        Counter.first = Counter.first or Counter.last
        Counter.count += 1
        return OK


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Endpoint, '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == '__main__':
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
