"""A type's modifiers come back as live prints them, whatever they are."""

from __future__ import annotations

import psycopg

from dbtools.platform.stand_in import functions, script

INPUT = {
    "oid": 1,
    "name": "geo_typmod_in(cstring[])",
    "schema": "public",
    "bare": "geo_typmod_in",
    "language": "c",
    "kind": "f",
    "library": "$libdir/geo",
    "symbol": "geo_typmod_in",
    "definition": "CREATE OR REPLACE FUNCTION public.geo_typmod_in(cstring[])\n RETURNS integer\n LANGUAGE c\n"
    " IMMUTABLE PARALLEL SAFE STRICT\nAS '$libdir/geo', $function$geo_typmod_in$function$\n",
    "arguments": [1263],
    "result": 23,
    "result_name": "integer",
    "returns_nothing": False,
    "pseudo": False,
}
TYPE = {"oid": 2, "typmod_in": "geo_typmod_in", "typmod_out": "geo_typmod_out", "like": None}


def test_known_and_new_modifiers_are_printed_again(platform: psycopg.Connection, platform_url: str) -> None:
    uses = functions.Uses({1: [("typmod in", 2)]}, {2: TYPE}, "geo", {})
    with psycopg.connect(platform_url, user="supabase_admin") as admin:
        admin.execute(f"""
            create type {functions.typmods_name("geo")} as enum ('(Point,4326)');
            create type public.geo;
            create function public.geo_in(cstring) returns public.geo language internal immutable as 'textin';
            create function public.geo_out(public.geo) returns cstring language internal immutable as 'textout';
            create function public.geo_typmod_out(integer) returns cstring language internal immutable as 'enum_out';
            {script.without_library(functions.statement(INPUT, uses))};
            create type public.geo (
              input = public.geo_in, output = public.geo_out,
              typmod_in = public.geo_typmod_in, typmod_out = public.geo_typmod_out
            );
        """)
    with psycopg.connect(platform_url) as owner:
        owner.execute("create table t (a public.geo(point,4326), b public.geo(polygon,3857)[], c public.geo)")
        printed = owner.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 't'::regclass and attnum > 0"
        ).fetchall()
    assert printed == [("geo(Point,4326)",), ("geo(polygon,3857)[]",), ("geo",)]
