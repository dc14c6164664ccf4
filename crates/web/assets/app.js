// Everything works without this file. With it: countdowns tick, orders show changes as they happen, a form that was
// sent cannot be sent twice, and a number in the cart takes effect when it is changed.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ── Countdowns: the server says how much is left; the machine's clock only measures what passed since. ──
  const loaded = performance.now();
  const two = (n) => String(n).padStart(2, "0");
  const spell = (s) => {
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
  };
  const pour = (glass, share) => {
    const [upper, lower] = all(".sand", glass);
    if (!upper || !lower) return;
    const high = 22 * share, low = 22 * (1 - share);
    upper.setAttribute("y", 30 - high); upper.setAttribute("height", high);
    lower.setAttribute("y", 54 - low); lower.setAttribute("height", low);
  };
  const tick = () => {
    for (const one of all("[data-left-ms]")) {
      const since = performance.now() - Number(one.dataset.since ?? loaded);
      const left = Math.max(0, Number(one.dataset.leftMs) - since);
      const text = one.querySelector("[data-left]");
      if (text) text.textContent = spell(Math.ceil(left / 1000));
      const glass = one.querySelector(".glass");
      if (glass && one.dataset.spanMs) pour(glass, left / Number(one.dataset.spanMs));
      if (left === 0 && !one.dataset.over) { one.dataset.over = "1"; freshen(); }
    }
  };
  if (document.querySelector("[data-left-ms]")) { tick(); setInterval(tick, 1000); }

  // ── Live parts: what the server renders anew takes the place of what is there. ──
  let busy = false;
  const freshen = async () => {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.assign(answer.url); return; }
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of all("[data-live]")) {
        const fresh = part.id && next.getElementById(part.id);
        if (!fresh || fresh.isEqualNode(part)) continue;
        // Nobody's half-typed password is taken away while the form still makes sense.
        const typing = part.contains(document.activeElement) && document.activeElement.matches("input");
        if (typing && fresh.querySelector("input[type=password]")) continue;
        for (const one of all("[data-left-ms]", fresh)) one.dataset.since = performance.now();
        if (fresh.matches("[data-left-ms]")) fresh.dataset.since = performance.now();
        part.replaceWith(fresh);
      }
      if (document.title !== next.title) document.title = next.title;
    } catch { /* the next event, or the next look, brings it */ } finally { busy = false; }
  };
  const poll = () => {
    const one = document.querySelector("[data-poll-ms]");
    if (!one) return;
    setTimeout(async () => { if (!document.hidden) await freshen(); poll(); }, Number(one.dataset.pollMs));
  };
  poll();

  // ── One stream for all orders in view, and none while nobody looks: browsers keep few connections to a host. ──
  let stream = null;
  const follow = () => {
    const place = document.querySelector("[data-follow]");
    if (!place || document.hidden || !window.EventSource) { stream?.close(); stream = null; return; }
    if (stream) return;
    stream = new EventSource(place.dataset.follow);
    stream.addEventListener("order", (event) => {
      const told = JSON.parse(event.data);
      const shown = all("[data-order]").filter((one) => one.dataset.order === told.id);
      if (shown.some((one) => one.dataset.version !== told.version)) freshen();
    });
  };
  document.addEventListener("visibilitychange", follow);
  follow();

  // ── Forms ──
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const button of all("button", form)) button.dataset.busy = "";
  });
  // Whoever comes back finds the form usable again.
  addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all("button[data-busy]")) delete button.dataset.busy;
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]") ?? (event.target.form?.matches("[data-auto]") ? event.target.form : null);
    if (form) form.requestSubmit();
  });
  for (const spare of all("[data-no-js]")) spare.hidden = true;
})();
