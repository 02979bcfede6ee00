"""Who may read, write and call, and who sees which rows."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan import acl
from dbtools.plan.acl import PUBLIC
from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.outsiders import ANONYMOUS
from dbtools.plan.rules import Rule, at, blame, changing
from dbtools.plan.state import Policy, Relation, Routine, State
from dbtools.plan.trial import Moment, Trial

_WRITE = set("awdD")


def _row_security(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, now in trial.end.relations.items():
        was = trial.start.relations.get(oid)
        policies = [policy for policy in trial.end.policies.values() if policy.relation == oid]
        had = [policy for policy in trial.start.policies.values() if policy.relation == oid]
        if now == was and policies == had:
            continue
        moment = _touching(trial, oid)
        if was is not None and known.relation(oid) and was.row_security and not now.row_security:
            readers = _outsiders(trial.end, now, known)
            reason = f"{', '.join(readers) or 'whoever has a grant'} may see every row"
            yield at(moment, "rls-disabled", now.name, reason)
        if was is not None and known.relation(oid) and not was.row_security and now.row_security and not policies:
            reason = "no policy lets anybody but its owner see a row"
            yield at(moment, "rls-enabled-without-policy", now.name, reason)
        if was is not None and known.relation(oid) and had and not policies and was.row_security and now.row_security:
            yield at(moment, "policy-none-left", now.name, "row security stays on: nobody but its owner sees a row")
        if was is None and now.kind in {"r", "p", "f"} and not now.row_security and not now.is_partition:
            readers = _outsiders(trial.end, now, known)
            reason = f"{', '.join(readers)} may use every row through the API: it has no row security"
            if readers:
                yield at(moment, "table-open-to-api", now.name, reason)


def _policies(trial: Trial, known: Known) -> Iterator[Finding]:
    end = {(policy.relation, policy.name) for policy in trial.end.policies.values()}
    for oid, was in trial.start.policies.items():
        table = trial.end.relations.get(was.relation)
        moment = changing(trial, "policies", oid)
        if oid in trial.end.policies or table is None or (was.relation, was.name) in end or moment is None:
            continue
        if oid in known.first.policies and not any(one.oid == oid and one.named for one in moment.dropped):
            reason = f"`{moment.first_line}` takes it along, and the revision does not make it again"
            yield at(moment, "policy-dropped-by-cascade", f"{table.name}.{was.name}", reason)
    before = {(policy.relation, policy.name): policy for policy in trial.start.policies.values()}
    for oid, policy in trial.end.policies.items():
        was_open = (old := before.get((policy.relation, policy.name))) is not None and _opens(old, known)
        if (opened := _opens(policy, known)) and not was_open:
            moment = changing(trial, "policies", oid)
            name = f"{trial.end.relations[policy.relation].name}.{policy.name}"
            yield at(moment, "policy-open-to-all", name, f"it lets {' and '.join(opened)} at every row")


def _opens(policy: Policy, known: Known) -> list[str]:
    """Who is let at every row; somebody with a login is somebody."""
    if not policy.permissive or "true" not in {policy.using, policy.check}:
        return []
    return [role for role in policy.roles if role in {_anonymous(known), PUBLIC}]


def _anonymous(known: Known) -> str:
    """The role of whoever has no login; nobody's where none by that name comes from outside."""
    return ANONYMOUS if ANONYMOUS in known.outsiders else ""


def _grants(trial: Trial, known: Known) -> Iterator[Finding]:
    pairs = [*_same_relations(trial), *_same_routines(trial), *_same_schemas(trial)]
    for kind, name, was, now, is_known in pairs:
        gained, lost = acl.more(was, now), acl.more(now, was)
        moment = blame(trial, lambda m: m.before is not m.after)
        if kind != "function" and PUBLIC in gained:
            reason = f"everybody who can log in may {acl.words(gained[PUBLIC])}"
            yield at(_granting(trial, name) or moment, "grant-to-public", name, reason)
        if kind == "table" and is_known and (written := gained.get(_anonymous(known), set()) & _WRITE):
            reason = f"whoever has the public key may {acl.words(written)}"
            yield at(_granting(trial, name) or moment, "grant-to-anon", name, reason)
        if not is_known:
            continue
        # What everybody may, a role does not lose by losing its own.
        left = {role: letters - now.get(PUBLIC, set()) - set("xtmD") for role, letters in lost.items()}
        said = [f"{role} may not {acl.words(letters)}" for role, letters in sorted(left.items()) if letters]
        if said:
            yield at(_granting(trial, name) or moment, "revoke-breaks-api", name, f"{'; '.join(said)} any more")


Pair = tuple[str, str, dict[str, set[str]], dict[str, set[str]], bool]


def _same_relations(trial: Trial) -> Iterator[Pair]:
    """Relations before and after, one that was made again with the one of its name."""
    start = {relation.name: relation for relation in trial.start.relations.values()}
    for oid, now in trial.end.relations.items():
        was = trial.start.relations.get(oid) or start.get(now.name)
        same = was is not None and was.acl == now.acl and was.owner == now.owner
        if same or (was is None and now.kind == "S"):
            continue
        before = acl.privileges(was.acl, was.owner) if was else {}
        yield "table", now.name, before, acl.privileges(now.acl, now.owner), was is not None


def _same_routines(trial: Trial) -> Iterator[Pair]:
    start = {routine.signature: routine for routine in trial.start.routines.values()}
    for oid, now in trial.end.routines.items():
        was = trial.start.routines.get(oid) or start.get(now.signature)
        if was is not None and (was.acl != now.acl or was.owner != now.owner):
            before, after = (acl.privileges(one.acl, one.owner, "X") for one in (was, now))
            yield "function", now.signature, before, after, True


def _same_schemas(trial: Trial) -> Iterator[Pair]:
    for oid, now in trial.end.schemas.items():
        was = trial.start.schemas.get(oid)
        if was is not None and was.acl != now.acl:
            before, after = (acl.privileges(one.acl, one.owner) for one in (was, now))
            yield "schema", now.name, before, after, True


def _granting(trial: Trial, name: str) -> Moment | None:
    return blame(trial, lambda m: _acl_of(m.before, name) != _acl_of(m.after, name))


def _acl_of(state: State, name: str) -> object:
    found: list[Relation | Routine] = [one for one in state.relations.values() if one.name == name]
    found += [one for one in state.routines.values() if one.signature == name]
    schemas = [one.acl for one in state.schemas.values() if one.name == name]
    return [(one.oid, one.acl) for one in found], schemas


def _definers(trial: Trial, _: Known) -> Iterator[Finding]:
    start = {routine.signature: routine for routine in trial.start.routines.values()}
    for oid, now in trial.end.routines.items():
        was = trial.start.routines.get(oid) or start.get(now.signature)
        if _unpinned(now) and not (was and _unpinned(was)):
            moment = changing(trial, "routines", oid)
            reason = f"it runs as {now.owner}, with the search_path of whoever calls it"
            yield at(moment, "security-definer-without-search-path", now.signature, reason)


def _unpinned(routine: Routine) -> bool:
    return routine.definer and not any(one.startswith("search_path=") for one in routine.settings or ())


def _views(trial: Trial, known: Known) -> Iterator[Finding]:
    start = {relation.name: relation for relation in trial.start.relations.values()}
    for oid, now in trial.end.relations.items():
        was = trial.start.relations.get(oid) or start.get(now.name)
        if now.kind != "v" or _invokes(now) or (was is not None and was.kind == "v" and not _invokes(was)):
            continue
        if readers := _outsiders(trial.end, now, known):
            moment = _touching(trial, oid)
            reason = f"{', '.join(readers)} may read it, and it reads as {now.owner}, whom no policy holds back"
            yield at(moment, "view-bypasses-row-security", now.name, reason)


def _invokes(view: Relation) -> bool:
    return any(
        one in {"security_invoker=true", "security_invoker=on", "security_invoker=1"} for one in view.options or ()
    )


def _owners(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, now in trial.end.relations.items():
        was = trial.start.relations.get(oid)
        if was is not None and known.relation(oid) and was.owner != now.owner and now.kind != "S":
            reason = f"{now.owner} owns it instead of {was.owner}: from now on row security holds the latter back"
            yield at(_touching(trial, oid), "owner-changed", now.name, reason)


def _outsiders(state: State, relation: Relation, known: Known) -> list[str]:
    """Those from outside, and PUBLIC, that may use a relation: by its grants, and by its schema's."""
    schema = next((one for one in state.schemas.values() if one.name == relation.schema), None)
    if schema is None:
        return []
    inside = acl.privileges(schema.acl, schema.owner)
    may = acl.privileges(relation.acl, relation.owner)
    roles = (*known.outsiders, PUBLIC)
    entered = {role for role in roles if "U" in inside.get(role, set()) | inside.get(PUBLIC, set())}
    return [role for role in roles if role in entered and may.get(role, set()) & set("rawd")]


def _touching(trial: Trial, oid: int) -> Moment | None:
    return blame(trial, lambda m: m.before.relations.get(oid) != m.after.relations.get(oid)) or blame(
        trial,
        lambda m: (
            {k for k, p in m.before.policies.items() if p.relation == oid}
            != {k for k, p in m.after.policies.items() if p.relation == oid}
        ),
    )


RULES: list[Rule] = [_row_security, _policies, _grants, _definers, _views, _owners]
