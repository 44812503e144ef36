"""An OpenTelemetry collector that keeps what it is sent (OTLP over HTTP, in JSON)."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Collector:
    def __init__(self):
        self.spans = []
        self.paths = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                collector.paths.add((self.path, self.headers["content-type"]))
                for resource in body["resourceSpans"]:
                    service = attributes(resource["resource"])
                    for scope in resource["scopeSpans"]:
                        collector.spans += [span | {"service": service} for span in scope["spans"]]
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def trace_of(self, request_id, spans, seconds=20):
        """The spans of the trace in which the request with this id is, once there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            known = [span["traceId"] for span in self.spans if attributes(span).get("cupola.request.id") == request_id]
            found = [span for span in self.spans if span["traceId"] in known]
            if len(found) >= spans:
                return found
            assert time.monotonic() < deadline, f"{len(found)} spans of {request_id} in {self.spans}"
            time.sleep(0.05)

    def stop(self):
        self.server.shutdown()


def attributes(holder):
    """Attributes as a dictionary."""

    def value(of):
        [(kind, content)] = of.items()
        if kind == "arrayValue":
            return [value(one) for one in content["values"]]
        return int(content) if kind == "intValue" else content

    return {one["key"]: value(one["value"]) for one in holder.get("attributes", [])}
