Deno.serve(async () => db.from("jobs_configs").select("config"));
