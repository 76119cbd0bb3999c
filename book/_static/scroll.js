// What can be scrolled sideways can be reached with the keyboard, in browsers that do not see to it themselves.
const scrollers = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.querySelectorAll("pre, .table-wrapper, .rl-report, .rl-steps").forEach((region) => scrollers.observe(region));
