Deno.serve(async () => db.from("rotations").select("script"));
