#!/usr/bin/env python3
"""Holds the gateway's door crowded, and says what others notice of it.

    python3 bench/crowd.py [--streams 3000] [--idle 5000] [--slow 300] [--app FOLDER]

Times ordinary calls and health checks on an instance that has nothing else to do; then again while thousands of streams are open (a token every two seconds each), thousands of
connections say nothing, and some readers take nothing of an answer of ten megabytes. Ends with 1 when a call or a health check fails, or a call takes more than twice as long
in the median, or the slowest of a hundred more than 50 ms and twice as long: what that takes below is by how many pauses of the collector calls come. Needs Linux, the .NET SDK, file descriptors for all of them, and nothing but Python.
"""
import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import soak

CALLS = 300
GAP = 0.05
SLOWEST_MS = 50


async def timed(work):
    began = time.monotonic()
    status, body = await asyncio.wait_for(work, 60)
    return (time.monotonic() - began) * 1000 if status == 200 and body is not None else None


async def measure(port, caller):
    """Milliseconds of ordinary calls and of health checks; none for one that failed."""
    calls, checks = [], []
    for number in range(CALLS):
        calls.append(asyncio.create_task(timed(caller.ask(stream=False))))
        if number % 10 == 0:
            checks.append(asyncio.create_task(timed(soak.call(port, "GET", "/health/ready"))))
        await asyncio.sleep(GAP)
    return await asyncio.gather(*calls), await asyncio.gather(*checks)


async def hold(port, key, model, reads):
    """A stream that is open; whoever doesn't read has little room for it either."""
    endpoint = socket.socket()
    if not reads:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    endpoint.setblocking(False)
    await asyncio.get_running_loop().sock_connect(endpoint, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=endpoint, limit=2048)
    body = b'{"model":"%s","stream":true,"messages":[{"role":"user","content":"%d"}]}' % (model.encode(), endpoint.fileno())
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (key.encode(), len(body), body))
    await reader.readuntil(b"data: ")
    return reader, writer, asyncio.create_task(drain(reader)) if reads else None


async def drain(reader):
    while await reader.read(65536):
        pass


async def many(count, opening):
    """Opened a few at a time, as a crowd comes."""
    opened = []
    while len(opened) < count:
        opened += await asyncio.gather(*(opening() for _ in range(min(50, count - len(opened)))))
    return opened


def told(name, calls, checks):
    times = [sorted(value for value in values if value is not None) for values in (calls, checks)]
    failed = sum(value is None for value in calls + checks)
    print(f"{name:8} calls {statistics.median(times[0]):6.1f} ms, of a hundred the slowest {times[0][len(times[0]) * 99 // 100]:6.1f} ms; health {statistics.median(times[1]):6.1f} ms, at most {times[1][-1]:6.1f} ms; {failed} failed")
    return statistics.median(times[0]), times[0][len(times[0]) * 99 // 100], failed


async def crowd(port, pid, caller, options):
    await measure(port, caller)
    alone, slowest_alone, failed = told("alone", *await measure(port, caller))
    before = await soak.sample(port, pid)
    idle = await many(options.idle, lambda: asyncio.open_connection("127.0.0.1", port))
    streams = await many(options.streams, lambda: hold(port, caller.key, "simulator/lorem-400-10-2000", reads=True))
    slow = await many(options.slow, lambda: hold(port, caller.key, "simulator/lorem-60000-10-0", reads=False))
    crowded, slowest, failed_then = told("crowded", *await measure(port, caller))
    most, open_still = await soak.sample(port, pid), sum(not task.done() for _, _, task in streams)
    for connection in [*idle, *streams, *slow]:
        connection[1].close()
    for _ in range(4):
        await measure(port, caller)
    after = await soak.sample(port, pid)
    for name in ("rss_mb", "heap_mb"):
        print(f"{name:8} {before[name]:.0f} alone, {most[name]:.0f} crowded, {after[name]:.0f} a minute after, with ordinary calls")
    print(f"{open_still} of {options.streams} streams were open to the end")
    return failed + failed_then == 0 and crowded <= 2 * alone and slowest <= max(SLOWEST_MS, 2 * slowest_alone) and open_still == options.streams


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--streams", type=int, default=3000)
    arguments.add_argument("--idle", type=int, default=5000)
    arguments.add_argument("--slow", type=int, default=300)
    arguments.add_argument("--app", help="a published app; else it is published")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmconsole-crowd-") as work:
        app = options.app or f"{work}/app"
        if not options.app:
            subprocess.run(["dotnet", "publish", str(soak.REPOSITORY / "LlmConsole"), "-c", "Release", "-o", app, "-v", "q", "-nologo"], check=True)
        provider = await asyncio.start_server(soak.answer, "127.0.0.1", 0)
        settings = {"Data__Directory": f"{work}/data", "Bootstrap__AdminKey": "generate", "Hosting__DrainSeconds": "1", "ASPNETCORE_URLS": "http://127.0.0.1:0"}
        os.mkdir(f"{work}/data")
        with open(f"{work}/log", "w") as log:
            process = subprocess.Popen(["dotnet", f"{app}/LlmConsole.dll"], env={**os.environ, **settings}, stdout=log, stderr=log, cwd=app)
            try:
                port, admin = await soak.started(log, process)
                caller = await soak.configure(port, admin, provider.sockets[0].getsockname()[1])
                return 0 if await crowd(port, process.pid, caller, options) else 1
            finally:
                process.terminate()
                process.wait(60)
                provider.close()
                await asyncio.sleep(0.2)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
