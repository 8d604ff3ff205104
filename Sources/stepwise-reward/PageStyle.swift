/// The page's looks: one column on a phone, two texts side by side where there is room, light and dark as the system has it.
enum PageStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --paper: #fbfaf8; --card: #ffffff; --ink: #1d2126; --soft: #5c646e; --line: #d9d6d0; --accent: #1f5fbf; --on-accent: #ffffff;
          --match-a: #cdebd3; --match-b: #cfe3f7; --edge-a: #2f7d45; --edge-b: #2c68a6;
          --action: #a3261f; --expert: #8a5a00; --alarm: #fbe4e1; --chosen: #ffe08a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171a; --card: #1c2024; --ink: #e7e4de; --soft: #a0a7af; --line: #363c43; --accent: #7fb0f5; --on-accent: #0e1620;
            --match-a: #1e4429; --match-b: #1d3c5c; --edge-a: #6fc487; --edge-b: #7fb6ea;
            --action: #ff9a91; --expert: #f0c267; --alarm: #4a2220; --chosen: #6b5514;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        header, main { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
        header { padding-top: 1.5rem; }
        h1 { font-size: 1.25rem; margin: 0; letter-spacing: -0.01em; }
        h2 { font-size: 0.875rem; margin: 0 0 0.375rem; color: var(--soft); font-weight: 600; }
        header p { margin: 0.125rem 0 1.25rem; color: var(--soft); }
        main { padding-bottom: 3rem; }
        label { display: block; font-size: 0.875rem; font-weight: 600; margin-bottom: 0.25rem; }
        textarea, select, input[type=password] {
          width: 100%; background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: 6px;
          padding: 0.5rem 0.625rem; font: inherit;
        }
        textarea, .text, code, td, .formula { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        textarea { font-size: 0.9375rem; resize: vertical; min-height: 4.5rem; }
        select { min-height: 2.75rem; }
        :is(textarea, select, input, button, summary, .match):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .pair { display: grid; gap: 1rem; grid-template-columns: 1fr; }
        .comparison .pair > div { display: flex; flex-direction: column; min-width: 0; }
        .comparison .text { flex: 1; }
        .controls { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; margin-top: 1rem; }
        .controls .field { flex: 1 1 9rem; max-width: 18rem; }
        .check { display: flex; align-items: center; gap: 0.5rem; font-weight: 400; min-height: 2.75rem; margin: 0; }
        .check input { width: 1.125rem; height: 1.125rem; accent-color: var(--accent); flex: none; }
        button {
          min-height: 2.75rem; padding: 0 1.5rem; border: 0; border-radius: 6px; background: var(--accent); color: var(--on-accent);
          font: inherit; font-weight: 600; cursor: pointer; margin-left: auto;
        }
        button:disabled { opacity: 0.6; cursor: default; }
        details { margin-top: 0.5rem; }
        summary { cursor: pointer; padding: 0.5rem 0; font-size: 0.875rem; font-weight: 600; width: max-content; }
        details p { margin: 0.25rem 0 0.75rem; font-size: 0.875rem; color: var(--soft); max-width: 60rem; }
        #token-field { margin-top: 0.75rem; max-width: 30rem; }
        #problem { background: var(--alarm); border-left: 4px solid var(--action); padding: 0.625rem 0.875rem; border-radius: 4px; overflow-wrap: anywhere; }
        #result { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: 1.25rem; }
        .score { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: center; }
        #reward { font-size: 2.5rem; line-height: 1.1; font-weight: 700; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        #reward-label { color: var(--soft); margin-left: 0.5rem; }
        dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; margin: 0; font-size: 0.9375rem; min-width: 0; }
        dt { color: var(--soft); }
        dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .formula { margin: 1.25rem 0 0.75rem; font-size: 0.875rem; color: var(--soft); overflow-wrap: anywhere; }
        .text {
          background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 0.875rem; font-size: 0.9375rem; line-height: 1.75;
          white-space: pre-wrap; overflow-wrap: anywhere; max-height: 32rem; overflow-y: auto; min-height: 3.25rem; margin: 0; tab-size: 4;
        }
        .match { border-radius: 3px; box-decoration-break: clone; -webkit-box-decoration-break: clone; padding: 0.0625rem 0; border-bottom: 2px solid var(--edge-a); background: var(--match-a); }
        .match.odd { background: var(--match-b); border-bottom-color: var(--edge-b); }
        .match.chosen { background: var(--chosen); }
        .match:empty::before { content: "\\2205"; color: var(--soft); }
        .difference { color: var(--action); text-decoration: underline wavy 1px; text-underline-offset: 0.25em; }
        .expert .difference { color: var(--expert); text-decoration: underline dotted; text-underline-offset: 0.25em; }
        .sign { opacity: 0.7; user-select: none; }
        .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.625rem 0 0; font-size: 0.8125rem; color: var(--soft); }
        .legend .match { padding: 0 0.25rem; color: var(--ink); }
        .legend .action .difference { color: var(--action); }
        .legend .expert .difference { color: var(--expert); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 0.875rem; margin-top: 0.25rem; }
        caption { text-align: left; }
        th { text-align: left; color: var(--soft); font-weight: 600; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
        td { padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
        td.number, th.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
        .fine { font-size: 0.8125rem; color: var(--soft); margin-top: 1.25rem; overflow-wrap: anywhere; }
        @media (min-width: 46rem) { .pair { grid-template-columns: 1fr 1fr; } }
        @media (max-width: 30rem) { .controls .field { max-width: none; } button { width: 100%; } .check { width: 100%; } }
        """
}
