// Live parts of the console. Everything works without this; it only saves reloading.
(() => {
  "use strict";
  const live = document.querySelector("[data-live]");
  const left = (ms) => {
    const past = ms < 0;
    const s = Math.floor(Math.abs(ms) / 1000);
    const pad = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600);
    return (past ? "+" : "") + (h ? h + ":" : "") + pad(Math.floor(s / 60) % 60) + ":" + pad(s % 60);
  };
  // The server's clock counts: the difference to ours is taken when a part arrives.
  let skew = 0;
  const tune = () => {
    const one = document.querySelector("[data-now]");
    if (one) skew = Number(one.dataset.now) - Date.now();
  };
  const tick = () => {
    for (const one of document.querySelectorAll("[data-until]")) {
      one.textContent = left(Number(one.dataset.until) - (Date.now() + skew));
    }
  };
  document.querySelector(".c-nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  tune();
  setInterval(tick, 500);
  if (!live) return;
  // What can be done follows the order's state, unless somebody is filling a form in.
  const state = () => document.querySelector("[data-state]")?.dataset.state;
  const follow = async () => {
    const typed = () => [...document.querySelectorAll("#c-acts input")].some((one) => one.value !== one.defaultValue);
    const acts = document.getElementById("c-acts");
    if (!acts || typed()) return;
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || typed()) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("c-acts");
    if (fresh) acts.replaceWith(fresh);
  };
  const source = new EventSource(live.dataset.live);
  source.addEventListener("part", (event) => {
    const cut = event.data.indexOf("\n");
    const place = document.getElementById(event.data.slice(0, cut));
    if (!place) return;
    const open = document.activeElement && place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const before = state();
    place.innerHTML = event.data.slice(cut + 1);
    if (state() !== before) follow().catch(() => {});
    if (open) place.querySelector('[href="' + CSS.escape(open) + '"]')?.focus({ preventScroll: true });
    tune();
    tick();
  });
  addEventListener("pagehide", () => source.close());
})();
