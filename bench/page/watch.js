// Runs in the page before its own scripts do, and notes what a person would feel of it: see bench/page/tab.ts, which asks.

(() => {
  const seen = { shift: 0, deltas: [], longTasks: [], rows: 0, elements: 0, keys: [], interactions: [] };
  let isCounting = false;
  let lastFrame = 0;
  /** When the key was struck whose character is on its way into the field. */
  let struckAt;

  observe("layout-shift", ({ value }) => {
    seen.shift += value;
  });
  observe("longtask", ({ duration }) => seen.longTasks.push(duration));
  // Without the quick ones: 16 ms is the least that it tells of, and it rounds to 8.
  observe("event", ({ name, duration, interactionId }) => {
    if (interactionId > 0) seen.interactions.push({ name, duration, interactionId });
  });

  function observe(type, take) {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
    observer.observe({ type, buffered: true, durationThreshold: 16 });
  }

  // Looked at after each change, not at each frame: what comes and goes within a frame counts.
  new MutationObserver(count).observe(document, { childList: true, subtree: true });

  function count() {
    const timeline = document.querySelector(".timeline");
    if (timeline === null) return;
    seen.rows = Math.max(seen.rows, timeline.getElementsByClassName("row").length);
    seen.elements = Math.max(seen.elements, timeline.getElementsByTagName("*").length);
  }

  function onFrame(now) {
    if (lastFrame > 0) seen.deltas.push(now - lastFrame);
    lastFrame = now;
    if (isCounting) requestAnimationFrame(onFrame);
  }

  /** Calls back when what is drawn next is drawn. */
  function afterPaint(done) {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      port2.postMessage(undefined);
    });
  }

  addEventListener("keydown", (event) => noteKey(event, event.key === "Enter"), { capture: true });
  addEventListener("input", (event) => noteKey(event, true), { capture: true });

  /** From the stroke, as the browser got it, to the paint that shows what it did. */
  function noteKey({ type, timeStamp }, isWhole) {
    if (type === "keydown") struckAt = timeStamp;
    if (!isWhole || struckAt === undefined) return;
    const from = struckAt;
    struckAt = undefined;
    afterPaint((at) => seen.keys.push(at - from));
  }

  globalThis.natterBench = {
    /** Begins to note, with nothing noted yet. */
    begin() {
      Object.assign(seen, { deltas: [], longTasks: [], rows: 0, elements: 0, keys: [], interactions: [] });
      [isCounting, lastFrame] = [true, 0];
      count();
      requestAnimationFrame(onFrame);
    },
    end() {
      isCounting = false;
      return seen;
    },
    shift: () => seen.shift,
    /** When an element has the focus, and this text stands in the timeline: in ms since the navigation began. */
    async usable(focused, text) {
      const isThere = () =>
        document.activeElement?.matches(focused) &&
        (text === undefined || document.querySelector(".timeline")?.textContent.includes(text));
      while (!isThere()) await new Promise(requestAnimationFrame);
      return await new Promise(afterPaint);
    },
  };
})();
