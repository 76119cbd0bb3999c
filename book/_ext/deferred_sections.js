// A chapter that is opened at its start shows its first screen at once and lays out the rest section by section, each
// in a frame of its own. Opened further down it is whole: the browser must know how far down that is.
// `content-visibility: auto` needs no script, but what is far has a guessed height then: links into a chapter, its
// contents and a reload ended up to a screen away from where they should.
{
  const [visit] = performance.getEntriesByType("navigation");
  const page = document.documentElement.classList;
  const whole = () => page.remove("folded");

  function unfold() {
    const sections = [...document.querySelectorAll("article section section")];
    const next = () =>
      requestAnimationFrame(() =>
        setTimeout(() => {
          sections.shift().classList.add("open");
          if (sections.length) next();
          else whole();
        }),
      );
    next();
  }

  if (visit?.type === "navigate" && !visit.name.includes("#")) {
    page.add("folded");
    document.addEventListener("readystatechange", unfold, { once: true });
    // A reader who acts before the last frame gets the whole at once.
    for (const act of ["pointerdown", "wheel", "keydown"]) {
      addEventListener(act, whole, { once: true, capture: true, passive: true });
    }
  }
}
