/// How a report looks: light and dark as the reader's system is, on a phone, on a desk, on paper.
enum Stylesheet {
    /// Colours 1 to 8 follow Okabe and Ito's, which people with any colour vision tell apart, darkened or lightened until lines of them are
    /// legible on each ground. Lines of several runs differ by their dashes too.
    static let css: HTML = """
        :root{color-scheme:light dark;--ground:#f7f7f5;--card:#fff;--text:#1d1f21;--soft:#5d6368;--rule:#e2e2de;--grid:#ececea;
        --c1:#0b62b0;--c2:#c85200;--c3:#007d63;--c4:#b03f87;--c5:#8f6b00;--c6:#2c8fc9;--c7:#5a5d60;--c8:#7440a8;
        --mark:#d3e6f8;--mark-edge:#0b62b0;--warn:#a13400;--good:#00694f}
        @media (prefers-color-scheme:dark){:root{--ground:#141618;--card:#1d2023;--text:#e7e7e4;--soft:#a2a7ab;--rule:#33373b;--grid:#2a2e31;
        --c1:#6cb4f0;--c2:#ff9654;--c3:#3fc9a3;--c4:#e78fc4;--c5:#dfba4c;--c6:#a9ddff;--c7:#b6b9bc;--c8:#c4a0ea;
        --mark:#1f4668;--mark-edge:#6cb4f0;--warn:#ff9654;--good:#3fc9a3}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
        main{max-width:1280px;margin:0 auto;padding:clamp(16px,3vw,40px)}
        h1{font-size:clamp(1.5rem,5vw,2.1rem);line-height:1.2;margin:0 0 .3em;overflow-wrap:anywhere}
        h2{font-size:1.25rem;margin:2.2em 0 .7em}
        h3{font-size:1rem;margin:0;font-weight:600}
        section h3+.rollouts{margin-top:.5em}
        section>h3,details>h3{margin-top:1.2em}
        h4{font-size:.75rem;font-weight:600;color:var(--soft);margin:.8em 0 .2em}
        p{margin:.3em 0}
        .fine,footer{color:var(--soft);font-size:.875rem}
        .warning{color:var(--warn)}
        .state{font-weight:600;color:var(--c2)}
        .state.done{color:var(--good)}
        footer{margin-top:3em;border-top:1px solid var(--rule);padding-top:1em}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));background:var(--card);border:1px solid var(--rule);border-radius:10px;overflow:hidden;margin:1.4em 0 0}
        .tiles div{padding:12px 16px;outline:1px solid var(--rule);outline-offset:-.5px}
        .tiles dt{font-size:.8125rem;color:var(--soft)}
        .tiles dd{margin:0;font-size:1.5rem;font-weight:600;line-height:1.3}
        .tiles dd.fine{font-size:.8125rem;font-weight:400;min-height:1.3em}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px}
        .chart{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 12px 8px;position:relative;display:flex;flex-direction:column;justify-content:space-between}
        figcaption{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .6em;margin:0 4px 4px}
        figcaption h3{overflow-wrap:anywhere}
        .now{font-weight:600;color:var(--c1)}
        .unit{font-size:.8125rem;color:var(--soft)}
        .legend{list-style:none;margin:.1em 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.1em 1em;font-size:.8125rem;color:var(--soft);width:100%}
        .legend b{color:var(--text);font-weight:600}
        .legend.runs{font-size:1rem;color:var(--text);margin-top:1em}
        .key{width:22px;height:8px;margin-right:.35em;vertical-align:middle}
        .plot{display:block;width:100%;height:auto;touch-action:pan-y}
        .plot text{font-size:11.5px;fill:var(--soft)}
        .grid line{stroke:var(--grid);stroke-width:1}
        .grid .floor{stroke:var(--soft);stroke-width:1}
        .phases text{font-weight:600;font-size:10.5px;letter-spacing:.04em}
        .phase{stroke:var(--soft);stroke-width:1;opacity:.7}
        line.resume,line.reload{stroke-width:1;stroke-dasharray:3 3;stroke:var(--soft)}
        .sign{fill:var(--card);stroke-width:1.6}
        .sign.resume{stroke:var(--c7)}
        .sign.reload{stroke:var(--c4);fill:var(--c4)}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .raw{fill:none;stroke-width:1;opacity:.38;stroke-linejoin:round}
        .band{stroke:none;opacity:.14}
        .bar{stroke-width:1.4;opacity:.6}
        .c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}.c7{stroke:var(--c7)}.c8{stroke:var(--c8)}
        .band.c1,.fill.c1,.dot.c1{fill:var(--c1)}.band.c2,.fill.c2,.dot.c2{fill:var(--c2)}.band.c3,.fill.c3,.dot.c3{fill:var(--c3)}.band.c4,.fill.c4,.dot.c4{fill:var(--c4)}
        .band.c5,.fill.c5,.dot.c5{fill:var(--c5)}.band.c6,.fill.c6,.dot.c6{fill:var(--c6)}.band.c7,.fill.c7,.dot.c7{fill:var(--c7)}.band.c8,.fill.c8,.dot.c8{fill:var(--c8)}
        .band,.fill,.dot{stroke:none}
        .d2{stroke-dasharray:7 3}.d3{stroke-dasharray:2 3}.d4{stroke-dasharray:9 3 2 3}.d5{stroke-dasharray:12 4}.d6{stroke-dasharray:5 2 1 2}.d7{stroke-dasharray:1 4}.d8{stroke-dasharray:14 3 4 3}
        .tip{position:absolute;pointer-events:none;background:var(--text);color:var(--ground);font-size:.8125rem;line-height:1.35;padding:5px 9px;border-radius:6px;white-space:nowrap;z-index:1}
        .tip div{display:flex;gap:1em;justify-content:space-between}
        .rule{stroke:var(--soft);stroke-width:1}
        details{margin-top:.8em}
        summary{cursor:pointer;color:var(--soft)}
        details>.charts{margin-top:1em}
        .events{list-style:none;padding:0;margin:0}
        .events li{padding:.35em 0 .35em 1.6em;border-bottom:1px solid var(--rule);overflow-wrap:anywhere;position:relative}
        .what{position:absolute;left:.2em;color:var(--soft)}
        .what.reload{color:var(--c4)}
        .rollouts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:16px;margin-top:.5em}
        .rollout{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 16px;min-width:0}
        .rollout header{display:flex;flex-wrap:wrap;gap:0 .8em;align-items:baseline}
        .reward{font-size:1.25rem}
        .id{margin-left:auto;font-size:.8125rem;color:var(--soft);overflow-wrap:anywhere}
        .text{font:13.5px/1.55 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        .configuration .text{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 16px;margin-top:.6em}
        mark{background:var(--mark);color:inherit;border-bottom:1.5px solid var(--mark-edge);border-radius:2px}
        table{border-collapse:collapse;font-size:.9375rem}
        th,td{padding:.3em .9em .3em 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
        th{font-weight:400;color:var(--soft)}
        thead th{color:var(--text);font-weight:600;white-space:nowrap}
        .wide{overflow-x:auto}
        .compared td{overflow-wrap:anywhere;min-width:7em}
        .compared tbody th{white-space:nowrap}
        .facts{display:flex;flex-wrap:wrap;gap:1em 4em}
        .facts td{text-align:right}
        .histogram caption{text-align:left;color:var(--soft);padding-bottom:.3em}
        .histogram td:nth-child(2){width:min(40vw,220px);border-left:1px solid var(--rule);padding:.3em .6em .3em 0}
        .length{display:block;height:12px;margin-top:.35em;background:var(--c1);border-radius:0 3px 3px 0;min-width:1px}
        .stale{position:sticky;bottom:0;background:var(--warn);color:var(--ground);padding:8px 16px;border-radius:8px}
        @media (max-width:520px){.tiles{grid-template-columns:repeat(2,1fr)}.tiles dd{font-size:1.25rem}.id{margin-left:0;width:100%}}
        @media print{:root{--ground:#fff;--card:#fff;--text:#000;--soft:#444;--rule:#ccc;--grid:#e8e8e8;--c1:#0b62b0;--c2:#c85200;--c3:#007d63;--c4:#b03f87;--c5:#8f6b00;--c6:#2c8fc9;--c7:#5a5d60;--c8:#7440a8;--mark:#fff;--mark-edge:#000}
        body{font-size:11px}main{padding:0;max-width:none}.charts{grid-template-columns:repeat(2,1fr);gap:10px}.chart,.rollout,tr{break-inside:avoid}h2,h3{break-after:avoid}.tip,.stale{display:none}}
        """
}
