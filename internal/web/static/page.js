// The little script of the pages. It does nothing that a form on the page cannot: it keeps
// the live part of a page current, sends decisions about rows without a reload, and gives
// the list of rows its keys.
"use strict";
(() => {
  document.documentElement.classList.add("script");

  // Text becomes HTML here and nowhere else; what comes in is a page of our own.
  const policy = window.trustedTypes
    ? window.trustedTypes.createPolicy("planwright", { createHTML: (text) => text })
    : { createHTML: (text) => text };
  const read = (text) => new DOMParser().parseFromString(policy.createHTML(text), "text/html");

  // A page that the browser kept is as old as when it was left, and may be somebody else's.
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

  const said = document.getElementById("said");
  const say = (text) => { if (said && text) said.textContent = text; };

  // Puts one element of another page in the place of the one here.
  const swap = (other, selector) => {
    const now = document.querySelector(selector), next = other.querySelector(selector);
    if (!now || !next) return false;
    now.replaceWith(document.importNode(next, true));
    return true;
  };

  // A part somebody is at work in is left alone: a field with the focus, an open box, words
  // that were typed.
  const busy = (part) => {
    const at = document.activeElement;
    if (part.contains(at) && at !== part && at.matches("input, textarea, select, button, a, summary, [tabindex]")) return true;
    if (part.querySelector("details[open]")) return true;
    return [...part.querySelectorAll("textarea, input[type=text]")].some((f) => f.value !== f.defaultValue);
  };

  // Live parts: the stream says that something changed, and the page asks for itself.
  const refresh = document.getElementById("refresh");
  let due = 0, asking = false, again = false;
  const renew = async () => {
    due = 0;
    const part = document.querySelector("[data-live]");
    if (!part || !refresh) return;
    if (asking) { again = true; return; }
    if (busy(part)) { mark(); return; }
    asking = true;
    try {
      const res = await fetch(refresh.href, { headers: { Accept: "text/html", "Planwright-Live": "yes" }, redirect: "error", cache: "no-store" });
      if (!res.ok) { mark(); return; }
      const other = read(await res.text());
      const next = other.querySelector("[data-live]");
      if (!next || next.isEqualNode(part)) return;
      if (busy(part)) { mark(); return; }
      const news = next.dataset.live !== part.dataset.live;
      if (swap(other, "[data-live]") && news) say(next.dataset.live);
    } catch {
      mark();
    } finally {
      asking = false;
      if (again) { again = false; later(); }
    }
  };
  const mark = () => { if (refresh) refresh.textContent = "Something changed: refresh"; };
  const later = () => { if (!due) due = setTimeout(renew, 1000); }; // at most once a second
  if (document.body.dataset.seq !== undefined && document.querySelector("[data-live]")) {
    // A browser opens few connections to one host: a page nobody sees gives its own back,
    // and says on its return what it saw last.
    let stream = null, seen = document.body.dataset.seq;
    const listen = () => {
      if (stream || document.hidden) return;
      stream = new EventSource("/events?after=" + encodeURIComponent(seen));
      stream.addEventListener("changed", (e) => { seen = e.lastEventId; later(); });
    };
    const leave = () => { stream?.close(); stream = null; };
    document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
    addEventListener("pagehide", leave);
    listen();
  }

  // Rows: a form with data-swap is sent here and the answer takes the page's place. Whoever
  // works by keyboard stays where they are: the next row has the place of the one decided.
  const list = () => document.getElementById("matches");
  const rows = () => [...(list()?.querySelectorAll(".match") ?? [])];
  const rowAt = () => document.activeElement?.closest?.(".match");
  const focusRow = (i) => {
    const all = rows();
    if (!all.length) { (list() ?? document.getElementById("main")).focus(); return; }
    const row = all[Math.max(0, Math.min(i, all.length - 1))];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  let sending = false;
  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.swap) return;
    e.preventDefault();
    if (sending) return; // one decision at a time, in the order they were made
    sending = true;
    const at = rows().indexOf(rowAt() ?? document.getElementById(form.id.replace("f", "r")));
    const keys = document.getElementById("keys")?.checked;
    try {
      const res = await fetch(form.action, {
        method: "POST", headers: { Accept: "text/html" }, cache: "no-store",
        body: new URLSearchParams(new FormData(form, e.submitter)),
      });
      const other = read(await res.text());
      if (res.redirected) history.replaceState(null, "", res.url);
      document.title = other.title;
      swap(other, "#main");
      swap(other, ".foot");
      const box = document.getElementById("keys");
      if (box && keys !== undefined) box.checked = keys;
      const told = document.querySelector("#main [role=alert], #main > .note[role=status] span");
      say(told ? told.textContent.trim() : "");
      const wrong = document.querySelector(".match [role=alert]")?.closest(".match");
      focusRow(wrong ? rows().indexOf(wrong) : Math.max(at, 0));
    } catch {
      say("It could not be sent. Nothing was done.");
      HTMLFormElement.prototype.submit.call(form); // shows the browser's own page of the failure
    } finally {
      sending = false;
    }
  });

  // Keys, only while a row has the focus and the switch below the list is on.
  const press = (row, name) => row.querySelector(`button[data-do="${name}"]`)?.click();
  const deeds = {
    j: (row, i) => focusRow(i + 1),
    k: (row, i) => focusRow(i - 1),
    a: (row) => press(row, "accept"),
    x: (row) => press(row, "reject"),
    u: (row) => (row.querySelector('button[data-do="undo"]') ?? document.querySelector("button[data-undo]"))?.click(),
    "/": (row) => row.querySelector("input[name=code]")?.focus(),
    "?": () => document.getElementById("help")?.showModal(),
  };
  document.addEventListener("keydown", (e) => {
    const row = rowAt();
    if (!row || e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input[type=text], input[type=search], textarea, select");
    if (typing) {
      if (e.key === "Escape") { e.preventDefault(); row.focus(); }
      return;
    }
    if (!document.getElementById("keys")?.checked) return;
    const deed = deeds[e.key];
    if (deed) {
      e.preventDefault();
      deed(row, rows().indexOf(row));
    } else if (e.key >= "1" && e.key <= "5") {
      const choice = row.querySelectorAll("input[type=radio]")[Number(e.key) - 1];
      if (choice) { e.preventDefault(); choice.checked = true; }
    }
  });
})();
