"""Makes math-verify.jsonl.zst and math-verify-real.jsonl.zst: gold and prediction pairs with math-verify's verdict.

    python3 -m venv venv && venv/bin/pip install math-verify==0.9.0 antlr4-python3-runtime==4.13.2 zstandard
    venv/bin/python Tests/Fixtures/make_math_verify.py

The first file is generated here, over the notations that answers come in: for each value some ways to write it, some near misses, and
texts around it. The second is made of public data beside the checkout (../shared/data): its lines hold no text of it, only where it stands
(file, row, field, from and to in code points), so that nothing of the data is copied. A tenth of the rows of both is marked as held out: it
was not looked at while the verifier was written.
"""
import hashlib
import json
import logging
import random
import re
import sys
from pathlib import Path

import zstandard
from math_verify import parse, verify

logging.disable(logging.CRITICAL)
HERE = Path(__file__).parent
DATA = HERE.parent.parent.parent / "shared" / "data"
R = random.Random(20251)


def frac(a, b, cmd=r"\frac"):
    return ("-" if a < 0 else "") + f"{cmd}{{{abs(a)}}}{{{b}}}"


def thousands(n, sep=","):
    return f"{n:,}".replace(",", sep)


# Each generator gives (ways to write one value, ways to write other values that are easily taken for it). All are LaTeX without delimiters.
def integers():
    n = R.choice([R.randint(-20, 60), R.randint(100, 999), R.randint(-9999, 99999)])
    same = [str(n), f"{n}.0", f"{n}.", f"+{n}" if n > 0 else str(n), f"{n}.00"]
    if abs(n) >= 1000:
        same += [thousands(n), thousands(n, "{,}"), thousands(n, ",\\!")]
    other = [str(n + 1), str(-n) if n else "1", str(n * 10), f"{n}.5", str(n - 2)]
    return same, other


def bigIntegers():
    n = R.choice([2**R.randint(40, 90), R.randint(10**18, 10**25), 10**R.randint(15, 30)])
    e = n.bit_length() - 1
    same = [str(n), thousands(n)] + ([f"2^{{{e}}}"] if 2**e == n else [])
    return same, [str(n + 1), str(n - 1), str(n * 10), f"2^{{{e + 1}}}"]


def decimals():
    d = R.randint(1, 4)
    n = R.randint(1, 10**d * 30)
    s = f"{n / 10**d:.{d}f}"
    a, b = n, 10**d
    same = [s, s + "0", frac(a, b), "0" + s if s.startswith("0") is False else s, f"{a}/{b}"]
    if s.startswith("0."):
        same.append(s[1:])
    return same, [f"{n / 10**d + 0.1:.{d}f}", frac(a + 1, b), f"{n / 10**d * 10:.{d}f}", "-" + s]


def roundings():
    a, b = R.choice([(1, 3), (2, 3), (1, 7), (5, 6), (22, 7), (1, 9), (4, 7), (8, 11)])
    k = R.choice([6, 7, 8, 10])
    v = a / b
    return [frac(a, b), f"{v:.{k}f}", f"{a}/{b}"], [f"{v:.2f}", f"{v:.3f}", f"{v:.4f}", frac(a + 1, b)]


def percents():
    n = R.choice([5, 10, 12, 20, 25, 40, 50, 75, 80, 90, R.randint(1, 99)])
    same = [f"{n}\\%", f"{n}%", f"{n} \\%", f"{n}"]
    other = [f"{n + 1}\\%", f"{n / 10}\\%", f"{n * 2}"]
    if R.random() < 0.4:
        same = [f"{n}\\%", f"{n / 100:g}", frac(n, 100)]
    if R.random() < 0.3:
        same, other = [f"{n}.5\\%", f"{n}.5%", f"{n}.50\\%"], [f"{n}.4\\%", f"{n + 1}.5\\%"]
    return same, other


def fractions():
    a, b = R.randint(1, 40), R.randint(2, 30)
    s = R.choice([1, 1, -1])
    k = R.randint(2, 5)
    same = [frac(s * a, b), frac(s * a, b, r"\dfrac"), frac(s * a, b, r"\tfrac"), f"{s * a}/{b}", frac(s * a * k, b * k),
            ("-" if s < 0 else "") + rf"\left(\frac{{{a}}}{{{b}}}\right)"]
    if s < 0:
        same.append(rf"\frac{{-{a}}}{{{b}}}")
    if a < 10 and b < 10:
        same.append(("-" if s < 0 else "") + rf"\frac{a}{b}")
    return same, [frac(s * b, a), frac(s * (a + 1), b), frac(-s * a, b), frac(s * a, b + 1), str(a)]


def mixed():
    w, b = R.randint(1, 12), R.randint(2, 9)
    a = R.randint(1, b - 1)
    same = [f"{w}\\frac{{{a}}}{{{b}}}", frac(w * b + a, b), f"{w} \\dfrac{{{a}}}{{{b}}}", f"{w}+\\frac{{{a}}}{{{b}}}", f"{w * b + a}/{b}"]
    return same, [frac(w * a, b), f"{w + 1}\\frac{{{a}}}{{{b}}}", frac(w, b), f"{w}\\frac{{{b}}}{{{a}}}"]


def powers():
    b, e = R.randint(2, 9), R.randint(2, 9)
    same = [f"{b}^{{{e}}}", f"{b}^{e}", str(b**e), f"{b} \\cdot {b}^{{{e - 1}}}", f"{b}^{{{e}}} \\times 1", f"{b}^{{{e - 1}}}\\cdot {b}"]
    if R.random() < 0.3:
        same = [f"{b}^{{-{e}}}", rf"\frac{{1}}{{{b}^{{{e}}}}}", rf"\frac{{1}}{{{b**e}}}"]
    return same, [f"{b}^{{{e + 1}}}", str(b * e if b * e != b**e else b * e + 1), f"{b + 1}^{{{e}}}", str(b**e + 1)]


def scientific():
    m, e = R.choice([1.5, 2, 3.2, 6.02, 9.1]), R.randint(2, 12)
    v = f"{m * 10**e:.0f}"
    return [rf"{m} \times 10^{{{e}}}", rf"{m}\cdot 10^{{{e}}}", v], [rf"{m} \times 10^{{{e + 1}}}", v + "0", rf"{m + 1} \times 10^{{{e}}}"]


def roots():
    a, b, c = R.randint(2, 9), R.choice([2, 3, 5, 6, 7, 10, 11]), R.randint(1, 9)
    kind = R.randint(0, 5)
    if kind == 0:
        return [f"{a}\\sqrt{{{b}}}", f"\\sqrt{{{a * a * b}}}", f"\\sqrt{{{b}}}\\cdot {a}", f"{a} \\sqrt {{{b}}}"], [f"\\sqrt{{{a * b}}}", f"{a}+\\sqrt{{{b}}}", f"{a + 1}\\sqrt{{{b}}}"]
    if kind == 1:
        return [rf"\frac{{{c}}}{{\sqrt{{{b}}}}}", rf"\frac{{{c}\sqrt{{{b}}}}}{{{b}}}"], [rf"\frac{{\sqrt{{{b}}}}}{{{c + b}}}", rf"{c}\sqrt{{{b}}}"]
    if kind == 2:
        return [rf"{c}+{a}\sqrt{{{b}}}", rf"{a}\sqrt{{{b}}}+{c}", rf"{c} + \sqrt{{{a * a * b}}}"], [rf"{c}-{a}\sqrt{{{b}}}", rf"{a}+{c + a}\sqrt{{{b}}}", str(a + c)]
    if kind == 3:
        return [rf"\sqrt[3]{{{a**3 * b}}}", rf"{a}\sqrt[3]{{{b}}}", rf"{a}\cdot {b}^{{1/3}}", rf"{a} \cdot {b}^{{\frac{{1}}{{3}}}}"], [rf"{a}\sqrt{{{b}}}", rf"\sqrt[3]{{{a * b}}}", rf"\sqrt[4]{{{a**3 * b}}}"]
    if kind == 4:
        return [rf"\sqrt{{{a * a}}}", str(a), rf"\sqrt {{{a * a}}}"] + ([rf"\sqrt{a * a}"] if a * a < 10 else []), [str(a * a), rf"\sqrt{{{a}}}", str(-a)]
    return [rf"\frac{{1}}{{{a}+\sqrt{{{b}}}}}", rf"\frac{{{a}-\sqrt{{{b}}}}}{{{a * a - b}}}"] if a * a != b else ["1", "1.0"], [rf"{a}-\sqrt{{{b}}}", rf"\frac{{1}}{{{a}-\sqrt{{{b}}}}}"]


def pi():
    a, b = R.randint(2, 30), R.randint(2, 12)
    k = R.randint(0, 2)
    if k == 0:
        return [rf"{a}\pi", rf"{a} \pi", rf"\pi \cdot {a}", rf"{a}π"], [str(a), rf"{a + 1}\pi", rf"{a}\pi^2", rf"{a * 3.14:g}"]
    if k == 1:
        return [rf"\frac{{{a}\pi}}{{{b}}}", rf"\frac{{{a}}}{{{b}}}\pi", rf"{a}\pi/{b}", rf"\dfrac{{{a}\pi}}{{{b}}}"], [rf"\frac{{{b}\pi}}{{{a + b}}}", rf"\frac{{{a}}}{{{b}\pi}}", rf"\frac{{{a}}}{{{b}}}"]
    return [rf"{a}+{b}\pi", rf"{b}\pi+{a}"], [rf"{a}\pi+{b + a}", rf"{a + b}\pi"]


def eulers():
    a, b = R.randint(2, 9), R.randint(2, 6)
    return [rf"{a}e^{{{b}}}", rf"{a}e^{b}", rf"e^{{{b}}}\cdot {a}", rf"{a} \cdot e^{{{b}}}"], [rf"{a}e^{{{b + 1}}}", rf"e^{{{a * b + 1}}}", rf"{a + 1}e^{{{b}}}"]


def complexes():
    a, b = R.randint(-9, 9), R.randint(1, 9)
    same = [f"{a}+{b}i", f"{b}i+{a}" if a >= 0 else f"{b}i{a}", f"{a} + {b} i", rf"\left({a}+{b}i\right)"]
    return same, [f"{a}-{b}i", f"{b + 20}+{a + 20}i", f"{a}+{b + 1}i", str(a)]


def factorials():
    n = R.randint(3, 12)
    f = 1
    for i in range(2, n + 1):
        f *= i
    return [f"{n}!", str(f), rf"{n} \cdot {n - 1}!", thousands(f)], [f"{n + 1}!", str(f + 1), str(n), rf"{n - 1}!"]


def binomials():
    from math import comb
    n = R.randint(4, 20)
    k = R.randint(1, n - 1)
    c = comb(n, k)
    return [rf"\binom{{{n}}}{{{k}}}", str(c), rf"\dbinom{{{n}}}{{{k}}}", rf"\frac{{{n}!}}{{{k}!{n - k}!}}", rf"\binom{{{n}}}{{{n - k}}}"], [rf"\binom{{{n + 1}}}{{{k}}}", str(c + 1), rf"\frac{{{n}!}}{{{k}!}}" if n - k > 1 else "0"]


def logs():
    b, k, c = R.randint(2, 5), R.randint(2, 5), R.randint(2, 9)
    kind = R.randint(0, 3)
    if kind == 0:
        return [rf"\log_{{{b}}} {b**k}", str(k), rf"\log_{{{b}}}({b**k})", rf"\log_{b} {b**k}"], [str(k + 1), rf"\log_{{{b}}} {b**k + 1}", rf"\log {b**k}"]
    if kind == 1:
        return [rf"\ln {c}", rf"\ln({c})", rf"\ln{{{c}}}", rf"\ln\left({c}\right)"], [rf"\log {c}", rf"\ln {c + 1}", str(c)]
    if kind == 2:
        return [rf"{k}\ln {c}", rf"\ln {c**k}", rf"\ln({c**k})"], [rf"\ln {c * k + 1}", rf"{k + 1}\ln {c}"]
    return [rf"\log_{{{b}}} {c}", rf"\frac{{\ln {c}}}{{\ln {b}}}", rf"\frac{{\log {c}}}{{\log {b}}}"], [rf"\frac{{\ln {b}}}{{\ln {c + b}}}", rf"\log_{{{b}}} {c + 1}"]


def trig():
    same, other = R.choice([
        ([r"\sin 30^\circ", r"\sin(30^{\circ})", r"\sin 30°"], [r"\cos 30^\circ", r"\sin 60^\circ"]),
        ([r"\sin \frac{\pi}{6}", r"\frac{1}{2}", r"\sin(\pi/6)", r"0.5"], [r"\frac{\sqrt{3}}{2}", r"\cos\frac{\pi}{6}"]),
        ([r"\cos \frac{\pi}{4}", r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}"], [r"\frac{\sqrt{3}}{2}", r"\frac{1}{2}"]),
        ([r"\tan \frac{\pi}{3}", r"\sqrt{3}", r"\tan\left(\frac{\pi}{3}\right)"], [r"\frac{\sqrt{3}}{3}", "1"]),
        ([r"\arctan 2", r"\arctan(2)", r"\tan^{-1}(2)", r"\tan^{-1} 2"], [r"\arctan \frac{1}{2}", r"\arcsin 2", r"\cot 2"]),
        ([r"\sin^2 x", r"(\sin x)^2", r"\sin^{2}(x)", r"1-\cos^2 x"], [r"\sin x^2", r"\cos^2 x", r"2\sin x"]),
        ([r"2\sin x\cos x", r"\sin 2x", r"\sin(2x)", r"2 \cos x \sin x"], [r"\sin x\cos x", r"\cos 2x", r"2\sin x"]),
        ([r"\arcsin \frac{1}{3}", r"\sin^{-1}\frac{1}{3}", r"\arcsin\left(\frac13\right)"], [r"\arccos\frac{1}{3}", r"\arcsin\frac{2}{3}"]),
        ([r"\cos x", r"\cos(x)", r"\cos{x}", r"\sin(\frac{\pi}{2}-x)"], [r"\sin x", r"-\cos x", r"\cos 2x"]),
    ])
    return list(same), list(other)


def units():
    n = R.choice([R.randint(1, 500), R.randint(1, 99) / 10])
    u = R.choice([r"\text{ cm}", r"\text{ meters}", r"\text{ m/s}", r"\mathrm{~km}", r"\text{ square units}", r"\text{ cm}^2", r"\text{ dollars}",
                  " cm", " meters", " hours", r"\text{ kg}", "^\\circ", r"\text{ inches}", " miles", " kg", r"\text{ units}^3", r"\,\text{cm}^{2}", r" \text{mph}", r" days"])
    same = [f"{n}{u}", f"{n}", f"{n}{R.choice([' cm', u])}"]
    return same, [f"{n + 1}{u}", f"{n * 10:g}", f"-{n}{u}"]


def currency():
    n = R.choice([R.randint(1, 900), R.randint(1000, 90000)])
    c = R.randint(1, 99)
    k = R.randint(0, 1)
    if k:
        return [rf"\${n}", f"{n}", rf"\$ {n}", rf"{n}\text{{ dollars}}", rf"\${thousands(n)}", rf"\${n}.00"], [rf"\${n + 1}", rf"\${n}.50", f"{n * 10}"]
    return [rf"\${n}.{c:02d}", f"{n}.{c:02d}", rf"\${thousands(n)}.{c:02d}"], [rf"\${n}", rf"\${n + 1}.{c:02d}", f"{n}{c:02d}"]


def texts():
    w, o = R.choice([("yes", "no"), ("Evelyn", "Carla"), ("no solution", "one solution"), ("even", "odd"), ("Monday", "Friday"), ("ellipse", "hyperbola"),
                     ("increasing", "decreasing"), ("east", "west"), ("red", "blue"), ("infinitely many", "none"), ("True", "False"), ("two lines", "a circle")])
    same = [rf"\text{{{w}}}", rf"\text{{{w.lower()}}}", rf"\textbf{{{w}}}", rf"\mathrm{{{w}}}", rf"\text{{ {w} }}"]
    if " " not in w and R.random() < 0.3:
        same = [w, rf"{w}", rf"{w} "]
    return same, [rf"\text{{{o}}}", o, r"\text{not " + w + "}", "5"]


def choices():
    i = R.randint(0, 4)
    a, b = "ABCDE"[i], "ABCDE"[(i + R.randint(1, 4)) % 5]
    return [a, rf"\text{{{a}}}", rf"\text{{({a})}}", rf"\textbf{{({a})}}", rf"\mathrm{{{a}}}", f"({a})", rf"\textbf{{{a}}}"], [b, rf"\text{{({b})}}", rf"\textbf{{{b}}}", f"({b})"]


def tuples():
    k = R.choice([2, 3, 3, 4])
    v = [R.randint(-9, 12) for _ in range(k)]
    s = [str(x) for x in v]
    if R.random() < 0.4:
        v[0] = "frac"
        s[0] = r"\frac{1}{2}"
        alt = ["0.5"] + s[1:]
    else:
        alt = [f"{x}.0" if i == 0 else x for i, x in enumerate(s)]
    same = [f"({', '.join(s)})", f"({','.join(s)})", rf"\left({', '.join(s)}\right)", f"({', '.join(alt)})", f"( {' , '.join(s)} )"]
    rev = list(reversed(s))
    w = s[:-1] + [str(int(s[-1]) + 1)]
    other = [f"({', '.join(w)})", f"({', '.join(s + ['7'])})", s[0]]
    if rev != s:
        other.append(f"({', '.join(rev)})")
    return same, other


def sets():
    v = R.sample(range(-9, 20), R.choice([2, 3, 4]))
    s = [str(x) for x in v]
    t = s[:]
    R.shuffle(t)
    same = [rf"\{{{', '.join(s)}\}}", rf"\{{{','.join(t)}\}}", ", ".join(s), rf"\left\{{{', '.join(t)}\right\}}", ",".join(t)]
    if len(s) == 2:
        same.append(f"{s[0]} \\text{{ and }} {s[1]}")
        same.append(f"{s[1]} \\text{{ or }} {s[0]}")
    w = [str(v[0] + 30)] + s[1:]
    return same, [rf"\{{{', '.join(w)}\}}", ", ".join(s[:-1]), rf"\{{{', '.join(s + ['50'])}\}}", f"({', '.join(sorted(s, key=int, reverse=True))})"]


def radicalSets():
    a, b = R.randint(1, 9), R.choice([2, 3, 5, 7])
    return [rf"{a}\pm\sqrt{{{b}}}", rf"{a}+\sqrt{{{b}}}, {a}-\sqrt{{{b}}}", rf"\{{{a}-\sqrt{{{b}}}, {a}+\sqrt{{{b}}}\}}", rf"{a} \pm \sqrt{{{b}}}"], [rf"{a}+\sqrt{{{b}}}", rf"{a + 1}\pm\sqrt{{{b}}}", rf"-{a}\pm\sqrt{{{b}}}"]


def plusMinus():
    a = R.randint(1, 30)
    return [rf"\pm {a}", rf"{a}, -{a}", rf"\pm{a}", rf"-{a}, {a}", rf"\{{-{a},{a}\}}"], [str(a), str(-a), rf"\pm {a + 1}"]


def end():
    return R.choice([str(R.randint(-9, 9)), rf"\frac{{{R.randint(1, 9)}}}{{{R.choice([2, 3, 4, 5])}}}", rf"\sqrt{{{R.choice([2, 3, 5])}}}"])


def intervals():
    a = R.randint(-9, 8)
    b = a + R.randint(1, 9)
    kind = R.randint(0, 3)
    l, r = R.choice("(["), R.choice(")]")
    if kind <= 1:
        same = [f"{l}{a}, {b}{r}", rf"\left{l}{a}, {b}\right{r}", f"{l}{a},{b}{r}", f"{l}{a}.0,{b}{r}"]
        flip = {"(": "[", "[": "("}[l]
        return same, [f"{flip}{a}, {b}{r}", f"{l}{a}, {b + 1}{r}", f"{l}{a - 1}, {b}{r}"]
    if kind == 2:
        return [rf"(-\infty, {a}{r}", rf"\left(-\infty,{a}\right{r}", rf"(-\infty ,{a}{r}"], [rf"(-\infty, {a}{')' if r == ']' else ']'}", rf"({a}, \infty)", rf"(-\infty, {a + 1}{r}"]
    return [rf"{l}{a}, \infty)", rf"{l}{a},+\infty)", rf"\left{l}{a}, \infty\right)"], [rf"(-\infty, {a}{')' if l == '(' else ']'}", rf"{l}{a + 1}, \infty)", rf"{'[' if l == '(' else '('}{a}, \infty)"]


def unions():
    a = R.randint(-9, 0)
    b = a + R.randint(1, 5)
    c = b + R.randint(1, 5)
    return [rf"(-\infty, {a}) \cup ({b}, \infty)", rf"({b}, \infty) \cup (-\infty, {a})", rf"\left(-\infty,{a}\right)\cup\left({b},\infty\right)", rf"(-\infty,{a})\cup({b},+\infty)"] if R.random() < 0.6 else [
        rf"[{a}, {b}] \cup [{c}, {c + 1}]", rf"[{c}, {c + 1}] \cup [{a}, {b}]", rf"\left[{a},{b}\right]\cup\left[{c},{c + 1}\right]"], [
        rf"(-\infty, {a}] \cup ({b}, \infty)", rf"(-\infty, {a}) \cup ({b + 1}, \infty)", rf"({a}, {b})", rf"[{a}, {b}] \cup [{c}, {c + 2}]"]


def matrices():
    e = R.choice(["pmatrix", "bmatrix"])
    n, m = R.choice([(2, 2), (2, 1), (3, 1), (2, 3), (1, 3)])
    v = [[str(R.randint(-9, 9)) for _ in range(m)] for _ in range(n)]
    def body(v, sep=r" \\ "):
        return sep.join(" & ".join(r) for r in v)
    w = [r[:] for r in v]
    w[0][0] = str(int(w[0][0]) + 1)
    same = [rf"\begin{{{e}}} {body(v)} \end{{{e}}}", rf"\begin{{pmatrix}}{body(v, chr(92) * 2)}\end{{pmatrix}}" if False else rf"\begin{{pmatrix}} {body(v)} \end{{pmatrix}}",
            rf"\begin{{bmatrix}} {body(v)} \end{{bmatrix}}"]
    if R.random() < 0.4:
        u = [r[:] for r in v]
        u[0][0] = rf"\frac{{{int(v[0][0]) * 2}}}{{2}}"
        same.append(rf"\begin{{{e}}} {body(u)} \end{{{e}}}")
    other = [rf"\begin{{{e}}} {body(w)} \end{{{e}}}", v[0][0]]
    t = [list(x) for x in zip(*v)]
    if t != v:
        other.append(rf"\begin{{{e}}} {body(t)} \end{{{e}}}")
    return same, other


def equations():
    a, b = R.randint(1, 9), R.randint(1, 9)
    kind = R.randint(0, 4)
    if kind == 0:
        return [f"x = {a}", f"{a}", f"x={a}", f"x = {a}.0", f"x = {a - 1} + 1 = {a}"], [f"x = {a + 1}", f"{a + 1}", f"x = -{a}", f"y = {a + 1}"]
    if kind == 1:
        return [f"y = {a}x + {b}", f"y = {b} + {a}x", f"{a}x + {b}", f"y={a} x+{b}"], [f"y = {a}x - {b}", f"y = {a + 1}x + {b}", f"{b}x + {a + 9}"]
    if kind == 2:
        return [f"{a}x + {b}y = 6", f"{b}y + {a}x = 6", f"{a}x+{b}y-6=0", f"{2 * a}x + {2 * b}y = 12", f"6 = {a}x + {b}y"], [f"{a}x + {b}y = 7", f"{a}x - {b}y = 6", "6"]
    if kind == 3:
        return [f"x = {a}, y = {b}", f"y = {b}, x = {a}", f"x={a},\\ y={b}"], [f"x = {a + 10}, y = {b}", f"x = {a}", f"x = {b + 20}, y = {a}"]
    return [f"x^2 + y^2 = {a}", f"y^2+x^2={a}", f"x^2+y^2-{a}=0"], [f"x^2 + y^2 = {a + 1}", f"x^2 - y^2 = {a}", f"x + y = {a}"]


def inequalities():
    a = R.randint(-9, 9)
    b = a + R.randint(1, 9)
    kind = R.randint(0, 3)
    if kind == 0:
        return [f"x > {a}", f"{a} < x", f"x>{a}", rf"x \gt {a}"], [f"x < {a}", rf"x \geq {a}", f"x > {a + 1}"]
    if kind == 1:
        return [rf"x \leq {a}", rf"x \le {a}", rf"{a} \geq x", rf"x ≤ {a}"], [f"x < {a}", rf"x \geq {a}", rf"x \leq {a + 1}"]
    if kind == 2:
        return [f"{a} < x < {b}", f"{a}<x<{b}", rf"{a} < x < {b}", f"({a}, {b})"], [rf"{a} \leq x < {b}", f"{a} < x < {b + 1}", f"x < {b}"]
    return [f"2x + {a + 20} < {b + 30}", f"2x < {b + 10 - a}", f"{a + 20} + 2x < {b + 30}"], [f"2x > {b + 10 - a}", f"2x < {b + 11 - a}"]


def polynomials():
    a, b, c = R.randint(1, 9), R.randint(1, 9), R.randint(1, 9)
    kind = R.randint(0, 6)
    if kind == 0:
        return [f"(x+{a})(x+{b})", f"x^2+{a + b}x+{a * b}", f"(x+{b})(x+{a})", f"x^{{2}} + {a + b} x + {a * b}"], [f"(x+{a})(x-{b})", f"x^2+{a + b}x+{a * b + 1}", f"x^2+{a * b}"]
    if kind == 1:
        return [f"{a}x^2 - {b}x + {c}", f"{c} - {b}x + {a}x^2", f"-{b}x+{a}x^{{2}}+{c}"], [f"{a}x^2 + {b}x + {c}", f"{a}x^2 - {b}x + {c + 1}", f"{a}y^2 - {b}y + {c}"]
    if kind == 2:
        return [rf"\frac{{x+{a}}}{{x-{b}}}", rf"\frac{{{a}+x}}{{x-{b}}}", rf"(x+{a})/(x-{b})"], [rf"\frac{{x-{a}}}{{x+{b}}}", rf"\frac{{x+{a}}}{{x+{b}}}", f"x+{a}"]
    if kind == 3:
        return [f"(a+{b})^2", f"a^2+{2 * b}a+{b * b}", f"(a+{b})(a+{b})"], [f"a^2+{b * b}", f"(a-{b})^2"]
    if kind == 4:
        return [rf"\frac{{n(n+1)}}{{2}}", r"\frac{n^2+n}{2}", r"\frac{1}{2}n(n+1)", r"\frac{n^2}{2}+\frac{n}{2}"], [r"\frac{n(n-1)}{2}", r"n(n+1)", r"\frac{n^2+1}{2}"]
    if kind == 5:
        return [f"2^{{n+{a}}}", f"2^n \\cdot {2**a}", f"{2**a} \\cdot 2^{{n}}", f"2^{{{a}+n}}"], [f"2^n+{2**a}", f"2^{{n-{a}}}", f"{a}^{{n+2}}"]
    return [f"{a}xy + {b}x^2", f"x({a}y+{b}x)", f"{b}x^2+{a}xy"], [f"{a}xy - {b}x^2", f"{a}xy + {b}y^2", f"{a + b}x^2y"]


def special():
    return R.choice([
        ([r"\infty", r"\infty"], [r"-\infty", "0"]), ([r"\emptyset", r"\varnothing", r"\{\}"], ["0", r"\{0\}"]),
        ([r"\mathbb{R}", r"(-\infty, \infty)", r"\mathbb{R}"], [r"\mathbb{Z}", r"(0,\infty)"]), ([r"|x|", r"\left|x\right|", r"\lvert x \rvert"], ["x", "-x"]),
        ([r"|{-5}|", "5", r"\left|-5\right|"], ["-5", "4"]), ([r"\lfloor 3.7 \rfloor", "3", r"\left\lfloor 3.7 \right\rfloor"], ["4", "3.7"]),
        ([r"\lceil 3.2 \rceil", "4"], ["3", "3.2"]), ([r"x_1", r"x_{1}"], ["x_2", "x"]), ([r"\alpha + \beta", r"\beta + \alpha"], [r"\alpha - \beta", r"\alpha\beta"]),
        ([r"\theta", r"\theta "], [r"\phi", "0"]), ([r"f(x) = 2x", r"2x", r"f(x)=2 x"], [r"f(x) = 3x", r"3x"]), ([r"x \in [1,2]", "[1,2]"], ["(1,2)", "[1,3]"]),
        ([r"\frac{\frac{1}{2}}{3}", r"\frac{1}{6}", r"\frac{1/2}{3}"], [r"\frac{2}{3}", r"\frac{3}{2}"]), ([r"3 : 4", r"3:4", r"\frac{3}{4}", "3/4"], ["4:3", "3"]),
    ])


def extraction():
    """The answer among other numbers: what to take is part of the verdict."""
    n, m, k = R.randint(1, 99), R.randint(100, 199), R.randint(200, 299)
    same = [rf"{m} + {k} = {m + k}. So \boxed{{{n}}}, and we are done", rf"First \boxed{{{m}}} was wrong after a long and careful look at it all, so now I say \boxed{{{n}}}",
            rf"There are {m} and {k}. The final answer is {n}", rf"We have ${m}x = {m * n}$ so $x = {n}$", rf"{m} is too large.\n#### {n}",
            rf"The answer is \({n}\)", rf"**Answer:** {n}", rf"It takes {m} hours and then {n}", rf"$x = {n}$", rf"So \[ x = \frac{{{n * 2}}}{{2}} = {n} \]",
            rf"Hence \boxed{{x = {n}}}", rf"<b>\fbox{{{n}}}</b>", rf"Total: ${n}", rf"the answer is {m} - {m - n} = {n}"]
    other = [rf"{n} + {k} = {n + k}. So \boxed{{{m}}}, and we are done", rf"I take {n} and get {k}", rf"The answer is {m}, not {k}", rf"No answer", rf"$x = {m}$"]
    return same, other


GENERATORS = [integers, bigIntegers, decimals, roundings, percents, fractions, mixed, powers, scientific, roots, pi, eulers, complexes, factorials, binomials, logs,
              trig, units, currency, texts, choices, tuples, sets, radicalSets, plusMinus, intervals, unions, matrices, equations, inequalities, polynomials, special, extraction]

GOLD = ["${}$", r"\boxed{{{}}}", r"So the answer is $\boxed{{{}}}$."]
PREDICTION = [r"\boxed{{{}}}", r"Thus we get $\boxed{{{}}}$.", "The answer is ${}$.", "${}$", r"After 3 steps and 12 checks, the final answer is \boxed{{{}}}.",
              r"First $2+2=4$. Then \[\boxed{{{}}}\]", "Therefore, the final answer is: ${}$. I hope it is correct.", r"We find $x^2$ and so \({}\)", r"Answer: ${}$",
              "So we have $$ {} $$"]
PLAIN = ["{}", "The answer is {}.", "#### {}", "There are 12 boxes and 5 left, so the total is {}.", "Answer: {}", "2 + 2 = 4, and then we get {}"]
NUMBERS = {"integers", "decimals"}


def verdict(gold, prediction):
    g, p = parse(gold), parse(prediction)
    return bool(verify(g, p)), bool(g), bool(p)


def held_out(key):
    return hashlib.sha256(key.encode()).digest()[0] < 26


def generated(per_category):
    seen, rows = set(), []
    for generator in GENERATORS:
        name, made, tries = generator.__name__, 0, 0
        while made < per_category and tries < per_category * 20:
            tries += 1
            same, other = generator()
            gold_text = R.choice(same)
            prediction_text = R.choice(same) if R.random() < 0.6 else R.choice(other)
            if name == "extraction":
                n = int(re.search(r"fbox{(\d+)}", "".join(same)).group(1))
                gold, prediction = R.choice([f"${n}$", f"{n}", rf"\boxed{{{n}}}"]), prediction_text
                equal, has_gold, _ = verdict(gold, prediction)
                if (gold, prediction) not in seen:
                    seen.add((gold, prediction))
                    made += 1
                    rows.append({"category": name, "gold": gold, "prediction": prediction, "equal": equal, "heldOut": held_out(gold + prediction)})
                continue
            gold = R.choice(GOLD).format(gold_text)
            prediction = R.choice(PREDICTION).format(prediction_text)
            if name in NUMBERS and R.random() < 0.5:
                prediction = R.choice(PLAIN).format(prediction_text)
            if (gold, prediction) in seen:
                continue
            seen.add((gold, prediction))
            equal, has_gold, _ = verdict(gold, prediction)
            if not has_gold:
                continue
            made += 1
            rows.append({"category": name, "gold": gold, "prediction": prediction, "equal": equal, "heldOut": held_out(gold + prediction)})
    return rows


def load(name):
    text = (DATA / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.splitlines()]


def last_box(text):
    start = text.rfind(r"\boxed{")
    if start < 0:
        return None
    depth = 0
    for index in range(start + 6, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return start + 7, index
    return None


def real():
    """Pairs as lists of pieces: text, or a place in the data."""
    rows = []
    def place(file, row, field, text, start=0, end=None):
        return {"file": file, "row": row, "field": field, "from": start, "to": len(text) if end is None else end}, text[start:end]
    def add(category, gold, prediction):
        (gold_pieces, gold_text), (pieces, text) = gold, prediction
        equal, has_gold, _ = verdict(gold_text, text)
        if has_gold:
            rows.append({"category": category, "gold": gold_pieces, "prediction": pieces, "equal": equal, "heldOut": held_out(gold_text + text)})
    def wrapped(piece, template):
        ref, text = piece
        before, after = template.split("{}")
        return [before, ref, after], before + text + after
    def bare(piece):
        return [piece[0]], piece[1]

    data = load("gsm8k/test.jsonl")
    answers = [place("gsm8k/test.jsonl", i, "answer", r["answer"], r["answer"].index("#### ") + 5) for i, r in enumerate(data)]
    for i in R.sample(range(len(data)), 250):
        j = i if R.random() < 0.6 else R.randrange(len(data))
        gold = bare(place("gsm8k/test.jsonl", i, "answer", data[i]["answer"]))
        add("gsm8k", gold, R.choice([bare(place("gsm8k/test.jsonl", j, "answer", data[j]["answer"])), wrapped(answers[j], R.choice([r"So it is $\boxed{{}}$.", "The answer is {}.", "It comes to ${}"]))]))

    for part in (1, 3):
        name = f"numina/numina_amc_aime_part{part}.json"
        data = load(name)
        boxes = [(i, last_box(r["solution"])) for i, r in enumerate(data)]
        boxes = [(i, place(name, i, "solution", data[i]["solution"], *box)) for i, box in boxes if box and box[1] - box[0] < 120]
        for k in R.sample(range(len(boxes)), 300):
            _, gold = boxes[k]
            prediction = boxes[k][1] if R.random() < 0.6 else boxes[R.randrange(len(boxes))][1]
            gold = wrapped(gold, R.choice([r"\boxed{{}}", "${}$"]))
            add("numina", gold, wrapped(prediction, R.choice([r"We conclude \[\boxed{{}}\]", "The answer is ${}$.", r"\boxed{{}}", "Thus ${}$"])))

    data = load("rollouts/qwen25math_cot_rollouts.jsonl")
    for i, row in enumerate(data):
        for k in R.sample(range(len(row["code"])), 5):
            gold = wrapped(place("rollouts/qwen25math_cot_rollouts.jsonl", i, "gt", row["gt"]), "${}$")
            add("rollouts", gold, bare(place("rollouts/qwen25math_cot_rollouts.jsonl", i, f"code/{k}", row["code"][k])))

    data = load("benchmarks/math500.jsonl")
    for i, row in enumerate(data):
        gold = wrapped(place("benchmarks/math500.jsonl", i, "answer", row["answer"]), "${}$")
        j = i if R.random() < 0.65 else min(len(data) - 1, i + R.randint(1, 5))
        other = data[j]
        if R.random() < 0.5:
            add("math500", gold, bare(place("benchmarks/math500.jsonl", j, "solution", other["solution"])))
        else:
            add("math500", gold, wrapped(place("benchmarks/math500.jsonl", j, "answer", other["answer"]), r"So it is \boxed{{}}."))
    return rows


def write(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    packed = zstandard.ZstdCompressor(level=19).compress(text.encode())
    (HERE / name).write_bytes(packed)
    equal = sum(row["equal"] for row in rows)
    print(f"{name}: {len(rows)} pairs, {equal} equal, {sum(row['heldOut'] for row in rows)} held out, {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    write("math-verify.jsonl.zst", generated(105))
    if DATA.exists():
        write("math-verify-real.jsonl.zst", real())
    else:
        print(f"{DATA} is not there: math-verify-real.jsonl.zst is left as it is", file=sys.stderr)
