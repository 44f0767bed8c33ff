"""News: tells whoever waits that the log has grown. Says not by what: those who want to know read it."""

import trio


class News:
    """`count` grows with every commit that appended something."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting = trio.lowlevel.ParkingLot()

    def told(self) -> None:
        """The log has grown. Never waits."""
        self.count += 1
        self._waiting.unpark_all()

    async def since(self, count: int) -> int:
        """Wait until the log has grown since `count`; the count now."""
        while self.count == count:
            await self._waiting.park()
        return self.count
