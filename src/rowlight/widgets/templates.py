"""Html from the templates that stand beside the classes they draw. Every value is escaped unless it is markup already.

jinja2 is no dependency of its own: torch requires it.
"""

import json
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rowlight.widgets.bundle import PACKAGE

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(PACKAGE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["json"] = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"))


def render(name: str, **values: Any) -> str:
    """Return the template `name`, a path below the package such as "lenses/row_lens.html", filled with `values`."""
    return _ENVIRONMENT.get_template(name).render(**values)
