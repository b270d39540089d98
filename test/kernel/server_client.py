"""Runs one cell after the other through a Jupyter server's WebSocket; prints each one's text, as JSON.

usage: server_client.py ADDRESS KERNEL < JSON list of cells
"""

import http.cookiejar
import json
import sys
import urllib.request
import uuid

import websocket

address, kernel_name = sys.argv[1:]
cells = json.load(sys.stdin)


cookies = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
# The page sets the cookie that a change must prove to know.
browser.open(address + "/lab", timeout=60).read()
token = next(cookie.value for cookie in cookies if cookie.name == "_xsrf")


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {"X-XSRFToken": token}, method=method)
    with browser.open(request, timeout=60) as response:
        return json.loads(response.read() or "null")


kernel = call("POST", "/api/kernels", {"name": kernel_name})["id"]
try:
    channel = websocket.create_connection(
        address.replace("http", "ws") + f"/api/kernels/{kernel}/channels", timeout=60
    )
    for code in cells:
        request = str(uuid.uuid4())
        header = {"msg_id": request, "msg_type": "execute_request", "session": "s", "username": "u", "version": "5.4"}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        channel.send(json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}))
        texts = {"stdout": "", "stderr": ""}
        shown = 0
        while True:
            message = json.loads(channel.recv())
            # What the server itself has to say has no parent, or this one.
            if message["msg_type"] == "stream":
                texts[message["content"]["name"]] += message["content"]["text"]
            if message["parent_header"].get("msg_id") != request:
                continue
            shown += message["msg_type"] == "display_data"
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        print(json.dumps({**texts, "shown": shown}), flush=True)
finally:
    call("DELETE", f"/api/kernels/{kernel}")
