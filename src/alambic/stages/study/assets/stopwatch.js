// Seconds that count while a page, or an element of it, is in sight.
"use strict";
const Stopwatch = (() => {
  const isVisible = () => document.visibilityState === "visible";

  // Counts from `seconds` on while `running` says so; `change` has it look again.
  function counter(seconds, running) {
    let total = seconds, since = running() ? performance.now() : null;
    const read = () => total + (since === null ? 0 : (performance.now() - since) / 1000);
    function change() {
      total = read();
      since = running() ? performance.now() : null;
    }
    return { read, change };
  }

  // Calls `tick(seconds, secondsOfElement)` four times a second, and when the page goes out of sight; `stop` ends it.
  function start({ seconds = 0, element = null, elementSeconds = 0, tick }) {
    let inView = false;
    const page = counter(seconds, isVisible);
    const watched = counter(elementSeconds, () => isVisible() && inView);
    const observer = element && new IntersectionObserver((entries) => {
      inView = entries.at(-1).isIntersecting;
      watched.change();
    });
    if (observer) observer.observe(element);
    const report = () => tick(page.read(), watched.read());
    function change() {
      page.change();
      watched.change();
      report();
    }
    const timer = setInterval(report, 250);
    document.addEventListener("visibilitychange", change);
    addEventListener("pagehide", report);
    function stop() {
      clearInterval(timer);
      observer?.disconnect();
      document.removeEventListener("visibilitychange", change);
      removeEventListener("pagehide", report);
      return { seconds: page.read(), elementSeconds: watched.read() };
    }
    return { stop };
  }
  return { start };
})();
