/// The page's elements. The script fills in what depends on the server and on what is pasted.
enum PageBody {
    static let text = #"""
        <header>
          <h1>stepwise-reward</h1>
          <p>Why is a score what it is? Paste what the model did and what the expert did.</p>
        </header>
        <main>
          <form id="form">
            <div class="pair">
              <div class="field">
                <label for="action">Action</label>
                <textarea id="action" rows="4" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea>
              </div>
              <div class="field">
                <label for="expert">Expert step</label>
                <textarea id="expert" rows="4" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea>
              </div>
            </div>
            <div class="controls">
              <div class="field">
                <label for="function">Reward function</label>
                <select id="function"><option>srl.similarity</option></select>
              </div>
              <div class="field" id="granularity-field">
                <label for="granularity">Compared by</label>
                <select id="granularity">
                  <option value="scalar">characters</option>
                  <option value="word">words</option>
                  <option value="line">lines</option>
                </select>
              </div>
              <label class="check"><input type="checkbox" id="completion"> <span>The action starts with <code>&lt;think&gt;</code></span></label>
              <button type="submit" id="compare">Compare</button>
            </div>
            <details id="more">
              <summary>Parameters</summary>
              <p id="summary"></p>
              <label for="parameters">As JSON; what is left out takes its default</label>
              <textarea id="parameters" rows="3" spellcheck="false" autocapitalize="off" autocomplete="off">{}</textarea>
              <p id="known"></p>
            </details>
            <div class="field" id="token-field" hidden>
              <label for="token">This service wants a token</label>
              <input id="token" type="password" autocomplete="off">
            </div>
          </form>
          <p id="problem" role="alert" hidden></p>
          <section id="result" aria-live="polite" hidden>
            <div class="score">
              <div><span id="reward"></span><span id="reward-label">reward</span></div>
              <dl id="components"></dl>
            </div>
            <div id="comparisons"></div>
            <p class="fine">Fingerprint <code id="fingerprint"></code></p>
          </section>
          <noscript><p>This page needs JavaScript. <code>stepwise-reward explain</code> shows the same in a terminal.</p></noscript>
        </main>
        """#
}
