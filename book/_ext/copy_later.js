// Copy buttons stand beside code, and no first screen shows any: they come with the reader's first move.
{
  const file = new URL("copy.js?v=DIGEST", document.currentScript.src);
  const moves = ["scroll", "pointermove", "pointerdown", "keydown"];
  const load = () => {
    for (const move of moves) removeEventListener(move, load);
    const script = document.createElement("script");
    script.src = file;
    document.head.append(script);
  };
  for (const move of moves) addEventListener(move, load, { passive: true });
}
