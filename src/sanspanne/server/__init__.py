"""The caller-facing edge: HTTP in, HTTP out, nothing decided here.

serve.py      uvicorn around the edge, until it is told to stop
protocol.py   what a connection may do before it is a request
asgi.py       which handler answers which path
guard.py      may this request come in at all?
body.py       the request's body, bounded in size and time
chat.py       a chat request, from its body to the last byte of its answer
"""
