// How a lens prints numbers and colours them. The same as numbers.py; a test holds the two together.

export const LEVELS = 4; // steps of the colour scale on each side of zero

/** A rounded text; where the number lies half way between two texts, the even one, as Python has it. */
function toEven(rounded, exact) {
  const isTie = /^50*$/.test(exact.split(".")[1].slice(4));
  return isTie && Number(rounded.at(-1)) % 2 ? rounded.slice(0, -1) + (rounded.at(-1) - 1) : rounded;
}

/** A number in the style ".4f", ".4e" or "d". */
export function printed(value, style) {
  if (Number.isNaN(value)) return "nan";
  if (style === "d") return String(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}inf`;
  if (style === ".4f") return sign + toEven(size.toFixed(4), size.toFixed(100));
  const [digits, power] = size.toExponential(4).split("e");
  const exact = size.toExponential(100).split("e")[0];
  return `${sign}${toEven(digits, exact)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

/** The step on the colour scale, -4..4: 0 for zero, NaN and infinities; sizes above `most` get the last step. */
export function level(value, most) {
  if (!Number.isFinite(value) || !most) return 0;
  const step = Math.floor(LEVELS * Math.min(Math.abs(value) / most, 1) + 0.5);
  return value < 0 && step ? -step : step;
}
