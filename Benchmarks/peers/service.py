"""The peer of Benchmarks/service: what one would write with FastAPI and cydifflib. Served by uvicorn with as many workers as cores."""
import cydifflib
import orjson
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.post("/v1/score")
async def score(request: Request):
    body = orjson.loads(await request.body())
    groups = []
    for group in body["groups"]:
        scores = []
        for action in group["actions"]:
            ratio = cydifflib.SequenceMatcher(None, action, group["expert"], False).ratio()
            scores.append({"status": "scored", "reward": ratio, "components": {"similarity": ratio}})
        groups.append({"id": group["id"], "scores": scores})
    return Response(orjson.dumps({"fingerprint": "peer", "groups": groups}), media_type="application/json")
