#!/usr/bin/env python3
"""Records what the client code of other trainers sends to a reward service, for Tests/EndToEndTests/DialectContractTests.

    git clone OpenRLHF, slime and NeMo Gym (below: the commits that were recorded), and in a virtual environment of Python 3.12
    pip install aiohttp nemo-gym==0.4.0
    python Tests/Fixtures/record_dialects.py --openrlhf ~/OpenRLHF --slime ~/slime --gym ~/Gym

Their functions are run as they are, against a server of our own that writes down each request byte by byte; what they import beside
that is replaced by nothing. Written are Tests/Fixtures/dialects/*.http, with the port of the recording replaced by 8080, and
gym-aggregates.json: what NeMo Gym itself makes of some rollouts.

Recorded: OpenRLHF 3c3be623 (_fetch_rewards_via_http), slime 624b824a (remote_rm), NeMo Gym 07d6b0d0 (SimpleAgent.run, and the requests
of rollout_collection and rollout_reverification) on the packages of nemo-gym 0.4.0.
"""
import argparse
import asyncio
import importlib.util
import json
import pathlib
import re
import sys
import types

FOLDER = pathlib.Path(__file__).parent / "dialects"
PROMPT = "<|im_start|>user\nWhat is x, if x + 1 = 3? Say café.<|im_end|>\n<|im_start|>assistant\n"
STEP = "So x = 2 – “café”."
RESPONSE = f"<think>3 - 1 is 2</think>{STEP}<|im_end|>"


class Anything:
    """Stands for whatever a module imports and does not need here."""

    def __init__(self, *arguments, **named):
        pass

    def __call__(self, *arguments, **named):
        return Anything()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Nothing(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything


def load(path, name, nothing):
    """The module at `path` under `name`; imports that begin with one of `nothing` find empty modules."""

    class Finder:
        def find_spec(self, wanted, path=None, target=None):
            if wanted != name and any(wanted == start or wanted.startswith(start + ".") for start in nothing):
                return importlib.util.spec_from_loader(wanted, self, is_package=True)

        def create_module(self, spec):
            return Nothing(spec.name)

        def exec_module(self, module):
            pass

    sys.meta_path.insert(0, Finder())
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Recorder:
    """A server of HTTP/1.1 that keeps what it receives, and answers by path."""

    def __init__(self, answers):
        self.answers, self.requests = answers, []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.I)
                body = await reader.readexactly(int(length[1])) if length else b""
                path = head.split(b" ")[1].decode()
                self.requests.append((path, head.replace(str(self.port).encode(), b"8080") + body))
                answer = json.dumps(self.answers[path](json.loads(body) if body else None)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(answer) + answer
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def write(self, **names):
        """Writes the request of each path's turn: `name="/path"`."""
        for name, path in names.items():
            index = next(i for i, (p, _) in enumerate(self.requests) if p == path)
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{name}.http").write_bytes(self.requests.pop(index)[1])


async def openrlhf(checkout):
    agent = load(
        checkout / "openrlhf/utils/agent.py", "openrlhf.utils.agent", ["openrlhf", "torch", "PIL", "transformers", "vllm", "ray"]
    )
    async with Recorder({path: lambda body: {"rewards": [1.0]} for path in ("/one/get_reward", "/two/get_reward")}) as recorder:
        urls = [f"http://127.0.0.1:{recorder.port}/{name}/get_reward" for name in ("one", "two")]
        executor = agent.SingleTurnAgentExecutor(urls)
        await executor._fetch_rewards_via_http([PROMPT + RESPONSE], [PROMPT], [STEP])
        recorder.requests = [("/get_reward", data.replace(path.encode(), b"/get_reward")) for path, data in recorder.requests]
        # With two servers the second one is sent nothing, and must answer.
        recorder.requests.sort(key=lambda request: b'"query": []' in request[1])
        recorder.write(**{"openrlhf-one": "/get_reward"})
        recorder.write(**{"openrlhf-empty": "/get_reward"})


async def slime(checkout):
    hub = load(checkout / "slime/rollout/rm_hub/__init__.py", "slime.rollout.rm_hub", ["slime"])
    async with Recorder({"/slime": lambda body: 0.5}) as recorder:
        options = types.SimpleNamespace(rm_url=f"http://127.0.0.1:{recorder.port}/slime")
        messages = [{"role": "user", "content": "What is x, if x + 1 = 3?"}]
        for name, prompt, label in (("text", PROMPT, STEP), ("messages", messages, json.dumps({"expert_step": STEP}))):
            await hub.remote_rm(options, types.SimpleNamespace(prompt=prompt, response=RESPONSE, label=label), max_retries=1)
            recorder.write(**{f"slime-{name}": "/slime"})
        await hub._get_shared_session().close()


async def gym(checkout):
    sys.path.insert(0, str(checkout))
    from nemo_gym import server_utils
    from nemo_gym.config_types import AggregateMetricsRequest, BaseServerConfig
    from omegaconf import OmegaConf

    app = load(checkout / "responses_api_agents/simple_agent/app.py", "simple_agent_app", ["nothing"])
    message = {
        "type": "message", "role": "assistant", "status": "completed", "id": "msg_1",
        "content": [{"type": "output_text", "text": RESPONSE.removesuffix("<|im_end|>"), "annotations": [], "logprobs": None}],
    }
    response = {
        "id": "resp_1", "object": "response", "created_at": 1755850000.25, "model": "m", "output": [message],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    }

    def verified(body):
        return body | {"reward": 1.0}

    aggregates = {"group_level_metrics": [], "agent_metrics": {}, "key_metrics": {}}
    answers = {
        "/seed_session": lambda body: {}, "/v1/responses": lambda body: response, "/verify": verified,
        "/aggregate_metrics": lambda body: aggregates, "/reverify_mode": lambda body: "stateless", "/": lambda body: {"status": "ok"},
    }
    async with Recorder(answers) as recorder:
        place = {"host": "127.0.0.1", "port": recorder.port}
        server_utils.set_global_aiohttp_client(server_utils.GlobalAIOHTTPAsyncClientConfig())
        configuration = OmegaConf.create(
            {
                "stepwise": {"resources_servers": {"stepwise": {**place, "entrypoint": "app.py", "domain": "math"}}},
                "agent": {"responses_api_agents": {"simple_agent": {**place, "entrypoint": "app.py"}}},
            }
        )
        client = server_utils.ServerClient(head_server_config=BaseServerConfig(**place), global_config_dict=configuration)
        agent = app.SimpleAgent(
            config=app.SimpleAgentConfig(
                **place, name="agent", entrypoint="app.py",
                resources_server={"type": "resources_servers", "name": "stepwise"},
                model_server={"type": "responses_api_models", "name": "policy_model"},
            ),
            server_client=client,
        )
        row = {
            "responses_create_params": {"input": [{"role": "user", "content": "What is x, if x + 1 = 3?"}]},
            "expert_step": STEP, "_ng_task_index": 3, "_ng_rollout_index": 1, "agent_ref": {"name": "agent"},
        }
        result = await agent.run(types.SimpleNamespace(cookies={}), app.SimpleAgentRunRequest.model_validate(row))
        stripped = {k: v for k, v in result.model_dump().items() if k not in ("response", "responses_create_params")}
        await agent.aggregate_metrics(AggregateMetricsRequest(verify_responses=[stripped]))
        await client.get(server_name="stepwise", url_path="/reverify_mode")
        await asyncio.to_thread(client.poll_for_status, "stepwise")
        recorder.write(
            **{
                "gym-seed-session": "/seed_session", "gym-verify": "/verify", "gym-aggregate": "/aggregate_metrics",
                "gym-reverify-mode": "/reverify_mode", "gym-status": "/",
            }
        )
        await server_utils.get_global_aiohttp_client().close()
    # What its own servers answer to /aggregate_metrics.
    rewards = [[0.25, 1.0, -1.0, 0.8], [0.5], [1.0, 1.0]]
    rows = [
        {"_ng_task_index": task, "_ng_rollout_index": i, "reward": reward, "format_violation": int(reward < 0), "solved": reward == 1}
        | ({"similarity": reward} if reward > 0 else {}) | {"response": {"usage": {"output_tokens": 10 * task + i}}, "note": "text"}
        for task, group in enumerate(rewards) for i, reward in enumerate(group)
    ]
    from nemo_gym.reward_profile import compute_aggregate_metrics

    cases = [
        {"request": {"verify_responses": part}, "response": compute_aggregate_metrics(part).model_dump(mode="json")}
        for part in (rows, rows[4:5], [])
    ]
    (FOLDER / "gym-aggregates.json").write_text(json.dumps(cases, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("openrlhf", "slime", "gym"):
        parser.add_argument(f"--{name}", type=pathlib.Path, metavar="CHECKOUT")
    options = parser.parse_args()
    for name, record in (("openrlhf", openrlhf), ("slime", slime), ("gym", gym)):
        if checkout := getattr(options, name):
            asyncio.run(record(checkout))
            print(f"{name}: recorded")


if __name__ == "__main__":
    main()
