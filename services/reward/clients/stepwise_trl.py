"""stepwise-reward as a reward function of TRL's GRPOTrainer (docs/integrations/trl.md). Needs Python 3.10 and nothing else.

    GRPOTrainer(reward_funcs=stepwise_reward("http://127.0.0.1:8080"), ...)    # and a column expert_step in the data set
"""
import asyncio
import functools
import json
import math
import ssl
import time
import urllib.error
import urllib.request


def stepwise_reward(url, *, function="srl.similarity", parameters=None, column="expert_step", format="completion", deadline=60.0,
                    token_file=None, ca_file=None):
    """A reward function that scores a whole batch with one POST, and gives None for an item that could not be scored.

    `format`: completion (<think>..</think> and an action), opened (the prompt has written <think>) or action. A label may be an object, or
    its JSON, that sets these for its row (docs/integrations/README.md). A request that fails as a whole raises: training stops.
    `deadline`: seconds for the whole batch. `token_file`, `ca_file`: for a service that asks for a token, and an authority of your own.
    """

    async def stepwise(prompts, completions, log_metric=None, **columns):
        end = time.monotonic() + deadline
        requests = {}  # by function and parameters: one, unless labels differ in them
        for index, (label, prompt, completion) in enumerate(zip(columns[column], prompts, completions, strict=True)):
            row = _row(label, function, parameters, format)
            groups = requests.setdefault(json.dumps([row["function"], row["parameters"]], sort_keys=True), {})
            kind = "actions" if row["format"] == "action" else "completions"
            texts, items = groups.setdefault((row["expert_step"], kind), ([], []))
            is_open = row["format"] == "completion" and isinstance(prompt, str) and prompt.rstrip().endswith("<think>")
            texts.append(("<think>" if is_open or row["format"] == "opened" else "") + _text(completion))
            items.append(index)
        rewards = [None] * len(completions)
        for key, groups in requests.items():
            name, options = json.loads(key)
            body = {"function": name, "parameters": options, "groups": [
                {"id": str(i), "expert": step, kind: texts} for i, ((step, kind), (texts, _)) in enumerate(groups.items())]}
            answer = await _ask((url, token_file, ca_file), body, end)
            for (_, items), group in zip(groups.values(), answer["groups"], strict=True):
                for index, score in zip(items, group["scores"], strict=True):
                    rewards[index] = score.get("reward")  # an error has none
        if log_metric:
            log_metric("stepwise/errors", float(rewards.count(None)))
        return rewards

    return stepwise


def _text(completion):
    """A completion's text; it may be messages. A monologue that a parser took off comes back on."""
    if isinstance(completion, str):
        return completion
    thought = completion[-1].get("reasoning_content")
    return (f"<think>{thought}</think>" if thought else "") + (completion[-1].get("content") or "")


# All below is in stepwise_verl.py, too, word for word: a shim is one file, which people copy, so it imports nothing of ours.


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
