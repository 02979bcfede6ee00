"""Where the boxes of a diagram stand: in layers from left to right, what is referred to left of what refers to it.

Own code, because none of the libraries fits: they want Graphviz, or lay a table with a hundred referrers out as one row
of a hundred, or give another picture with each run. Here a crowded layer is broken into several columns, so that the
whole stays about as wide as it is high, and the same input gives the same picture.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Size = tuple[float, float]
Place = tuple[float, float]
Edge = tuple[str, str]

_SWEEPS = 8


def lay_out(sizes: Mapping[str, Size], edges: Iterable[Edge], *, gap: Size = (90, 14)) -> dict[str, Place]:
    """The upper left corner of each box, from (0, 0) on.

    Args:
        sizes: width and height of each box by its name; names that are sorted give the same picture in any order.
        edges: from the box that refers to the one that is referred to.
        gap: between columns, and between boxes in a column.
    """
    between = sorted({(a, b) for a, b in edges if a != b and a in sizes and b in sizes})
    parts = [_columns(part, between, sizes) for part in _components(sorted(sizes), between)]
    single = [part[0][0] for part in parts if sum(map(len, part)) == 1]
    placed = [_place(part, sizes, gap) for part in parts if sum(map(len, part)) > 1]
    if single:
        rows = max(1, round(math.sqrt(len(single) / 2.5)))
        grid = [single[start : start + rows] for start in range(0, len(single), rows)]
        placed.append(_place(grid, sizes, (gap[1] * 1.5, gap[1]), centred=False))
    return _pack(placed, sizes, gap)


def _components(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """What hangs together, the largest first."""
    near = defaultdict(list)
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    seen: set[str] = set()
    found = []
    for name in names:
        if name not in seen:
            seen.add(name)
            part = [name]
            for reached in part:
                new = [other for other in near[reached] if other not in seen]
                seen.update(new)
                part += dict.fromkeys(new)
            found.append(sorted(part))
    return sorted(found, key=lambda part: (-len(part), part[0]))


def _columns(part: Sequence[str], edges: Sequence[Edge], sizes: Mapping[str, Size]) -> list[list[str]]:
    """The layers of a component in order, with as few crossings as sweeping to and fro finds."""
    there = set(part)
    refers = {name: [b for a, b in edges if a == name] for name in part}
    referred = defaultdict(list)
    for name in part:
        for other in refers[name]:
            referred[other].append(name)
    depth = _depths(part, refers)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in part:
        layers[depth[name]].append(name)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        at = {name: place / max(1, len(layer)) for layer in layers for place, name in enumerate(layer)}
        for layer in layers if forth else reversed(layers):
            near = refers if forth else referred
            centre = {n: sum(at[o] for o in near[n] if o in there) / len(near[n]) if near[n] else at[n] for n in layer}
            layer.sort(key=lambda name: (centre[name], name))
            at |= {name: place / max(1, len(layer)) for place, name in enumerate(layer)}
    # Twice as high as wide in boxes is about square in a picture, because boxes are wider than high.
    area = sum(w * h for w, h in sizes.values() if w) * len(part) / max(1, len(sizes))
    height = max(math.sqrt(area) * 1.7, *(sizes[name][1] for name in part))
    return [column for layer in layers for column in _broken(layer, sizes, height)]


def _depths(part: Sequence[str], refers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many tables stand between each and one that refers to nothing; references in a circle: one is ignored."""
    depth: dict[str, int] = {}
    for start in part:
        path: list[tuple[str, list[str]]] = [(start, list(refers[start]))] if start not in depth else []
        open_names = {start}
        while path:
            name, rest = path[-1]
            if rest:
                other = rest.pop()
                if other not in depth and other not in open_names:
                    open_names.add(other)
                    path.append((other, list(refers[other])))
            else:
                path.pop()
                open_names.discard(name)
                depth[name] = 1 + max((depth[other] for other in refers[name] if other in depth), default=-1)
    return depth


def _broken(layer: Sequence[str], sizes: Mapping[str, Size], height: float) -> list[list[str]]:
    """A layer as one or several columns of about the same height."""
    total = sum(sizes[name][1] for name in layer)
    number = max(1, math.ceil(total / height))
    size = math.ceil(len(layer) / number)
    return [list(layer[start : start + size]) for start in range(0, len(layer), size)]


def _place(
    columns: Sequence[Sequence[str]], sizes: Mapping[str, Size], gap: Size, *, centred: bool = True
) -> dict[str, Place]:
    heights = [sum(sizes[n][1] for n in column) + gap[1] * (len(column) - 1) for column in columns]
    places, x = {}, 0.0
    for column, height in zip(columns, heights, strict=True):
        y = (max(heights) - height) / 2 if centred else 0.0
        for name in column:
            places[name] = (x, y)
            y += sizes[name][1] + gap[1]
        x += max(sizes[name][0] for name in column) + gap[0]
    return places


def _pack(parts: Sequence[Mapping[str, Place]], sizes: Mapping[str, Size], gap: Size) -> dict[str, Place]:
    """The components on shelves, as wide as the widest of them or as a square would be."""
    extents = [
        (max(x + sizes[n][0] for n, (x, _) in part.items()), max(y + sizes[n][1] for n, (_, y) in part.items()))
        for part in parts
    ]
    width = max([w for w, _ in extents] + [math.sqrt(sum(w * h for w, h in extents)) * 1.3])
    places: dict[str, Place] = {}
    x = y = shelf = 0.0
    for part, (w, h) in zip(parts, extents, strict=True):
        if x and x + w > width:
            x, y, shelf = 0.0, y + shelf + gap[1] * 3, 0.0
        places |= {name: (round(x + px, 1), round(y + py, 1)) for name, (px, py) in part.items()}
        x, shelf = x + w + gap[0] * 0.7, max(shelf, h)
    return places
