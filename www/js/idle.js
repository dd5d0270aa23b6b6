// @ts-check

const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/**
 * Calls `onidle` when nobody has touched the page for so many seconds; also one that slept meanwhile, before it shows anything to
 * whoever wakes it.
 * @param {() => number | null} after read anew each time; null for never
 * @param {() => void} onidle
 */
export function watchIdle(after, onidle) {
  let touched = Date.now();
  const judge = () => {
    const secs = after();
    if (secs !== null && Date.now() - touched >= secs * 1000) onidle();
  };
  const touch = () => {
    judge();
    touched = Date.now();
  };
  for (const type of TOUCHES) addEventListener(type, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", judge);
  setInterval(judge, 1000);
}
