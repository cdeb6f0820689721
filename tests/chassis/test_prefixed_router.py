"""Routes of a router are tried only for what begins with its prefix."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from chassis.http.prefixed_router import PrefixedRouter


def test_only_what_begins_with_the_prefix_is_looked_up_there() -> None:
    app = FastAPI()
    for name in ("tools", "tools-of-old"):
        router = PrefixedRouter(prefix=f"/{name}")
        router.add_api_route("", lambda name=name: {"all": name})
        router.add_api_route("/{number}", lambda number, name=name: {"one": f"{name} {number}"})
        app.include_router(router)
    with TestClient(app) as client:
        assert client.get("/tools").json() == {"all": "tools"}
        assert client.get("/tools/7").json() == {"one": "tools 7"}
        assert client.get("/tools-of-old").json() == {"all": "tools-of-old"}
        assert client.get("/tools-of-old/7").json() == {"one": "tools-of-old 7"}
        assert client.post("/tools/7").status_code == 405
        for path in ("/tool", "/toolsies", "/tools/7/8", "/"):
            assert client.get(path).status_code == 404
