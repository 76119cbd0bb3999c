"""A static host for the built book, as common hosts are: text goes compressed, a missing page is the book's own 404."""

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, StaticFileHandler


class Pages(StaticFileHandler):
    """Files of a folder. What is asked for with two slashes lies inside that folder, too."""

    def write_error(self, status_code, **kwargs):
        """Answer with the book's own page where there is no file."""
        missing = Path(self.root) / "404.html"
        if status_code in (403, 404) and missing.exists():
            self.set_status(404)
            self.finish(missing.read_bytes())
        else:
            super().write_error(status_code, **kwargs)


@contextlib.contextmanager
def served(folder, under=""):
    """Serve `folder` at a free loopback port, below the path `under`, while the block runs; yields the address."""
    started = Future()

    async def run():
        files = {"path": str(folder), "default_filename": "index.html"}
        pages = Application([(f"{under}/+(.*)", Pages, files)], compress_response=True, log_function=lambda _: None)
        server, sockets, end = HTTPServer(pages), bind_sockets(0, "127.0.0.1"), asyncio.Event()
        server.add_sockets(sockets)
        started.set_result((sockets[0].getsockname()[1], asyncio.get_running_loop(), end))
        await end.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    port, loop, end = started.result(timeout=60)
    try:
        yield f"http://127.0.0.1:{port}{under}"
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
