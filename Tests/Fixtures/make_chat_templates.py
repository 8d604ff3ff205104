"""Makes Tests/Fixtures/chat-templates.jsonl.zst: chat templates, conversations, and what transformers makes of them.

    pip install transformers==5.24.0 jinja2==3.1.6 zstandard==0.25.0
    pip download --no-deps trl==1.16.0 && unzip trl-1.16.0-*.whl 'trl/chat_templates/*'
    python Tests/Fixtures/make_chat_templates.py trl/chat_templates

Templates of Qwen2.5, Qwen3 and Llama 3.x are the copies in TRL (Apache-2.0); SmolLM2's and Qwen2's are written here. The rest, one
construct each, are held to Jinja with the settings of transformers. A line is {"template"} for those that follow, or a case.
"""

import datetime
import json
import pathlib
import sys

import transformers.utils.chat_template_utils as utils
import zstandard

TARGET = pathlib.Path(__file__).resolve().parent / "chat-templates.jsonl.zst"
NOW = datetime.datetime(2025, 11, 3, 14, 5, 9)

SMOLLM2 = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Says the weather, e.g. \"rain\" & <sun> in É\u2028\x01",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"default": 1.5}}, "required": []},
        },
    }
]


def conversations():
    user = {"role": "user", "content": "  What is 2 + 2?\n"}
    system = {"role": "system", "content": " Be brief. \u00a0"}
    answer = {"role": "assistant", "content": "\n<think>\nTwo and two.\n</think>\n\nIt is 4.  "}
    call = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "n": [1, None, True]}}}],
    }
    result = {"role": "tool", "content": "rain"}
    return [
        [user],
        [system, user],
        [system, user, answer, {"role": "user", "content": "And 3 + 3? <|im_end|> e\u0301 日本 🧮"}],
        [user, answer],
        [user, {"role": "assistant", "content": "no tags"}, user, answer],
        [user, {"role": "assistant", "content": "4", "reasoning_content": "\nTwo.\n"}],
        [user, {"role": "assistant", "content": ""}],
        [{"role": "user", "content": ""}],
        [system, user, call, result],
        [user, call, result, {"role": "tool", "content": "sun"}, {"role": "assistant", "content": "Rain."}],
        [{"role": "user", "content": "<tool_response>\nx\n</tool_response>"}, user],
        [system],
        [],
    ]


# One construct a template: white space control, statements, operators, filters, tests, methods.
CONSTRUCTS = r"""
a {% if true %}  b  {% endif %} c
  {% if true %}
 x
  {% endif %}
	{%- if true -%}
  y
{%+ if true %} z{% endif +%}
  {% endif -%}

{# comment #}
 {#- comment -#}  t
§
x {{- ' y ' -}} z
{{ "a\tb\n\x41\u00e9\101\q\\" }}{{ 'it''s' 'so' }}{{ "q'" ~ 'r"' }}
§
{% for a in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.previtem }}{{ loop.nextitem }},{% else %}none{% endfor %}
§
{% for a in [] %}{{ a }}{% else %}none{% endfor %}{% for a in undefined_thing %}x{% endfor %}|
{% for k, v in {'a': 1, 'b': [2]}.items() %}{{ k }}={{ v | tojson }};{% endfor %}
{% for a in range(10) if a % 2 == 0 %}{{ loop.index }}:{{ a }} {% if a == 6 %}{% break %}{% endif %}{% if a == 2 %}{% continue %}{% endif %}!{% endfor %}
§
{% set x = 1 %}{% for i in range(3) %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}
{% set ns = namespace(n=0, s='') %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% set ns.s = ns.s ~ i %}{% endfor %}{{ ns.n }}{{ ns.s }}{{ ns.q is defined }}
{% set a, b = 1, 'two' %}{{ a }}{{ b }}{% set c %}in {{ a }}{% endset %}[{{ c }}]
{% if x == 1 %}{% set y = 5 %}{% endif %}{{ y }}
§
{{ 1 + 2 * 3 - 4 // 3 % 2 ** 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 1.5 + 1 }} {{ -2 ** 2 }} {{ 1e20 }} {{ 0.00001 }} {{ 3.0 }} {{ 'ab' * 2 }} {{ 1 ~ none ~ true ~ undefined_thing }}
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ none == false }} {{ 'a' in 'cat' }} {{ 'x' not in ['x'] }} {{ 'k' in {'k': 1} }} {{ [1, 'a'] == [1, 'a'] }} {{ not 1 == 2 }}
{{ 1 and 0 or 'x' }} {{ '' or none }} {{ 'a' if false else 'b' if false else 'c' }} {{ 'a' if false }}| {{ (1, 2) | length }} {{ [] | length }} {{ not false and true }}
§
{{ 'abcdef'[1:3] }}{{ 'abcdef'[::-1] }}{{ 'abcdef'[-2:] }}{{ 'abcdef'[:-2] }}{{ 'abcdef'[4:1:-2] }}{{ 'abc'[10:] }}{{ 'héllo'[1] }}{{ 'abc'[-1] }}|{{ 'abc'[7] }}|{{ [1, 2, 3][::-1] | tojson }}{{ [1, 2, 3][1:] | tojson }}{{ [1, 2][-1] }}{{ {'a': 1}['b'] }}{{ {'a': {'b': 2}}.a.b }}{{ {'a': 1}.zz }}|
§
{{ ' a ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ 'Abc' | upper }}{{ 'ABC' | lower }}{{ 'aBC d' | capitalize }}{{ [1, 2] | join('-') }}{{ 'abc' | join(',') }}{{ 'a-b' | replace('-', '+') }}{{ [3, 4] | first }}{{ [3, 4] | last }}{{ 'abc' | reverse }}{{ [1, 2] | reverse | list | tojson }}{{ 'x' | default('d') }}{{ nope | default('d') }}{{ '' | d('e', true) }}{{ nope | default }}|{{ '12' | int + 1 }}{{ 'x' | int }}{{ 3.9 | int }}{{ '2.5' | float }}{{ -3 | abs }}{{ 5 | string ~ 'x' }}{{ {'a': 1} | items | list | tojson }}{{ {'a': 1} | length }}{{ 'e\u0301' | length }}
{{ [{'r': 'a', 'n': 1}, {'r': 'b', 'n': 2}] | selectattr('r', 'equalto', 'b') | map(attribute='n') | list | tojson }}{{ [1, 2, 3] | select('odd') | list | tojson }}{{ [1, 2, 3] | reject('odd') | list | tojson }}{{ [{'a': 0}, {'a': 1}] | rejectattr('a') | list | tojson }}{{ ['a', 'b'] | map('upper') | join }}
§
{{ {'b': [1, 2.5, none, true, 'é<&>"\\\n\u0001'], 'a': {}, 'c': []} | tojson }}
{{ {'b': [1, {'x': 2}], 'a': {}, 'c': []} | tojson(indent=4) }}
{{ {'b': 1, 'a': [1, 2]} | tojson(sort_keys=true, separators=(',', ':')) }}
§
{{ x is defined }}{{ x is undefined }}{{ none is none }}{{ 'a' is string }}{{ 1 is number }}{{ true is number }}{{ true is integer }}{{ 1 is integer }}{{ 1.0 is float }}{{ {} is mapping }}{{ [] is iterable }}{{ 'a' is iterable }}{{ 1 is iterable }}{{ [] is sequence }}{{ {} is sequence }}{{ true is true }}{{ 1 is true }}{{ false is false }}{{ true is boolean }}{{ 3 is odd }}{{ 4 is even }}{{ 9 is divisibleby 3 }}{{ 9 is divisibleby(2) }}{{ 1 is eq 1 }}{{ 'a' is in ['a'] }}{{ 1 is not none }}{{ x is not defined and 'a' is string }}{{ not x is defined }}
§
{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ ' a'.lstrip() }}|{{ 'a\n\n'.rstrip('\n') }}|{{ 'a,b,c'.split(',') | tojson }}{{ 'a,b,c'.split(',', 1) | tojson }}{{ ' a  b\n'.split() | tojson }}{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'bc')) }}{{ 'a-a-a'.replace('a', 'b', 2) }}{{ '-'.join(['x', 'y']) }}{{ 'abc'.find('c') }}{{ 'abc'.find('z') }}{{ 'abc'.upper() }}{{ 'a\nb\n'.splitlines() | tojson }}{{ 'abc'.removeprefix('a').removesuffix('c') }}{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('b', 7) }}{{ {'a': 1}.get('b') }}{{ {'a': 1}.keys() | list | tojson }}{{ {'a': 1}.values() | list | tojson }}{{ 'a</think>b'.split('</think>')[-1].lstrip('\n') }}{{ 'hELLO wORLD'.capitalize() }}
§
{{ strftime_now('%d %b %Y %H:%M:%S %Y-%m-%d %%') }}
§
{{ dict(a=1, b='x') | tojson }}{{ range(5) | list | tojson }}{{ range(5, 1, -2) | list | tojson }}{{ range(2, 4) | list | tojson }}
§
{% generation %}g{{ 1 }}{% endgeneration %}|{% if messages %}{{ messages | length }}{% elif tools is none %}no tools{% else %}else{% endif %}{{ tools }}{{ documents }}{{ bos_token }}{{ eos_token }}
§
{{ {'a': '}}'}['a'] }}{{ '%}' }}{% if '%}' == "%}" %}ok{% endif %}{{ [1,
 2
][0] }}
   {{ 'indent' }}   
   {#- c #}
  q

"""


def case(template, messages, tools, add, **variables):
    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return NOW

    utils.datetime = Clock
    row = {"messages": messages, "tools": tools, "add": add, "variables": variables}
    try:
        rendered, _ = utils.render_jinja_template([messages], tools=tools, chat_template=template, add_generation_prompt=add, **variables)
        row["rendered"] = rendered[0]
    except Exception as error:  # what the template refuses must be refused
        row["error"] = f"{type(error).__name__}: {error}"
    return row


def main():
    trl = pathlib.Path(sys.argv[1])
    names = ["qwen2_5", "qwen3", "qwen3_instruct_2507", "llama3", "llama3_1", "llama3_2", "qwen3_training", "qwen2_5_training", "llama3_training"]
    templates = {name: (trl / f"{name}.jinja").read_text() for name in names}
    templates["smollm2"] = SMOLLM2
    templates["qwen2"] = SMOLLM2.replace("You are a helpful AI assistant named SmolLM, trained by Hugging Face", "You are a helpful assistant.")
    rows, refused = [], 0
    for name, template in templates.items():
        rows.append({"name": name, "template": template})
        for messages in conversations():
            for tools in [None, TOOLS]:
                for add in [False, True]:
                    rows.append(case(template, messages, tools, add, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"))
        if name == "qwen3":
            rows.append(case(template, conversations()[1], None, True, enable_thinking=False))
        if name.startswith("llama3_"):
            rows.append(case(template, conversations()[1], TOOLS, True, bos_token="<b>", tools_in_user_message=False))
            rows.append(case(template, conversations()[1], None, True, bos_token="<b>", date_string="1 Jan 2024"))
    for index, template in enumerate(CONSTRUCTS[1:].split("\n§\n")):
        rows.append({"name": f"construct {index + 1}", "template": template})
        row = case(template, [], None, False, bos_token="<s>", eos_token="</s>")
        assert "rendered" in row, (template, row)
        rows.append(row)
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    TARGET.write_bytes(zstandard.ZstdCompressor(level=22).compress(data))
    refused = [row["error"] for row in rows if "error" in row]
    print(f"{len(rows)} lines, {TARGET.stat().st_size} bytes, {len(refused)} refused:", set(refused))


main()
