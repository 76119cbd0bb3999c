// What every widget does with a page: make elements, and find the html that Python wrote.

/** An element with properties, or with attributes where the name has a dash; `children` are nodes or text. */
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "role" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** The root of a widget: the stored html itself on a page of the book, or Python's html put into a live cell. */
export function rootOf({ model, el }) {
  if (el.matches(".rowlight")) return el;
  el.innerHTML = model.get("_html"); // Python escaped every text in it
  return el.querySelector(".rowlight");
}
