"""What is seen and not captured, by kind, and why. Everything else that is read is written."""

STAYS = {
    "setting": "not part of a schema; set it by hand",
    "membership": "roles belong to the server; grant it by hand",
    "subscription": "its connection string may hold a password",
    "user mapping": "it may hold a password",
    "invalid index": "Postgres could not finish it, and no query uses it; drop it, or: reindex index concurrently",
    "circular view": "it selects from itself: nobody can query it, and no single statement makes it",
    "column order": "its own columns stand before inherited ones, and no statement that makes it says so",
    "constraint triggers": "a superuser turned them off, and rows go unchecked; alter table … enable trigger all",
}
