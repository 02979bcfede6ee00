Deno.serve(async (request) => db.from("jobs").insert(await request.json()));
