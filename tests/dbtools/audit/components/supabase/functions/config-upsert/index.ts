Deno.serve(async (request) => db.from("jobs_configs").upsert(await request.json()));
