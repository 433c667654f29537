"""Uses claudetools as any MCP client does, through the SDK of the protocol's authors.

client.py PROGRAM ROLE TOOL JSON [TOOL JSON ...]: one session with these calls; one JSON object a line for what came.
The tool `--rename` is the client's own: it renames a file, waits until it is told that the tools are others, and lists them.
"""

import asyncio
import json
import os
import sys
import time

from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.types import ToolListChangedNotification


async def main(program, role, *calls):
    server = StdioServerParameters(command=program, args=["mcp", "--as", role], env=dict(os.environ), cwd=os.getcwd())
    changed = asyncio.Event()

    async def heard(message):
        if isinstance(message, ToolListChangedNotification):
            changed.set()

    async with stdio_client(server) as (read, write), ClientSession(read, write, message_handler=heard) as session:
        hello = await session.initialize()
        say(server=hello.server_info.name, tools=await tools(session))
        for name, arguments in zip(calls[::2], calls[1::2]):
            if name == "--rename":
                before = await tools(session)
                os.rename(**json.loads(arguments))
                while await tools(session) == before:
                    await asyncio.wait_for(changed.wait(), 60)
                    changed.clear()
                say(tools=await tools(session))
            else:
                await call(session, name, json.loads(arguments))


async def tools(session):
    return {tool.name: tool.annotations.read_only_hint for tool in (await session.list_tools()).tools}


async def call(session, name, arguments):
    progress = []

    async def heard(done, total, message):
        progress.append([done, total, message])

    began = time.perf_counter()
    result = await session.call_tool(name, arguments, progress_callback=heard)
    took = time.perf_counter() - began
    content = [part.model_dump(exclude_none=True) for part in result.content]
    say(tool=name, is_error=bool(result.is_error), content=content, progress=progress, ms=round(took * 1000, 3))


def say(**fields):
    print(json.dumps(fields), flush=True)


asyncio.run(main(*sys.argv[1:]))
