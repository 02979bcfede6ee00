"""Diagrams of relations: as boxes and lines for SVG, and as text for Mermaid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dbtools.docs.facts import ForeignKey
from dbtools.docs.layout import Place, lay_out

_HEADER, _ROW, _MARGIN = 28, 19, 12
# Of a fixed-width font at 12 px; a label that is longer is cut, and whole in its tooltip.
_LETTER, _LONGEST = 7.3, 34


@dataclass(frozen=True)
class Entity:
    """What becomes a box: `rows` are column names with their mark (PK, FK or nothing)."""

    identity: str
    schema: str
    name: str
    rows: Sequence[tuple[str, str]] = ()
    platform: bool = False


@dataclass(frozen=True)
class Box:
    """An entity in its place; labels are cut to fit."""

    entity: Entity
    number: int
    x: int
    y: int
    width: float
    height: float
    schema_label: str
    label: str
    focus: bool

    @property
    def is_cut(self) -> bool:
        """Whether a label is not the whole name."""
        return self.label != self.entity.name or self.schema_label.rstrip(".") not in {"", self.entity.schema}

    @property
    def rows(self) -> list[tuple[float, str, str, str]]:
        """The baseline of each column's text, its mark, its label, its whole name."""
        first = self.y + _HEADER + 13.5
        return [
            (round(first + _ROW * place, 1), mark, _cut(name), name)
            for place, (name, mark) in enumerate(self.entity.rows)
        ]


@dataclass(frozen=True)
class Line:
    """A foreign key: a curve from the box that refers to the one that is referred to, both by number."""

    path: str
    from_box: int
    to_box: int
    many: bool
    title: str


@dataclass(frozen=True)
class Diagram:
    """A picture of so many units; what it shows is for those who cannot see it."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]
    description: str


def draw(entities: Sequence[Entity], keys: Sequence[ForeignKey], *, several_schemas: bool) -> Diagram:
    """A diagram of some tables and the foreign keys among them, laid out in layers."""
    sizes = {entity.identity: _size(entity, with_schema=several_schemas) for entity in entities}
    places = lay_out(sizes, [(key.from_table, key.to_table) for key in keys])
    return _diagram(entities, keys, sizes, places, several_schemas=several_schemas)


def draw_around(focus: Entity, entities: Sequence[Entity], keys: Sequence[ForeignKey]) -> Diagram:
    """One table between what it refers to, at its left, and what refers to it, at its right."""
    others = {entity.identity: entity for entity in entities if entity.identity != focus.identity}
    left = [name for name in others if any(k.from_table == focus.identity and k.to_table == name for k in keys)]
    right = [name for name in others if name not in left]
    sizes = {e.identity: _size(e, with_schema=True) for e in (focus, *others.values())}
    shown = [key for key in keys if focus.identity in {key.from_table, key.to_table}]
    places: dict[str, Place] = {}
    columns = [*_folded(left, reverse=True), [focus.identity], *_folded(right)]
    heights = [sum(sizes[n][1] for n in column) + 14 * (len(column) - 1) for column in columns]
    x = 0.0
    for column, height in zip(columns, heights, strict=True):
        y = (max(heights) - height) / 2
        for name in column:
            places[name] = (x, round(y, 1))
            y += sizes[name][1] + 14
        # Columns of the same side stand close.
        x += max(sizes[name][0] for name in column) + 80
    return _diagram([focus, *others.values()], shown, sizes, places, several_schemas=True, focus=focus.identity)


def _folded(names: Sequence[str], *, reverse: bool = False, most: int = 14) -> list[list[str]]:
    columns = [list(names[start : start + most]) for start in range(0, len(names), most)]
    return columns[::-1] if reverse else columns


def _size(entity: Entity, *, with_schema: bool) -> tuple[float, float]:
    title = len(_cut(entity.name)) + (len(_cut(entity.schema)) + 1 if with_schema else 0)
    rows = [len(_cut(name)) + 4 for name, _ in entity.rows]
    return (round(max([title, *rows, 8]) * _LETTER + 22), _HEADER + _ROW * len(rows) + (6 if rows else 0))


def _diagram(  # noqa: PLR0913
    entities: Sequence[Entity],
    keys: Sequence[ForeignKey],
    sizes: Mapping[str, tuple[float, float]],
    places: Mapping[str, Place],
    *,
    several_schemas: bool,
    focus: str = "",
) -> Diagram:
    boxes = {}
    for number, entity in enumerate(sorted(entities, key=lambda entity: entity.identity)):
        (x, y), (width, height) = places[entity.identity], sizes[entity.identity]
        boxes[entity.identity] = Box(
            entity=entity,
            number=number,
            x=round(x) + _MARGIN,
            y=round(y) + _MARGIN,
            width=width,
            height=height,
            schema_label=f"{_cut(entity.schema)}." if several_schemas else "",
            label=_cut(entity.name),
            focus=entity.identity == focus,
        )
    lines = [
        _line(boxes[key.from_table], boxes[key.to_table], key)
        for key in keys
        if key.from_table in boxes and key.to_table in boxes
    ]
    right = max((box.x + box.width for box in boxes.values()), default=0)
    bottom = max((box.y + box.height for box in boxes.values()), default=0)
    told = f"{len(boxes)} tables and {len(lines)} foreign keys among them; both are listed below as text."
    return Diagram(round(right + 40), round(bottom + _MARGIN), list(boxes.values()), lines, told)


def _line(start: Box, end: Box, key: ForeignKey) -> Line:
    y1, y2 = _height_of(start, key.from_columns[0]), _height_of(end, key.to_columns[0])
    if start.x > end.x + end.width:
        x1, x2 = float(start.x), end.x + end.width
        bend = max(30.0, min(120.0, (x1 - x2) / 2))
        path = f"M{x1:g} {y1:g}C{x1 - bend:g} {y1:g} {x2 + bend:g} {y2:g} {x2:g} {y2:g}"
    elif start.x + start.width < end.x:
        x1, x2 = start.x + start.width, end.x
        bend = max(30.0, min(120.0, (x2 - x1) / 2))
        path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    else:
        # In the same column, or to itself: around the right side.
        x1, x2 = start.x + start.width, end.x + end.width
        if start is end and y1 == y2:
            y1, y2 = y1 - 7, y2 + 7
        far = max(x1, x2) + 28
        path = f"M{x1:g} {y1:g}C{far:g} {y1:g} {far:g} {y2:g} {x2:g} {y2:g}"
    columns = f"({', '.join(key.from_columns)}) → {end.entity.name} ({', '.join(key.to_columns)})"
    return Line(path, start.number, end.number, not key.is_unique, f"{start.entity.name} {columns}")


def _height_of(box: Box, column: str) -> float:
    names = [name for name, _ in box.entity.rows]
    if column in names:
        return round(box.y + _HEADER + _ROW * (names.index(column) + 0.5), 1)
    return box.y + _HEADER / 2


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def mermaid(entities: Iterable[Entity], keys: Sequence[ForeignKey], visible: Callable[[str], str]) -> str:
    """The same as text for Mermaid; `visible` makes control characters of a name visible."""

    def label(text: str) -> str:
        # Mermaid writes characters that mean something to it as #name; or #number;.
        plain = visible(text)
        return "".join(c if c.isalnum() or c in " ._-→()," else f"#{ord(c)};" for c in plain)

    names = {entity.identity: f"t{n}" for n, entity in enumerate(sorted(entities, key=lambda e: e.identity), 1)}
    by_name = {entity.identity: entity for entity in entities}
    lines = ["erDiagram"]
    lines += [f'  {names[i]}["{label(f"{by_name[i].schema}.{by_name[i].name}")}"]' for i in sorted(names)]
    for key in keys:
        if key.from_table in names and key.to_table in names:
            many = "||--o|" if key.is_unique else "||--o{"
            lines.append(
                f'  {names[key.to_table]} {many} {names[key.from_table]} : "{label(", ".join(key.from_columns))}"'
            )
    return "\n".join(lines)
