// Keeps a page live: the server renders, this only asks for the page again when something happened, and swaps the parts
// marked data-live. Without JavaScript everything still works; one reloads by hand.

const PAUSE_MS = 700; // one refresh for a burst of events
const state = document.querySelector("#live-state");
let timer = null;
let busy = false;
let again = false;

const localTime = new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    element.title = element.getAttribute("datetime");
    element.textContent = localTime.format(new Date(element.getAttribute("datetime")));
  }
}

function mayReplace(part) {
  const active = document.activeElement;
  return !(part.contains(active) && active.matches("input, select, textarea")) && !part.querySelector("form[aria-busy]");
}

function swap(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || !mayReplace(part)) continue;
    showLocalTimes(next);
    if (part.innerHTML === next.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = next.innerHTML;
    if (focused) document.getElementById(focused)?.focus();
  }
}

async function refresh() {
  timer = null;
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.status === 401) location.reload();
    else if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    show("off", "Reconnecting");
  } finally {
    busy = false;
    if (again) { again = false; later(); }
  }
}

function later() {
  timer ??= setTimeout(refresh, PAUSE_MS);
}

function show(tone, text) {
  if (!state) return;
  state.className = `badge ${tone}`;
  state.textContent = text;
}

function listen(url) {
  const source = new EventSource(url);
  let lost = false;
  source.onopen = () => { show("live", "Live"); if (lost) later(); lost = false; };
  source.onerror = () => { lost = true; show("off", "Reconnecting"); };
  for (const topic of ["chargers", "sessions", "alerts", "reset"]) source.addEventListener(topic, later);
}

function poll() { // where no stream tells that something happened, as long as the page says that something will
  const every = document.querySelector("[data-poll]")?.dataset.poll;
  if (every) setTimeout(() => refresh().then(poll), Number(every));
}

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) { event.preventDefault(); return; }
  event.target.setAttribute("aria-busy", "true"); // a charger may take a while to answer; do not send it twice
  setTimeout(() => event.submitter?.setAttribute("disabled", ""));
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

showLocalTimes(document);
if (document.body.dataset.events) listen(document.body.dataset.events);
poll();
