/// The page's behaviour. Whatever is pasted or answered becomes text nodes only; the policy forbids more.
enum PageScript {
    static let text = #"""
        "use strict";
        const $ = (id) => document.getElementById(id);
        const units = { scalar: "characters", token: "tokens", word: "words", line: "lines" };
        const signs = { " ": "\u00B7", "\t": "\u2192", "\n": "\u21B5", "\r": "\u240D", "\u00A0": "\u237D" };
        let functions = [];
        let latest = 0;
        let hasAnswer = false;

        function make(tag, className, text) {
          const element = document.createElement(tag);
          if (className) element.className = className;
          if (text !== undefined) element.textContent = text;
          return element;
        }

        function headers() {
          const result = { "content-type": "application/json", accept: "application/json" };
          if ($("token").value) result.authorization = "Bearer " + $("token").value;
          return result;
        }

        async function call(path, message) {
          const options = message ? { method: "POST", headers: headers(), body: JSON.stringify(message) } : { headers: headers() };
          let response;
          try {
            response = await fetch(path, options);
          } catch {
            throw new Error("The service does not answer.");
          }
          if (response.status === 401) $("token-field").hidden = false;
          const text = await response.text();
          let document = {};
          try { document = JSON.parse(text); } catch {}
          if (!response.ok) {
            const place = document.pointer ? document.pointer + ": " : "";
            throw new Error((document.title || "The service answered " + response.status) + ". " + place + (document.detail || ""));
          }
          return document;
        }

        function parameters() {
          let given;
          try { given = JSON.parse($("parameters").value || "{}"); } catch (error) {
            throw new Error("The parameters are not JSON: " + error.message);
          }
          if (given === null || typeof given !== "object" || Array.isArray(given)) throw new Error("The parameters must be a JSON object.");
          if (hasGranularity() && !("granularity" in given)) given.granularity = $("granularity").value;
          return given;
        }

        function chosen() { return functions.find((one) => one.name === $("function").value); }
        function hasGranularity() {
          const schema = (chosen() || {}).parameters || {};
          return "granularity" in (schema.properties || {});
        }

        async function list() {
          functions = (await call("/v1/rewards")).functions;
          const select = $("function");
          const before = select.value;
          select.replaceChildren(...functions.map((one) => make("option", "", one.name)));
          if (functions.some((one) => one.name === before)) select.value = before;
          describe();
        }

        function describe() {
          const one = chosen();
          if (!one) return;
          $("summary").textContent = one.summary;
          const properties = (one.parameters || {}).properties || {};
          const known = Object.keys(properties).sort().map((name) => {
            const value = properties[name].default;
            return value === undefined ? name : name + " (" + JSON.stringify(value) + ")";
          });
          $("known").textContent = known.length ? "There are " + known.join(", ") + "." : "It has none.";
          $("granularity-field").hidden = !hasGranularity();
        }

        async function compare() {
          const number = ++latest;
          $("compare").disabled = true;
          try {
            // The list may have wanted a token that has only come now.
            if (!functions.length) await list();
            const message = { function: $("function").value, parameters: parameters(), expert: $("expert").value };
            message[$("completion").checked ? "completion" : "action"] = $("action").value;
            const answer = await call("/v1/explain", message);
            if (number !== latest) return;
            $("problem").hidden = true;
            show(answer);
            hasAnswer = true;
          } catch (error) {
            if (number !== latest) return;
            $("problem").textContent = error.message;
            $("problem").hidden = false;
            $("result").hidden = true;
          } finally {
            if (number === latest) $("compare").disabled = false;
          }
        }

        function show(answer) {
          const score = answer.score;
          const components = $("components");
          components.replaceChildren();
          const row = (name, value) => components.append(make("dt", "", name), make("dd", "", value));
          if (score.status === "error") {
            $("reward").textContent = "none";
            $("reward-label").textContent = "not scored";
            row(score.error.code, score.error.message);
          } else {
            $("reward").textContent = short(score.reward);
            $("reward").title = String(score.reward);
            $("reward-label").textContent = score.status === "formatViolation" ? "reward, a format violation" : "reward";
            if (score.reason) row("reason", score.reason);
            for (const [name, value] of Object.entries(score.components || {}).sort()) row(name, short(value));
            for (const [name, value] of Object.entries(score.details || {}).sort()) {
              row(name, typeof value === "string" ? value : JSON.stringify(value));
            }
          }
          $("comparisons").replaceChildren(...answer.comparisons.map(comparison));
          $("fingerprint").textContent = answer.fingerprint;
          $("result").hidden = false;
        }

        function short(number) { return Number.isInteger(number) ? String(number) : String(Number(number.toFixed(4))); }

        function comparison(one) {
          const section = make("div", "comparison");
          const unit = units[one.unit] || one.unit;
          const sum = one.action.elements + " + " + one.expert.elements;
          const name = one.part ? one.part + ": " : "";
          const junk = one.autojunk ? ", with autojunk" : "";
          section.append(make("p", "formula", name + "2M/T = 2 \u00D7 " + one.matched + " / (" + sum + ") = " + short(one.ratio) + ", in " + unit + junk));
          const pair = make("div", "pair");
          pair.append(panel("Action", "action", one.action, section), panel("Expert step", "expert", one.expert, section));
          section.append(pair, legend());
          if (one.blocks.length) section.append(table(one, unit));
          return section;
        }

        function panel(title, side, text, section) {
          const box = make("div", side);
          const content = make("p", "text");
          for (const segment of text.segments) content.append(piece(segment, section));
          if (!text.segments.length) content.append(make("span", "sign", "empty"));
          box.append(make("h2", "", title), content);
          return box;
        }

        function piece(segment, section) {
          if (segment.kind === "gap") return document.createTextNode(segment.text);
          const isMatch = segment.kind === "match";
          const span = make("span", isMatch ? "match" + (segment.block % 2 ? " odd" : "") : "difference");
          if (isMatch) {
            span.dataset.block = segment.block;
            const mark = (on) => () => {
              for (const other of section.querySelectorAll(".match")) {
                other.classList.toggle("chosen", on && other.dataset.block === span.dataset.block);
              }
            };
            span.addEventListener("pointerenter", mark(true));
            span.addEventListener("pointerleave", mark(false));
          }
          if (isMatch && segment.text.trim()) {
            span.append(segment.text);
            return span;
          }
          // White space that differs, or matches alone, is made visible.
          for (const character of segment.text) {
            const sign = signs[character];
            if (!sign) { span.append(character); continue; }
            span.append(make("span", "sign", sign));
            if (character === "\n") span.append("\n");
          }
          return span;
        }

        function legend() {
          const line = make("p", "legend");
          const add = (side, className, text) => {
            const item = make("span", side);
            item.append(make("span", className, text));
            line.append(item);
          };
          add("", "match", "in both");
          add("", "match odd", "next block");
          add("action", "difference", "only in the action");
          add("expert", "difference", "only in the expert step");
          return line;
        }

        function table(one, unit) {
          const details = make("details");
          const count = one.blocks.length;
          details.append(make("summary", "", count === 1 ? "1 matching block" : count + " matching blocks"));
          const table = make("table");
          const head = make("tr");
          const titles = ["in action", "in expert", unit];
          for (const title of titles) head.append(make("th", "number", title));
          head.append(make("th", "", "text"));
          table.append(head);
          const texts = one.blocks.map(() => "");
          for (const segment of one.action.segments) if (segment.block !== undefined) texts[segment.block] += segment.text;
          one.blocks.forEach((block, index) => {
            const row = make("tr");
            for (const value of [block.action, block.expert, block.count]) row.append(make("td", "number", String(value)));
            row.append(make("td", "", texts[index]));
            table.append(row);
          });
          const scroll = make("div", "scroll");
          scroll.append(table);
          details.append(scroll);
          return details;
        }

        $("form").addEventListener("submit", (event) => { event.preventDefault(); compare(); });
        $("form").addEventListener("keydown", (event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); compare(); }
        });
        let timer;
        $("form").addEventListener("input", (event) => {
          if (event.target.id === "function") describe();
          clearTimeout(timer);
          if (hasAnswer && event.target.id !== "token") timer = setTimeout(compare, 400);
        });
        $("action").value = "5 apples and 3 more make 5 + 3 = 9 apples.";
        $("expert").value = "He has 5 apples and buys 3, so 5 + 3 = 8 apples.";
        list().then(compare).catch((error) => { $("problem").textContent = error.message; $("problem").hidden = false; });
        """#
}
