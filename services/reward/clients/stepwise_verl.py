"""stepwise-reward as a custom reward function of verl (docs/integrations/verl.md). Needs Python 3.10 and nothing else.

    custom_reward_function.path=stepwise_verl.py +custom_reward_function.reward_kwargs.url=http://127.0.0.1:8080
"""
import asyncio
import functools
import json
import math
import ssl
import time
import urllib.error
import urllib.request


async def compute_score(data_source, solution_str, ground_truth, extra_info=None, *, url, function="srl.similarity", parameters=None,
                        format="completion", components=("similarity",), deadline=60.0, token_file=None, ca_file=None, **_):
    """The reward of one response as `score`, with `format_violation` and the `components` beside it: always the same keys.

    `ground_truth` is the expert step, or an object or its JSON that sets more for its row (docs/integrations/README.md). `format`: as in
    stepwise_trl.py. What could not be scored raises. A component that a response does not have, as of a broken format, is 0.
    """
    row = _row(ground_truth, function, parameters, format)
    text = ("<think>" if row["format"] == "opened" else "") + solution_str
    group = {"id": "0", "expert": row["expert_step"], "actions" if row["format"] == "action" else "completions": [text]}
    answer = await _ask((url, token_file, ca_file), {"function": row["function"], "parameters": dict(row["parameters"]), "groups": [group]},
                        time.monotonic() + deadline)
    score = answer["groups"][0]["scores"][0]
    if score["status"] == "error":
        raise RuntimeError(f"stepwise-reward could not score a response of {data_source}: {score['error']}")
    parts = score.get("components", {})
    return {"score": score["reward"], "format_violation": float(score["status"] == "formatViolation"),
            **{name: float(parts.get(name, 0)) for name in components}}


# All below is in stepwise_trl.py, too, word for word: a shim is one file, which people copy, so it imports nothing of ours.


def _row(label, function, parameters, format):
    """What a row is scored by: what its label says, and the arguments where it does not."""
    if isinstance(label, str) and label.lstrip().startswith("{") and '"expert_step"' in label:
        label = json.loads(label) if "expert_step" in json.loads(label) else label
    if label is None or (isinstance(label, str) and not label.strip()):
        raise ValueError("a label is empty; it must carry the expert step")
    if isinstance(label, float) and label.is_integer() and abs(label) < 2**53:
        label = int(label)  # as the service writes it: 72, not 72.0
    if isinstance(label, int) and not isinstance(label, bool) or isinstance(label, float) and math.isfinite(label):
        label = json.dumps(label)
    if isinstance(label, str):
        label = {"expert_step": label}
    if not isinstance(label, dict):
        raise ValueError(f"a label is {label!r}; it must be text, a finite number or an object with expert_step")
    if unknown := label.keys() - {"expert_step", "function", "parameters", "format"}:
        raise ValueError(f"a label has the unknown key {min(unknown)!r}")
    label = {key: value for key, value in label.items() if value is not None}
    if not isinstance(label["expert_step"], str) or not label["expert_step"].strip():
        raise ValueError(f"a label's expert_step is {label['expert_step']!r}; it must be text, and not empty")
    parameters = parameters if label.get("function", function) == function else None  # those of another function are not its own
    row = {"function": function, "parameters": parameters or {}, "format": format} | label
    if row["format"] not in ("completion", "opened", "action"):
        raise ValueError(f"the format {row['format']!r} is none of completion, opened, action")
    return row


async def _ask(service, body, end):
    """`service`: its URL, the file of the token and that of the authority."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(_post, service, body, end), max(end - time.monotonic(), 0) + 1)
    except asyncio.TimeoutError:
        raise TimeoutError(f"stepwise-reward at {service[0]} did not answer by the deadline") from None


@functools.lru_cache
def _opener(ca_file):
    tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)  # the service is near: no proxy


def _token(file):
    """The first token of a file, read each time: it may have been replaced."""
    with open(file) as lines:
        for line in lines:
            if words := line.split("#")[0].split():
                return words[0]
    raise ValueError(f"{file} holds no token")


def _post(service, body, end):
    """Asks until the deadline where another try may help: scoring is pure, so that asking twice does no harm."""
    url, token_file, ca_file = service
    opener, pause = _opener(ca_file), 0.25
    while True:
        rest = max(end - time.monotonic(), 0.001)
        headers = {"content-type": "application/json", "stepwise-deadline-ms": str(max(int(rest * 1000), 1))}
        if token_file:
            headers["authorization"] = f"Bearer {_token(token_file)}"
        request = urllib.request.Request(url.rstrip("/") + "/v1/score", json.dumps(body).encode(), headers)
        try:
            with opener.open(request, timeout=rest) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem, again = f"answered {error.code}: {error.read().decode(errors='replace')}", error.code in (429, 502, 503, 504)
        except OSError as error:
            untrusted = isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError)  # no better the next time
            problem, again = f"does not answer: {error}", not untrusted
        if not again or time.monotonic() + pause >= end:
            raise RuntimeError(f"stepwise-reward at {url} {problem}")
        time.sleep(pause)
        pause = min(2 * pause, 5)
