// Draws the charts and replaces the sections that changed when reporting applies events.
const OPTIONS = { displayModeBar: false, responsive: true };
const live = document.getElementById("live");
let pending = false;
let running = false;

function draw(root) {
  for (const element of root.querySelectorAll(".chart")) {
    const figure = JSON.parse(element.dataset.figure);
    Plotly.newPlot(element, figure.data, figure.layout, OPTIONS);
  }
}

function replace(section, fresh) {
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...section.querySelectorAll("a, button, [tabindex]")].indexOf(focused) : -1;
  for (const chart of section.querySelectorAll(".chart")) Plotly.purge(chart);
  section.innerHTML = fresh.html;
  section.dataset.hash = fresh.hash;
  draw(section);
  if (place >= 0) section.querySelectorAll("a, button, [tabindex]")[place]?.focus({ preventScroll: true });
}

async function refresh() {
  if (running) {
    pending = true;
    return;
  }
  running = true;
  try {
    const response = await fetch("/dashboard/sections");
    if (response.status === 401) {
      location.replace("/sign-in");
      return;
    }
    if (!response.ok) throw new Error(response.statusText);
    for (const fresh of await response.json()) {
      const section = document.getElementById(fresh.id);
      if (section.dataset.hash !== fresh.hash) replace(section, fresh);
    }
    live.textContent = `Updated at ${new Date().toLocaleTimeString()}.`;
  } catch {
    delete live.dataset.events; // what came is still to be shown
    live.textContent = "Reporting is unreachable; retrying.";
  } finally {
    running = false;
    if (pending) {
      pending = false;
      setTimeout(refresh, 500);
    }
  }
}

draw(document);
const changes = new EventSource("/dashboard/changes");
changes.addEventListener("changed", (told) => {
  const { events } = JSON.parse(told.data);
  if (String(events) === live.dataset.events) return;
  live.dataset.events = events;
  refresh();
});
changes.addEventListener("error", () => {
  live.textContent = "Connection lost; reconnecting.";
});
