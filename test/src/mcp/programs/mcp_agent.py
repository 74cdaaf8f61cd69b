"""The same steps with the official Python SDK: discover, submit, follow a task to its end, read its output, cancel another.

Usage: mcp_agent.py <url> <key>. Prints one line of JSON with what it saw.
"""

import asyncio
import json
import sys
from typing import Any, Literal

import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client
from pydantic import ConfigDict


class TaskResult(types.Result):
    """What a call answers with in place of its result."""

    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"]
    taskId: str
    status: str


class Detailed(types.Result):
    model_config = ConfigDict(extra="allow")
    taskId: str
    status: str
    statusMessage: str | None = None
    pollIntervalMs: int = 1000
    result: dict[str, Any] | None = None


class TaskRequest(types.Request[dict[str, Any], str]):
    method: str
    params: dict[str, Any]
    name_param = "taskId"


class Tasks(ClientExtension):
    identifier = "io.modelcontextprotocol/tasks"

    def claims(self):
        return [ResultClaim(result_type="task", model=TaskResult, resolve=self.resolve)]

    async def resolve(self, task: TaskResult, context: ClaimContext) -> types.CallToolResult:
        detailed = await settled(context.session, task.taskId)
        return types.CallToolResult.model_validate(detailed.result)


async def ask(session, method: str, task_id: str, result=Detailed):
    return await session.send_request(TaskRequest(method=method, params={"taskId": task_id}), result)


async def settled(session, task_id: str) -> Detailed:
    while True:
        detailed = await ask(session, "tasks/get", task_id)
        if detailed.status in ("completed", "failed", "cancelled"):
            return detailed
        await asyncio.sleep(detailed.pollIntervalMs / 1000)


async def main(url: str, key: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=60) as http:
        async with Client(streamable_http_client(url, http_client=http), extensions=[Tasks()]) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            command = {"command": "sh", "args": ["-c", "sleep 3; echo a line from python"]}
            task = await client.session.call_tool("run_command", command, allow_claimed=True)
            first = await ask(client.session, "tasks/get", task.taskId)
            last = await settled(client.session, task.taskId)
            reply = last.result["structuredContent"]["reply"]
            logs = await client.call_tool("get_logs", {"id": reply["id"], "waitMs": 5000})
            other = await client.session.call_tool(
                "submit_task", {"command": "sleep", "args": ["60"], "wait": 0}, allow_claimed=True
            )
            await ask(client.session, "tasks/cancel", other.taskId, types.EmptyResult)
            cancelled = await settled(client.session, other.taskId)
            return {
                "revision": client.protocol_version,
                "tools": len(tools),
                "first": first.status,
                "last": last.status,
                "message": last.statusMessage,
                "logs": "a line from python" in json.dumps(logs.structured_content["untrusted"]),
                "cancelled": cancelled.status,
            }


print(json.dumps(asyncio.run(main(*sys.argv[1:3]))))
