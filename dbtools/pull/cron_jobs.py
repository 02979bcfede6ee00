"""Jobs of pg_cron that somebody scheduled, changed or took away by hand."""

from __future__ import annotations

from dataclasses import replace

from dbtools.model.quoting import literal
from dbtools.model.snapshot import Object, Snapshot

KIND = "cron job"


def possible(live: Snapshot, owner: str) -> Snapshot:
    """Live without the jobs that run as somebody else: only a superuser can make those."""
    kept = {
        identity: one
        for identity, one in live.objects.items()
        if one.kind != KIND or one.properties["username"] == owner
    }
    return replace(live, objects=kept)


def scheduled(one: Object, *, again: bool = False) -> str:
    """The statement that schedules a job; `again` if one of its name is there: it stays the same job, with its past."""
    said = one.properties
    arguments = [literal(said["schedule"]), literal(said["command"])]
    if "name" in said:
        arguments.insert(0, literal(said["name"]))
    call = f"cron.schedule({', '.join(arguments)})"
    changes = [f"database := {literal(said['database'])}"] if "database" in said else []
    if again or said["active"] != "true":
        # To schedule it does not wake it.
        changes.append(f"active := {said['active']}")
    if changes:
        call = f"cron.alter_job({call}, {', '.join(changes)})"
    return f"select {call};\n"


def unscheduled(one: Object) -> str:
    """The statement that takes a job away."""
    said = one.properties
    if "name" in said:
        return f"select cron.unschedule({literal(said['name'])});\n"
    like = f"jobname is null and schedule = {literal(said['schedule'])} and command = {literal(said['command'])}"
    return f"select cron.unschedule(jobid) from cron.job where {like};\n"  # noqa: S608
