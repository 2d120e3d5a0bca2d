"""The only async code that touches sockets and clocks; everything it does was decided elsewhere."""
