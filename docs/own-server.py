"""A reward server of one's own: hypercorn own-server:app --bind 127.0.0.1:9000"""
import asyncio, hmac, os, re, uuid, zstandard
from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

NAME, VERSION, LIMIT, TOKEN = "words.overlap", 1, 64 << 20, os.environ.get("TOKEN")  # LIMIT: bytes of a request once decompressed

class Parameters(BaseModel, extra="forbid", strict=True): lowercase: bool = False
class Group(BaseModel, extra="forbid", strict=True):
    id: str = Field(min_length=1)
    expert: str
    actions: list[str] | None = None
    completions: list[str] | None = None
class Batch(BaseModel, extra="forbid", strict=True):
    function: str = Field(pattern=f"^{NAME}$")
    parameters: Parameters | None = None
    groups: list[Group]

def fingerprint(parameters): return f"{NAME}@{VERSION}+{parameters.model_dump_json()}"  # equal ones must mean equal scores
def reward(expert, action, parameters):  # yours: a finite number, always the same for the same texts
    ours, theirs = (set((text.lower() if parameters.lowercase else text).split()) for text in (action, expert))
    return len(ours & theirs) / (len(ours | theirs) or 1)
def score(expert, text, has_monologue, parameters):
    if len(text) > 32768: return {"status": "error", "error": {"code": "textTooLong", "message": f"{len(text)} characters"}}
    match = re.fullmatch(r"\s*<think>(?:(?!</?think>).)*</think>(?!.*</?think>)(.*\S.*)", text, re.S)
    if has_monologue and not match: return {"status": "formatViolation", "reward": -1, "reason": "monologue"}
    return {"status": "scored", "reward": reward(expert, match[1].strip() if has_monologue else text, parameters)}
def score_all(batch):
    parameters, groups = batch.parameters or Parameters(), {}
    for group in batch.groups:
        if group.id in groups: raise HTTPException(422, f"two groups have the id {group.id}")
        texts, is_raw = group.actions, group.completions is not None
        if (texts is None) != is_raw: raise HTTPException(422, f"{group.id} needs either actions or completions")
        groups[group.id] = [score(group.expert, text, is_raw, parameters) for text in texts or group.completions or []]
    return {"fingerprint": fingerprint(parameters), "groups": [{"id": id, "scores": its} for id, its in groups.items()]}

def unpacked(body, coding):
    if coding not in ("identity", "zstd"): raise HTTPException(415, coding, {"accept-encoding": "zstd, identity"})
    try: body = body if coding == "identity" else zstandard.ZstdDecompressor().stream_reader(body).read(LIMIT + 1)
    except zstandard.ZstdError as error: raise HTTPException(400, str(error))
    if len(body) > LIMIT: raise HTTPException(413, f"more than {LIMIT} bytes")
    return body

def respond(request, content, status=200, media="application/json", headers=None):
    return JSONResponse(content, status, {**(headers or {}), "x-request-id": request.headers.get("x-request-id") or uuid.uuid4().hex}, media)
def admitted(request):
    if not TOKEN or hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {TOKEN}".encode()): return request
    raise HTTPException(401, "no valid token", {"www-authenticate": "Bearer"})
async def listing(request):
    mine = {"name": NAME, "version": VERSION, "summary": "Words in common.", "fingerprint": fingerprint(Parameters())}
    return respond(admitted(request), {"functions": [mine | {"parameters": Parameters.model_json_schema()}]})
async def scores(request):
    body = unpacked(await admitted(request).body(), request.headers.get("content-encoding", "identity"))
    return respond(request, await asyncio.to_thread(score_all, Batch.model_validate_json(body)))
async def refuse(request, error):  # RFC 9457, with the place of what was wrong
    first = error.errors()[0] if isinstance(error, ValidationError) else None
    status = error.status_code if not first else 400 if first["type"] == "json_invalid" else 422
    content = {"type": "about:blank", "title": "Refused", "status": status, "detail": first["msg"] if first else error.detail}
    if first: content["pointer"] = "".join(f"/{key}" for key in first["loc"][:len(first["loc"]) - (first["type"] == "missing")])
    return respond(request, content, status, "application/problem+json", getattr(error, "headers", None))

app = Starlette(routes=[Route("/v1/rewards", listing), Route("/v1/score", scores, methods=["POST"])],
                exception_handlers={HTTPException: refuse, ValidationError: refuse})
