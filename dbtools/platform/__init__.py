"""What a project stands on: read from live, told from the project, kept as a file of facts, laid in every shadow.

`facts` is the file, `read` fills it from a live database, `ownership` cuts what is the project's out of it, `ground`
does both, `lay` makes a fresh server what the file says; `reference/` holds the platform of a hosted Supabase project
in the same form.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

HERE = Path(str(files(__name__)))
